"""An event loop whose time is virtual, and processes in it that can be killed."""

from __future__ import annotations

import asyncio
import contextvars
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any, Final, TypeVar

from typing_extensions import TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START_S: Final = 1_000.0
"""Where virtual time begins: not at zero, so that a forgotten offset shows."""


class Process:
    """Something that runs in a :class:`VirtualLoop` and can be killed like a process with ``kill -9``.

    Everything that is scheduled from inside belongs to it, also in a context of its own; so whatever is outside is to
    be in a process, too, that nobody kills. After :meth:`kill` none of it is ever called again: no ``finally`` runs,
    no buffer is flushed.

    Attributes:
        alive: Whether it has not been killed.
    """

    def __init__(self, name: str) -> None:
        """A process that does nothing yet."""
        self.name = name
        self.alive = True

    def run(self, call: Callable[..., T], *args: Any) -> T:
        """Call ``call`` inside the process and return its result."""
        context = contextvars.copy_context()
        context.run(_process.set, self)
        return context.run(call, *args)

    def kill(self) -> None:
        """End it without any warning."""
        self.alive = False


_process: Final[contextvars.ContextVar[Process | None]] = contextvars.ContextVar(
    "process", default=None
)


class Stalled(Exception):
    """Nothing is left that could ever happen, and the simulation has not ended."""


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting it moves the clock to where the next timer is due."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START_S

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Stalled("Everybody waits for somebody else.")
        self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs ordinary asyncio code in no time, in an order that depends on nothing but its inputs.

    Threads would bring their own order: work for an executor is done on the loop, after a moment that
    ``hesitate`` chooses.

    Attributes:
        faults: What was raised where nobody could catch it.
    """

    def __init__(self, hesitate: Callable[[], float]) -> None:
        """Ask ``hesitate`` for the seconds each piece of work for an executor takes."""
        self._jumping = _JumpingSelector()
        self._hesitate = hesitate
        self._tasks: set[asyncio.Task[Any]] = set()
        self.faults: list[str] = []
        super().__init__(self._jumping)
        self.set_task_factory(self._make_task)
        self.set_exception_handler(self._note)

    def close(self) -> None:
        """As usual; what killed processes left behind is dropped first."""
        for task in self._tasks:
            coroutine = task.get_coro()
            with suppress(RuntimeError):  # it wanted to await something on its way out
                if isinstance(coroutine, Coroutine):
                    coroutine.close()
        super().close()

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now

    def call_soon(
        self,
        callback: Callable[[Unpack[Ts]], object],
        *args: Unpack[Ts],
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        """As usual, but a killed process is not called."""
        return super().call_soon(_bound(callback, context), *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: Unpack[Ts],
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        """As usual, but a killed process is not called."""
        return super().call_at(when, _bound(callback, context), *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Do the work on the loop, a moment later."""
        del executor
        return self.create_task(_work(self._hesitate(), func, args))

    def _make_task(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Any,
        **options: Any,
    ) -> asyncio.Task[Any]:
        """Keep a hold of every task: one that was killed must not be tidied away by the collector,
        which would run its ``finally`` blocks.
        """
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _note(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "was destroyed but it is pending" not in str(context.get("message")):
            self.faults.append(f"{context.get('message')}: {context.get('exception')!r}")


def _bound(
    callback: Callable[[Unpack[Ts]], object], context: contextvars.Context | None
) -> Callable[[Unpack[Ts]], object]:
    told = None if context is None else context.get(_process)
    # A context without a process is a fresh one: whoever schedules in it is still who they are.
    process = told or _process.get()
    if process is None:
        return callback

    def call_if_alive(*args: Unpack[Ts]) -> None:
        if process.alive:
            if _process.get() is None:
                _process.set(process)
            callback(*args)

    return call_if_alive


async def _work(after_s: float, func: Callable[..., T], args: tuple[Any, ...]) -> T:
    await asyncio.sleep(after_s)
    return func(*args)
