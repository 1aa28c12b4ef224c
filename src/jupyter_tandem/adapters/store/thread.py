"""One thread that blocks, so that the event loop does not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class _Errand(Generic[T]):
    """Work that was handed over, and the future of its result."""

    __slots__ = ("_future", "_loop", "_work")

    def __init__(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop) -> None:
        self._work = work
        self._loop = loop
        self._future: asyncio.Future[T] = loop.create_future()

    @property
    def future(self) -> asyncio.Future[T]:
        return self._future

    def run(self) -> None:
        """Do the work, on the thread."""
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001  (it is raised where the result is awaited)
            self._tell(self._fail, error)
        else:
            self._tell(self._succeed, result)

    def _tell(self, tell: Callable[[Any], None], outcome: object) -> None:
        try:
            self._loop.call_soon_threadsafe(tell, outcome)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            if not self._loop.is_closed():
                raise

    def _succeed(self, result: T) -> None:
        if not self._future.done():
            self._future.set_result(result)

    def _fail(self, error: BaseException) -> None:
        if not self._future.done():
            self._future.set_exception(error)


class WorkThread:
    """A thread that does what it is given, in order.

    What ``ThreadPoolExecutor`` does for one thread, in a third of the time on the loop that hands over: a queue and
    a call back, instead of two futures, a lock and a condition for each piece of work. The thread begins with the
    first piece and does not keep the process alive.
    """

    def __init__(self, name: str) -> None:
        """A thread of that ``name``."""
        self._name = name
        self._queue: SimpleQueue[_Errand[Any] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Have ``work`` done after what was submitted before. To be called on an event loop.

        Returns:
            Its result, or what it raises. Work whose future is cancelled is done all the same.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        errand = _Errand(work, asyncio.get_running_loop())
        self._queue.put(errand)
        return errand.future

    def end(self) -> None:
        """Let the thread end when it has done what was submitted; nothing may be submitted afterwards."""
        if self._thread is not None:
            self._queue.put(None)

    def _serve(self) -> None:
        while (errand := self._queue.get()) is not None:
            errand.run()
            # Not until the next one comes: what it holds may be large.
            del errand
