"""The desk of one document: takes commands, answers them, and tells how the queue stands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Final

from jupyter_tandem.core.document.cell_code import CellCode
from jupyter_tandem.core.execution.answer import accepted, denied, refused, refused_for
from jupyter_tandem.core.execution.authorship import Authorship
from jupyter_tandem.core.execution.recent_keys import RecentKeys
from jupyter_tandem.core.execution.wish import as_they_are, refusal
from jupyter_tandem.engine.execution.ledger import OVER, RunLedger
from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.engine.execution.order import Order
from jupyter_tandem.engine.execution.place import Place
from jupyter_tandem.engine.execution.portion import portions
from jupyter_tandem.engine.execution.runner import Runner
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.errors import KernelUnavailable, StoreError
from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.protocol.execution import (
    AnswerInput,
    CancelRuns,
    CellWish,
    Command,
    Interrupt,
    RunCells,
)
from jupyter_tandem.protocol.frames import RunAnswer
from jupyter_tandem.protocol.reason import (
    NO_KERNEL,
    RIGHT_GONE,
    asked_of,
    cancelled_by,
    not_saving,
    reason_of,
    went_wrong,
)
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import Action, Address, SessionId, User

_log = logging.getLogger(__name__)

FEW: Final = 100
"""Cells that are looked up at once; more of them in portions."""

TOLD_S: Final = 0.05
"""How long news of the kernel wait for more: a quick cell makes it busy and idle again."""


class RunDesk:
    """Keeps :class:`jupyter_tandem.engine.live_room.Orders` for one document."""

    def __init__(self, address: Address, means: Means) -> None:
        """Nothing is known before :meth:`load`."""
        self._means = means
        self._place = Place(means.landlord, address)
        self._ledger = RunLedger(address.document_id, means.store, self._tell_runs)
        self._runner = Runner(means, self._place, self._ledger, self._kernel_told)
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._commands: set[asyncio.Task[None]] = set()
        self._news: asyncio.TimerHandle | None = None
        self._loaded: asyncio.Task[None] | None = None
        self._authorship = Authorship()
        self._restarts = RecentKeys()

    @property
    def idle(self) -> bool:
        """Whether nothing runs or waits, and the document is not open."""
        loading = self._loaded is not None and not self._loaded.done()
        busy = self._tasks or self._runner.working or self._runner.kernel is not None
        return self._place.away and not loading and not busy

    # -- life --------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Learn which runs there were, and say of each what became of it when the last server ended.

        Raises:
            StoreError: they cannot be read. The next call tries again (RUN-72), unless the desk is closed.
        """
        self._ledger.check()
        loading = self._loaded
        again = loading is not None and loading.done() and loading.exception() is not None
        if loading is None or again:
            loading = self._loaded = self._loop.create_task(self._recover())
        # Whoever waits for it is not stopped with it.
        await asyncio.wait({loading})
        self._ledger.check()
        loading.result()
        if again:
            self._tell_known()

    async def _recover(self) -> None:
        """Tell the truth about what an earlier server began (RUN-16, RUN-18)."""
        await self._ledger.load()
        running = self._ledger.book.running
        survivor = running is not None and await self._runner.pick_up(running)
        changed = self._ledger.book.stop(self._means.clock.wall(), survivor=survivor)
        self._runner.marks.left_behind(changed)
        self._ledger.changed(changed)
        await self._ledger.settle()

    def opened(self, live: LiveRoom) -> None:
        """The document's room has been opened."""
        self._place.opened(live)
        live.take_orders(self)
        self._spawn(self._show_all())

    def edited(self, user: User, cells: Collection[str]) -> None:
        """See :class:`jupyter_tandem.engine.live_room.Orders`."""
        runs = self._authorship.note(self._ledger.book, user, cells, self._ledger.untold)
        if runs:
            self._spawn(self._note(runs))

    def room_closed(self) -> None:
        """The document's room takes nothing any more."""
        self._place.closed()
        if not self._runner.working:
            self._spawn(self._runner.leave_kernel())

    async def close(self) -> None:
        """The server stops: end what runs, keep in mind what waits, answer whoever still asks."""
        if self._news is not None:
            self._news.cancel()
        await self._end_commands()
        await self._runner.close()
        changed = self._ledger.book.stop(self._means.clock.wall())
        self._runner.stopped()
        self._ledger.changed(changed)
        await self._ledger.close()
        await self._ledger.settle()
        await self._runner.marks.end(changed)

    async def abandon(self) -> None:
        """Another server writes now: touch nothing any more, and answer whoever still asks."""
        await self._end_commands()
        await self._runner.close()
        await self._ledger.close()
        self._ledger.news.close()
        self._place.leave()

    async def _end_commands(self) -> None:
        """No command has an effect from now on. Those that are being made durable do; the others are refused."""
        await self._ledger.refuse()
        # One that has come this moment is to begin, or it could not answer.
        await asyncio.sleep(0)
        waiting = {*self._commands, *([] if self._loaded is None else [self._loaded])}
        for task in waiting:
            task.cancel()
        if waiting:
            await asyncio.wait(waiting)

    # -- commands ----------------------------------------------------------------------------------

    def command(self, session: SessionId, user: User, command: Command) -> None:
        """See :class:`jupyter_tandem.engine.live_room.Orders`."""
        grants = self._means.vouchers.of(session)
        self.order(user, command, grants, lambda answer: self._answer_session(session, answer))

    def order(
        self,
        user: User,
        command: Command,
        grants: Grants | None,
        answer: Callable[[RunAnswer], None],
    ) -> None:
        """Somebody who may run code, here or elsewhere, wants this; ``answer`` is called once."""
        # The cells are looked at now: what arrives later is not what was meant. Very many are looked at in portions:
        # where somebody's edit comes between, their hashes tell.
        cells = command.cells if isinstance(command, RunCells) else ()
        codes = self._codes(cells) if len(cells) <= FEW else None
        task = self._spawn(self._carry_out(user, command, codes, grants, answer))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    def withdraw(self, username: str) -> None:
        """Somebody may not run code any more: what waits in their name does not start (HUBRUN-6)."""
        self._spawn(self._withdraw(username))

    @property
    def working(self) -> bool:
        """Whether something runs or is about to."""
        return self._runner.working or bool(self._tasks)

    async def run_cell(self, user: User, cell: str, grants: Grants) -> RunAnswer:
        """Run one cell as it is now, for somebody who has no connection here (RUN-35).

        Raises:
            TandemError: the document cannot be opened.
        """
        await self._place.enter()
        try:
            await self.load()
            wish = RunCells(0, "", (CellWish(cell, ""),))
            return await self._run(user, wish, self._codes(wish.cells), grants, ask=False)
        finally:
            if not self._runner.working:
                self._place.leave()

    async def _carry_out(
        self,
        user: User,
        command: Command,
        codes: Mapping[str, CellCode] | None,
        grants: Grants | None,
        answer: Callable[[RunAnswer], None],
    ) -> None:
        found = refused_for(command.number, "unavailable", not_saving(OVER))
        try:
            found = await self._found(user, command, codes, grants)
            # Whoever hears of runs by the answer has been told of them.
            await self._ledger.news.told()
        finally:
            answer(found)

    async def _found(
        self,
        user: User,
        command: Command,
        codes: Mapping[str, CellCode] | None,
        grants: Grants | None,
    ) -> RunAnswer:
        try:
            if codes is None:
                codes = await self._many_codes(command)
            await self.load()
            return await self._answer(user, command, codes, grants)
        except StoreError as error:
            return refused_for(command.number, "unavailable", not_saving(error))
        except Exception as error:  # noqa: BLE001  (whatever it is, whoever asked waits for an answer)
            _log.exception("A command for %s fails", self._place.address.document_id)
            return refused_for(command.number, "unavailable", went_wrong(error))

    def _answer_session(self, session: SessionId, answer: RunAnswer) -> None:
        live = self._place.live
        if live is not None:
            live.answer_run(session, answer)

    async def _withdraw(self, username: str) -> None:
        async with self._runner.turn:
            if self._ledger.over:
                return
            theirs = [run.id for run in self._ledger.book.queued if run.username == username]
            now = self._means.clock.wall()
            self._runner.cancelled(self._ledger.book.cancel(theirs, now, RIGHT_GONE) or [])

    async def _answer(
        self, user: User, command: Command, codes: Mapping[str, CellCode], grants: Grants | None
    ) -> RunAnswer:
        match command:
            case RunCells():
                return await self._run(user, command, codes, grants, ask=True)
            case CancelRuns(number, runs):
                return await self._cancel(user, number, runs)
            case Interrupt(number):
                return await self._interrupt(number)
            case AnswerInput():
                return self._answer_kernel(user, command)

    async def _run(
        self,
        user: User,
        wish: RunCells,
        codes: Mapping[str, CellCode],
        grants: Grants | None,
        *,
        ask: bool,
    ) -> RunAnswer:
        async with self._runner.turn:
            book = self._ledger.book
            known = book.known(wish.key, user.username)
            if known:
                return accepted(wish.number, [run.id for run in known])
            if self._restarts.knows(wish.key, user.username, self._means.clock.monotonic()):
                return accepted(wish.number)
            obstacle = refusal(wish, codes, book)
            if obstacle is not None:
                return obstacle
            if grants is not None and Action.RUN not in await grants.actions():
                return denied(wish.number)
            now = self._means.clock.wall()
            runs: list[Run] = []
            orders: list[Order] = []
            async for cells in portions(wish.cells):
                runs += book.plan(as_they_are(cells, codes), user, wish, now)
                orders += [Order(codes[cell.cell], grants, ask) for cell in cells]
            if wish.restart:
                await self._runner.restart(runs, orders, now)
            elif runs:
                await self._runner.take(runs, orders)
            if runs:
                self._ledger.changed(book.taken_over({run.cell for run in runs}, now))
            elif wish.restart:
                self._restarts.note(wish.key, user.username, self._means.clock.monotonic())
            return accepted(wish.number, [run.id for run in runs])

    async def _cancel(self, user: User, number: int, runs: Sequence[int]) -> RunAnswer:
        async with self._runner.turn:
            reason = cancelled_by(user.display_name)
            cancelled = self._ledger.book.cancel(runs, self._means.clock.wall(), reason)
            if cancelled is None:
                return refused(number, "not-waiting", "This does not wait to be run any more.")
            self._runner.cancelled(cancelled)
            return accepted(number)

    async def _interrupt(self, number: int) -> RunAnswer:
        kernel = self._runner.kernel
        if kernel is None:
            return refused_for(number, "no-kernel", NO_KERNEL)
        try:
            await kernel.interrupt()
        except KernelUnavailable as error:
            return refused_for(number, "no-kernel", reason_of(error))
        return accepted(number)

    def _answer_kernel(self, user: User, command: AnswerInput) -> RunAnswer:
        question = self._runner.questions.open
        if question is None or question.id != command.input:
            return refused(command.number, "no-input", "The kernel does not ask this any more.")
        asked = question.run.username
        if user.username != asked and self._place.somebody_may_run(asked):
            return refused_for(command.number, "not-yours", asked_of(question.run.display_name))
        self._runner.answer(question, command.value)
        return accepted(command.number)

    def _codes(self, cells: Sequence[CellWish]) -> dict[str, CellCode]:
        shared = self._place.cells()
        return {} if shared is None else shared.code([cell.cell for cell in cells])

    async def _many_codes(self, command: Command) -> dict[str, CellCode]:
        found: dict[str, CellCode] = {}
        if isinstance(command, RunCells):
            # Finding a cell takes time in proportion to its place: twice as many would take 50 ms among ten thousand.
            async for cells in portions(command.cells, 2 * FEW):
                found |= self._codes(cells)
        return found

    # -- telling -----------------------------------------------------------------------------------

    async def _show_all(self) -> None:
        """Tell what is known to the people of a room that has just been opened."""
        try:
            await self.load()
        except StoreError as error:
            _log.error("Runs of %s are not known: %s", self._place.address.document_id, error)
            return
        self._tell_known()

    def _tell_known(self) -> None:
        runs = self._ledger.told
        self._place.note_runners(runs)
        self._runner.marks.tidy()
        if runs or self._runner.kernel_status is not None:
            self._place.post({**self._kernel_body(), "runs": [run.body() for run in runs]})

    def _tell_runs(self, runs: Sequence[Run], forgotten: tuple[int, ...]) -> None:
        self._runner.marks.tidy()
        self._place.note_runners(runs)
        self._authorship.began(runs)
        self._place.post({"runs": [run.body() for run in runs]}, forgotten)
        self._record(runs)

    async def _note(self, runs: Sequence[Run]) -> None:
        """Keep and tell who changed the cells of ``runs``, which have ended."""
        try:
            await self._means.store.write(self._place.address.document_id, runs)
        except StoreError as error:
            _log.warning("Who changed cells after they were run is not kept: %s", error)
        # An older word on the same runs may still wait for its portion.
        await self._ledger.news.told()
        self._place.post({"runs": [run.body() for run in runs]})

    def _kernel_told(self) -> None:
        if self._news is None:
            self._news = self._loop.call_later(TOLD_S, self._tell_kernel)

    def _tell_kernel(self) -> None:
        self._news = None
        self._place.post({**self._kernel_body(), "runs": []})

    def _kernel_body(self) -> dict[str, Any]:
        runner = self._runner
        return {"kernel": runner.kernel_status, "input": runner.questions.body()}

    def _record(self, runs: Sequence[Run]) -> None:
        for run in runs:
            if run.ended and run.started_at is not None:
                self._means.ended(run, self._place.address.file_id)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
