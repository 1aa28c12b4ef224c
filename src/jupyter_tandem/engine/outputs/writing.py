"""Puts outputs away while the next ones are looked at: the disk needs as long as the processor does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final

THREADS: Final = 4
"""Outputs that are written at once. What several wait for, a file system does in one go: a hundred outputs of a
megabyte took 1.2 to 1.9 s one after the other, and 0.4 s so."""

PENDING: Final = 8
"""Outputs that may wait to be written: so many are in memory twice."""


class Writing:
    """Calls ``put`` in threads of its own, once for each name; everything has been put when its block is left.

    For use in a worker: it blocks. What ``put`` raises is raised at a later call, or at the end.
    """

    def __init__(self, put: Callable[[str, bytes], None]) -> None:
        """Nothing is under way."""
        self._put = put
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tandem-outputs")
        self._names: set[str] = set()
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> Writing:
        """Take outputs."""
        return self

    def __call__(self, name: str, data: bytes) -> None:
        """Put this, soon."""
        if name in self._names:
            return
        self._names.add(name)
        if len(self._pending) >= PENDING:
            self._pending.popleft().result()
        self._pending.append(self._threads.submit(self._put, name, data))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for what is under way; after a fault, drop the rest."""
        self._threads.shutdown(wait=True, cancel_futures=fault is not None)
        if fault is None:
            for pending in self._pending:
                pending.result()
