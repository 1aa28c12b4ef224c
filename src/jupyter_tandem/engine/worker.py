"""CPU-heavy work off the event loop.

A document is used by one thread at a time: built, used and dropped inside one call, or built there and handed over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from jupyter_tandem.collector import paused

_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """A small pool of threads. Work waits in a queue when all are busy."""

    def __init__(self, threads: int = 2) -> None:
        """Two threads: one large notebook does not hold up the others."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="tandem-worker")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in a thread and return its result; what it raises is raised here."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: _quietly(work, *args, **kwargs))

    def put_off(self, work: Callable[[], None]) -> None:
        """Have ``work`` done that nobody waits for; it is left undone when no more work is taken."""
        with contextlib.suppress(RuntimeError):
            self._pool.submit(_logged, work)

    def close(self) -> None:
        """Take no more work; return at once."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _logged(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        _log.exception("Something that was put off failed")
        raise


def _quietly(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    # Documents are made of containers by the hundred thousand.
    with paused():
        return work(*args, **kwargs)
