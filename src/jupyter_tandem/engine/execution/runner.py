"""Has the cells of one document run, one after the other (RUN-8 to RUN-15)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.execution.book import LOST
from jupyter_tandem.engine.execution.attempt import Attempt
from jupyter_tandem.engine.execution.displays import Displays
from jupyter_tandem.engine.execution.ledger import RETRY_S, RunLedger
from jupyter_tandem.engine.execution.link import KernelLink
from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.engine.execution.order import Order
from jupyter_tandem.engine.execution.place import Place
from jupyter_tandem.engine.execution.question import Question, Questions
from jupyter_tandem.errors import KernelUnavailable, LeaseLost, StoreError, TandemError
from jupyter_tandem.ports.kernels import Kernel, KernelMessage
from jupyter_tandem.protocol.run import Run, RunState
from jupyter_tandem.types import Action

_log = logging.getLogger(__name__)

CELL_GONE: Final = "The cell is not in the document any more."
RIGHT_GONE: Final = "The right to run code was taken back."
RESTARTED: Final = "The kernel was restarted."
ENDED_AWAY: Final = "It ended while the server was away; what it printed meanwhile is lost."

PATIENCE_S: Final = 2.0
"""How long what a kernel said while the server was away may take to arrive."""


class Runner:
    """Starts what the book says is next, as long as there is something.

    Attributes:
        attempt: The run under way.
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
        self._displays = Displays(place)
        self._orders: dict[int, Order] = {}
        self._task: asyncio.Task[None] | None = None
        self._must_restart = False
        self._leaving: set[asyncio.Task[None]] = set()
        self._left_behind: set[str] = set()
        self.attempt: Attempt | None = None
        self.questions = Questions(told)
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

    def add(self, runs: Sequence[Run], orders: Sequence[Order]) -> None:
        """``runs`` have been entered and are to be started when it is their turn."""
        self._orders.update((run.id, order) for run, order in zip(runs, orders, strict=True))
        cells = [run.cell for run in runs]
        self._place.write(lambda shared: _mark(shared, cells, "running"), runs[0].username)
        self.wake()

    def cancelled(self, runs: Sequence[Run]) -> None:
        """``runs`` wait no more."""
        for run in runs:
            self._orders.pop(run.id, None)
        cells = [run.cell for run in runs if not self._busy(run.cell)]
        if cells:
            self._place.write(lambda shared: _mark(shared, cells, "idle"), "")
        self._ledger.changed(runs)

    def restart(self, now: float) -> None:
        """Start the kernel anew, before anything else is run; what it knew is gone (RUN-13)."""
        self._must_restart = True
        self._give_up(now, RESTARTED)
        self.wake()

    def answer(self, question: Question, value: str) -> None:
        """Somebody who may do so answers the kernel's question."""
        kernel, attempt = self._link.kernel, self.attempt
        if kernel is not None and attempt is not None:
            attempt.outputs.answer(question.prompt, value, password=question.password)
            attempt.changed()
            kernel.answer(value)
        self.questions.close()

    def left_behind(self, runs: Sequence[Run]) -> None:
        """An earlier server was killed when these were under way or waited: their cells do not run now."""
        self._left_behind.update(run.cell for run in runs)
        self.tidy()

    def tidy(self) -> None:
        """Say so in the document, as soon as it is open."""
        cells = [cell for cell in self._left_behind if not self._busy(cell)]
        if cells and self._place.write(lambda shared: _mark(shared, cells, "idle"), ""):
            self._left_behind.clear()

    async def pick_up(self, run: Run) -> bool:
        """Go on with a run whose kernel survived the server; whether it did (RUN-18)."""
        if not run.message or not await self._means.kernels.lives(run.kernel):
            return False
        try:
            await self._place.enter()
            self.attempt = attempt = self._attempt(run)
            cells = self._place.cells()
            attempt.outputs.resume([] if cells is None else cells.outputs(run.cell))
            await self._link.pick_up(run.kernel, run.message)
        except TandemError as error:
            _log.warning("A kernel that survived cannot be reached: %s", error)
            self.attempt = None
            self._place.leave()
            return False
        self._task = asyncio.get_running_loop().create_task(self._go_on(attempt))
        return True

    def wake(self) -> None:
        """There may be something to do."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def leave_kernel(self) -> None:
        """Close the connection to the kernel; the next run opens another one."""
        if not self.working:
            await self._link.leave()

    async def close(self) -> None:
        """Start nothing more; leave the kernel as it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._displays.close()
        await self._link.leave()
        if self._leaving:
            await asyncio.wait(self._leaving)

    def stopped(self) -> None:
        """The server stops: what the run under way has printed is written."""
        if self.attempt is not None:
            self.attempt.end(RunState.INTERRUPTED, LOST)
            self.attempt.finish(idle=True)
            self.attempt = None

    # -- KernelListener ----------------------------------------------------------------------------

    def heard(self, message: KernelMessage) -> None:
        """See the port."""
        if message.kind == "status":
            self._link.state_changed(str(message.content.get("execution_state", "")))
        attempt = self.attempt
        if message.kind == "update_display_data":
            self._displays.update(message.content, attempt)
        elif attempt is None or message.parent != attempt.run.message:
            return
        elif message.kind == "input_request":
            content = message.content
            prompt = str(content.get("prompt", ""))
            self.questions.ask(attempt.run, prompt, password=bool(content.get("password")))
        else:
            attempt.heard(message)

    def lost(self, reason: str) -> None:
        """See the port."""
        kernel = self._link.lost(reason)
        if kernel is not None:
            leaving = asyncio.get_running_loop().create_task(kernel.close())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
        self._displays.clear()
        self._give_up(self._means.clock.wall(), reason)

    # -- working -----------------------------------------------------------------------------------

    async def _go_on(self, attempt: Attempt) -> None:
        """Wait for the end of a run that another server started.

        A kernel answers on its shell in order: once it has answered us, the run is over.
        """
        over = asyncio.get_running_loop().create_task(self._link.answered())
        over.add_done_callback(lambda _: self._expect_end(attempt))
        try:
            await asyncio.wait({attempt.done})
        finally:
            over.cancel()
        await self._finish(attempt)
        await self._work()

    def _expect_end(self, attempt: Attempt) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(PATIENCE_S, attempt.expect_end, ENDED_AWAY)

    async def _work(self) -> None:
        try:
            await self._place.enter()
            while self._must_restart or self._ledger.book.next is not None:
                await self._step()
        except LeaseLost as error:
            _log.warning("Runs end, because another server has taken over: %s", error)
        except TandemError as error:
            self._give_up(self._means.clock.wall(), str(error))
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
        if kernel is not None:
            async with self._means.turns.of(kernel.id):
                await self._perform(run.id, kernel)

    async def _restart(self) -> None:
        self._displays.clear()
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
            self._displays.clear()
        return kernel

    def _fail(self, error: KernelUnavailable) -> None:
        self._link.failed(str(error))
        self._give_up(self._means.clock.wall(), str(error))

    def _give_up(self, now: float, reason: str) -> None:
        """Nothing that runs or waits can come to its end."""
        if self.attempt is not None:
            self.attempt.end(RunState.INTERRUPTED, reason, alone=True)
        self.cancelled(self._ledger.book.cancel_queued(now, reason))

    async def _pass_over(self, run: Run) -> None:
        """A cell without code ends as it begins, without a kernel; what it showed is cleared."""
        async with self.turn:
            now = self._means.clock.wall()
            if await self._enter(self._ledger.book.started(run, "", "", now)):
                self._orders.pop(run.id, None)

                def write(cells: RunCells) -> None:
                    cells.begin(run.cell)
                    cells.end(run.cell, None, None, idle=not self._ledger.book.waits(run.cell))

                self._place.write(write, run.username)
                self._ledger.changed(self._ledger.book.ended(run.id, RunState.FINISHED, now))

    async def _perform(self, run_id: int, kernel: Kernel) -> None:
        attempt = await self._start(run_id, kernel)
        if attempt is not None:
            await asyncio.wait({attempt.done})
            await self._finish(attempt)

    async def _start(self, run_id: int, kernel: Kernel) -> Attempt | None:
        async with self.turn:
            run = self._ledger.book.get(run_id)
            if run is None or run.state is not RunState.QUEUED or self._link.kernel is not kernel:
                return None
            order = self._orders[run_id]
            obstacle = await self._obstacle(run, order)
            now = self._means.clock.wall()
            if obstacle:
                self.cancelled(self._ledger.book.cancel([run_id], now, obstacle) or [])
                return None
            started = self._ledger.book.started(run, kernel.id, self._link.message(), now)
            if not await self._enter(started):
                return None
            return self._ask(started, order, kernel)

    async def _obstacle(self, run: Run, order: Order) -> str:
        """Why the run cannot be started after all, or ``""`` (RUN-15)."""
        if order.grants is not None and Action.RUN not in await order.grants.actions():
            return RIGHT_GONE
        cells = self._place.cells()
        return "" if cells is None or cells.holds(run.cell) else CELL_GONE

    async def _enter(self, started: Run) -> bool:
        """Make it durable that the run starts; ``False``: not now, try again (RUN-9)."""
        try:
            await self._ledger.enter([started])
        except LeaseLost:
            raise
        except StoreError as error:
            _log.warning("No cell can be started: %s", error)
            await asyncio.sleep(RETRY_S)
            return False
        return True

    def _ask(self, run: Run, order: Order, kernel: Kernel) -> Attempt:
        self.attempt = attempt = self._attempt(run)
        self._displays.forget(run.cell)
        self._place.write(lambda cells: cells.begin(run.cell), run.username)
        if self._link.kernel is kernel:
            stop = not order.code.raises
            kernel.execute(run.message, order.code.source, stop_on_error=stop, ask=order.ask)
        else:
            attempt.end(RunState.INTERRUPTED, "The kernel went away.")
        return attempt

    def _attempt(self, run: Run) -> Attempt:
        def write(change: Callable[[RunCells], None]) -> bool:
            return self._place.write(change, run.username)

        return Attempt(run, write, self._means.output_bytes)

    async def _finish(self, attempt: Attempt) -> None:
        # The room may have been built anew meanwhile; what is left to be written needs one.
        try:
            await self._place.enter()
        except TandemError as error:
            _log.error("The last outputs of run %d are not written: %s", attempt.run.id, error)
        async with self.turn:
            await self._end(attempt)

    async def _end(self, attempt: Attempt) -> None:
        run, outcome = attempt.run, attempt.done.result()
        order = self._orders.pop(run.id, None)
        self.attempt = None
        self.questions.close()
        attempt.finish(idle=not self._ledger.book.waits(run.cell))
        self._displays.flush(run.username)
        self._displays.keep(run.cell, attempt.outputs)
        # A run that is told to have ended has its outputs on disk, whatever happens next.
        await self._place.durable()
        ended, *others = self._ledger.book.ended(
            run.id,
            outcome.state,
            self._means.clock.wall(),
            count=outcome.count,
            reason=outcome.reason,
            left_out=attempt.outputs.left_out,
            expected=outcome.alone or (order is not None and order.code.raises),
        )
        self._ledger.changed([ended])
        if others:
            self.cancelled(others)
        if outcome.next_input is not None:
            self._put_next(run, outcome.next_input)
        self._means.ended(ended, self._place.address.file_id)
        document_id = self._place.address.document_id
        _log.info("Run %d of %s: %s", ended.id, document_id, ended.state.value)

    def _put_next(self, run: Run, wish: Mapping[str, Any]) -> None:
        """Put what the kernel wants into this cell or a new one behind it (RUN-26)."""
        text = str(wish.get("text", ""))
        new_id = self._means.entropy.token()[:16]

        def write(cells: RunCells) -> None:
            if wish.get("replace"):
                cells.set_source(run.cell, text)
            else:
                cells.insert_after(run.cell, new_id, text)

        self._place.write(write, run.username)

    def _busy(self, cell: str) -> bool:
        running = self.attempt is not None and self.attempt.run.cell == cell
        return running or self._ledger.book.waits(cell)


def _mark(cells: RunCells, which: Sequence[str], state: str) -> None:
    for cell in which:
        cells.set_state(cell, state)
