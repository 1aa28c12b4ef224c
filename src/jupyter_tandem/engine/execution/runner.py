"""Has the cells of one document run, one after the other (RUN-8 to RUN-15)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from jupyter_tandem.engine.execution.attempt import Attempt
from jupyter_tandem.engine.execution.conclusion import Conclusion
from jupyter_tandem.engine.execution.displays import Displays
from jupyter_tandem.engine.execution.hearing import Hearing
from jupyter_tandem.engine.execution.ledger import RunLedger
from jupyter_tandem.engine.execution.link import KernelLink
from jupyter_tandem.engine.execution.marks import CellMarks
from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.engine.execution.order import Order
from jupyter_tandem.engine.execution.place import Place
from jupyter_tandem.engine.execution.question import Question, Questions
from jupyter_tandem.engine.execution.start import Start
from jupyter_tandem.engine.execution.widgets import WidgetFiller
from jupyter_tandem.errors import KernelUnavailable, LeaseLost, TandemError
from jupyter_tandem.ports.kernels import Kernel, KernelMessage
from jupyter_tandem.protocol.reason import (
    ENDED_AWAY,
    LOST,
    RESTARTED,
    WENT_AWAY,
    Reason,
    reason_of,
    went_wrong,
)
from jupyter_tandem.protocol.run import Run, RunState

_log = logging.getLogger(__name__)


class Runner:
    """Starts what the book says is next, as long as there is something.

    Attributes:
        attempt: The run under way.
        marks: What the document says of cells that wait and run.
        questions: What the kernel asks.
        turn: Held while the queue is changed.
    """

    def __init__(
        self, means: Means, place: Place, ledger: RunLedger, told: Callable[[], None]
    ) -> None:
        """Nothing runs. ``told`` is called when the kernel's status or question has changed."""
        self._means = means
        self._place = place
        self._ledger = ledger
        self._link = KernelLink(means, place.address.file_id, self, told)
        self._start_of = Start(means, place, ledger)
        self.marks = CellMarks(place, self._busy)
        self._orders: dict[int, Order] = {}
        self._task: asyncio.Task[None] | None = None
        self._must_restart = False
        self._in_line: asyncio.Future[bool] | None = None
        self.attempt: Attempt | None = None
        self.questions = Questions(told)
        displays, link = Displays(place), self._link
        widgets = WidgetFiller(lambda: link.kernel, means.output_bytes)
        self._conclusion = Conclusion(means, place, ledger, displays)
        self._hearing = Hearing(link, displays, widgets, self.questions)
        self.turn = asyncio.Lock()

    @property
    def working(self) -> bool:
        """Whether something runs or is about to."""
        return self._task is not None

    @property
    def kernel_status(self) -> dict[str, Any] | None:
        """As Execution frames tell it."""
        return self._link.status

    @property
    def kernel(self) -> Kernel | None:
        """The kernel, while there is a connection to it."""
        return self._link.kernel

    # -- wishes ------------------------------------------------------------------------------------

    async def take(self, runs: Sequence[Run], orders: Sequence[Order]) -> None:
        """Make ``runs`` durable and start them when it is their turn. Called with :attr:`turn` held.

        When nothing is in the way of the first one, it starts in the same write.

        Raises:
            StoreError: nothing was written, and nothing will be started.
        """
        kernel = await self._free_kernel(orders[0])
        if kernel is None:
            await self._ledger.enter(runs)
            self._add(runs, orders)
            self.wake()
            return
        turn = self._means.turns.of(kernel.id)
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(turn.held(turn.wait()))
            now = self._means.clock.wall()
            first = self._ledger.book.started(runs[0], kernel.id, self._link.message(), now)
            attempt = await self._ledger.enter_and(
                [first, *runs[1:]], lambda: self._ask(first, orders[0], kernel)
            )
            self._add(runs, orders, started=1)
            held = stack.pop_all()
        self._task = asyncio.get_running_loop().create_task(self._see_off(attempt, held))

    async def _free_kernel(self, order: Order) -> Kernel | None:
        """The kernel, if a cell could be started there this moment."""
        if self.working or self._must_restart or not order.code.source.strip():
            return None
        if not self._ledger.book.idle:
            return None
        kernel = await self._link.at_hand()
        return kernel if kernel is not None and self._means.turns.of(kernel.id).free else None

    def _add(self, runs: Sequence[Run], orders: Sequence[Order], started: int = 0) -> None:
        self._orders.update((run.id, order) for run, order in zip(runs, orders, strict=True))
        self.marks.wait(runs[started:])

    def cancelled(self, runs: Sequence[Run]) -> None:
        """``runs`` wait no more."""
        self._drop(runs)
        self._ledger.changed(runs)

    async def restart(self, runs: Sequence[Run], orders: Sequence[Order], now: float) -> None:
        """Start the kernel anew before anything is run, and then ``runs`` (RUN-13). Called with :attr:`turn` held.

        What the kernel knew is gone, and with it all that runs or waits so far.

        Raises:
            StoreError: nothing was written, and the kernel and the queue are left as they are.
        """
        if runs:
            await self._ledger.enter(runs)
            self._add(runs, orders)
        self._must_restart = True
        self._give_up(now, RESTARTED, but=runs)
        self.wake()

    def answer(self, question: Question, value: str) -> None:
        """Somebody who may do so answers the kernel's question."""
        kernel, attempt = self._link.kernel, self.attempt
        if kernel is not None and attempt is not None:
            attempt.outputs.answer(question.prompt, value, password=question.password)
            attempt.changed()
            kernel.answer(value)
        self.questions.close()

    async def pick_up(self, run: Run) -> bool:
        """Go on with a run whose kernel survived the server; whether it did (RUN-18)."""
        if not run.message:
            return False
        turn = self._means.turns.of(run.kernel)
        async with contextlib.AsyncExitStack() as stack:
            # Where another document's run was quicker, the kernel has it wait for this one.
            if turn.free:
                await stack.enter_async_context(turn.held(turn.wait()))
            attempt = await self._picked_up(run)
            if attempt is None:
                return False
            held = stack.pop_all()
        self._task = asyncio.get_running_loop().create_task(self._go_on(attempt, held))
        return True

    async def _picked_up(self, run: Run) -> Attempt | None:
        try:
            if not await self._means.kernels.lives(run.kernel):
                return None
            await self._place.enter()
            self.attempt = attempt = self._start_of.attempt(run)
            cells = self._place.cells()
            attempt.outputs.resume([] if cells is None else cells.outputs(run.cell))
            await self._link.pick_up(run.kernel, run.message)
        except Exception as error:  # noqa: BLE001  (whatever it is, the document's other runs are to be known)
            _log.warning("A kernel that survived cannot be reached: %r", error)
            self.stopped()
            self._place.leave()
            return None
        return attempt

    def wake(self) -> None:
        """There may be something to do."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def leave_kernel(self) -> None:
        """Close the connection to the kernel; the next run opens another one."""
        if not self.working:
            try:
                self._hearing.widgets.settle()
            finally:
                await self._link.leave()

    async def close(self) -> None:
        """Start nothing more; leave the kernel as it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._hearing.close()
        self.marks.close()
        if self.attempt is not None:
            self.attempt.abandon()
        await self._link.close()

    def stopped(self) -> None:
        """Nothing more will be heard of the run under way: what it has printed is written."""
        if self.attempt is not None:
            self.attempt.end(RunState.INTERRUPTED, LOST)
            self._write_last()

    # -- KernelListener ----------------------------------------------------------------------------

    def heard(self, message: KernelMessage) -> None:
        """See the port."""
        self._hearing.heard(message, self.attempt)

    def lost(self, reason: Reason) -> None:
        """See the port."""
        self._link.lost(reason)
        self._hearing.forget()
        self._give_up(self._means.clock.wall(), reason)

    # -- working -----------------------------------------------------------------------------------

    async def _go_on(self, attempt: Attempt, turn: contextlib.AsyncExitStack) -> None:
        """Wait for the end of a run that another server started.

        A kernel answers on its shell in order: once it has answered us, the run is over.
        """
        over = asyncio.get_running_loop().create_task(self._link.answered())
        over.add_done_callback(lambda _: attempt.expect_end(ENDED_AWAY))
        async with turn:
            try:
                await asyncio.wait({attempt.done})
            finally:
                over.cancel()
            await self._see_off(attempt, turn)

    async def _see_off(self, attempt: Attempt, turn: contextlib.AsyncExitStack) -> None:
        """Wait for the end of a run that has the kernel's turn already, and go on with the next."""
        await self._work(lambda: self._finish_within(attempt, turn))

    async def _finish_within(self, attempt: Attempt, turn: contextlib.AsyncExitStack) -> None:
        async with turn:
            with contextlib.suppress(TandemError):
                await self._place.enter()
            await asyncio.wait({attempt.done})
            await self._finish(attempt)

    async def _work(self, first: Callable[[], Awaitable[None]] | None = None) -> None:
        try:
            if first is not None:
                await first()
            await self._place.enter()
            while self._must_restart or self._ledger.book.next is not None:
                await self._step()
        except LeaseLost as error:
            _log.warning("Runs of %s end here: %s", self._place.address.document_id, error)
        except TandemError as error:
            self._give_up(self._means.clock.wall(), reason_of(error))
        except Exception as error:  # noqa: BLE001  (whatever it is, those who wait are to know)
            _log.exception("Runs of %s cannot go on", self._place.address.document_id)
            self._break_off(went_wrong(error))
        finally:
            self._task = None
            self._place.leave()

    async def _step(self) -> None:
        if self._must_restart:
            self._must_restart = False
            await self._restart()
            return
        run = self._ledger.book.next
        if run is None:
            return
        await self._place.enter()
        if not self._orders[run.id].code.source.strip():
            await self._pass_over(run)
            return
        kernel = await self._reach_kernel()
        if kernel is not None and self._is_wanted(run.id):
            turn = self._means.turns.of(kernel.id)
            self._in_line = turn.wait()
            async with turn.held(self._in_line) as held:
                if held:
                    await self._perform(run.id, kernel)

    def _is_wanted(self, run_id: int) -> bool:
        """Whether a run may still be started; if not, nothing is to be waited for on its behalf."""
        run = self._ledger.book.get(run_id)
        return run is not None and run.state is RunState.QUEUED and not self._must_restart

    async def _restart(self) -> None:
        self._hearing.forget()
        try:
            await self._link.restart()
        except KernelUnavailable as error:
            self._fail(error)
            return
        await self._reach_kernel()

    async def _reach_kernel(self) -> Kernel | None:
        cells = self._place.cells()
        before = self._link.kernel
        try:
            kernel = await self._link.reach(None if cells is None else cells.kernel_name())
        except KernelUnavailable as error:
            self._fail(error)
            return None
        if kernel is not before:
            self._hearing.forget()
        return kernel

    def _fail(self, error: KernelUnavailable) -> None:
        self._link.failed(reason_of(error))
        self._give_up(self._means.clock.wall(), reason_of(error))

    def _give_up(self, now: float, reason: Reason, but: Sequence[Run] = ()) -> None:
        """Nothing that runs or waits can come to its end, ``but`` for those that have just come."""
        if self.attempt is not None:
            self.attempt.end(RunState.INTERRUPTED, reason, alone=True)
        if self._in_line is not None and not self._in_line.done():
            # What it waited for is not wanted any more, and another document's run may take for ever.
            self._in_line.set_result(False)
        self.cancelled(self._ledger.book.cancel_queued(now, reason, {run.id for run in but}))

    def _break_off(self, reason: Reason) -> None:
        """What nobody thought of has happened: say so of all that runs and waits, and be ready for more."""
        if self._link.kernel is None:
            self._link.failed(reason)
        now, running = self._means.clock.wall(), self._ledger.book.running
        self._give_up(now, reason)
        if running is not None:
            try:
                self._write_last()
            except Exception:  # noqa: BLE001  (the end is to be told all the same)
                _log.exception("The last outputs of run %d are not written", running.id)
            self.questions.close()
            state = RunState.INTERRUPTED
            ended = self._ledger.book.ended(running.id, state, now, reason=reason)
            self.cancelled(ended)

    def _write_last(self) -> None:
        """Write what is left of the run under way, which is done; nothing is under way then."""
        attempt, self.attempt = self.attempt, None
        if attempt is not None:
            attempt.finish(idle=True)

    async def _pass_over(self, run: Run) -> None:
        async with self.turn:
            if await self._start_of.pass_over(run):
                self._orders.pop(run.id, None)

    async def _perform(self, run_id: int, kernel: Kernel) -> None:
        attempt = await self._start(run_id, kernel)
        if attempt is not None:
            await asyncio.wait({attempt.done})
            await self._finish(attempt)

    async def _start(self, run_id: int, kernel: Kernel) -> Attempt | None:
        async with self.turn:
            run = self._ledger.book.get(run_id)
            if run is None or not self._is_wanted(run_id) or self._link.kernel is not kernel:
                return None
            order = self._orders[run_id]
            obstacle = await self._start_of.obstacle(run, order)
            now = self._means.clock.wall()
            if obstacle is not None:
                self.cancelled(self._ledger.book.cancel([run_id], now, obstacle) or [])
                return None
            started = self._ledger.book.started(run, kernel.id, self._link.message(), now)
            return await self._start_of.enter(started, lambda: self._ask(started, order, kernel))

    def _ask(self, run: Run, order: Order, kernel: Kernel) -> Attempt:
        self.attempt = attempt = self._start_of.attempt(run)
        self._hearing.displays.forget(run.cell)
        attempt.begin()
        # The kernel first: it works while others are told. What it says is heard later.
        if self._link.kernel is kernel:
            stop = not order.code.raises
            try:
                kernel.execute(run.message, order.code.source, stop_on_error=stop, ask=order.ask)
            except Exception as error:  # noqa: BLE001  (the run has begun, and is to end)
                _log.exception("Kernel %s cannot be asked", kernel.id)
                attempt.end(RunState.INTERRUPTED, went_wrong(error))
        else:
            attempt.end(RunState.INTERRUPTED, WENT_AWAY)
        return attempt

    async def _finish(self, attempt: Attempt) -> None:
        # The room may have been built anew meanwhile; what is left to be written needs one.
        try:
            await self._place.enter()
        except TandemError as error:
            _log.error("The last outputs of run %d are not written: %s", attempt.run.id, error)
        async with self.turn:
            order = self._orders.pop(attempt.run.id, None)
            self.questions.close()
            self._hearing.widgets.flush()
            expected = order is not None and order.code.raises
            ended = self._conclusion.write(attempt, expected=expected)
            self.attempt = None
            self._drop(ended[1:])
        # Without the turn: as long as nothing can be written, commands are refused, and do not wait.
        await self._conclusion.settle(ended)

    def _drop(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self._orders.pop(run.id, None)
        self.marks.wait_no_more(runs)

    def _busy(self, cell: str) -> bool:
        running = self.attempt is not None and self.attempt.run.cell == cell
        return running or self._ledger.book.waits(cell)
