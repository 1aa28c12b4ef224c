"""Keeps the big outputs of one room out of its document, unless somebody is there who needs them in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from jupyter_tandem.core.big_output import hold_out
from jupyter_tandem.core.big_output_plan import SwapPlan, plan_to_bring_in, plan_to_hold_out
from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.stand_in import STAND_IN
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import DocumentError, StoreError, StoreUnavailable
from jupyter_tandem.ports.clock import Entropy

_log = logging.getLogger(__name__)

REST_S: Final = 600.0
"""How long outputs stay in the document after the last one who needs them there has left: a stock client whose
connection breaks now and then must not have them carried in and out each time."""

_ROUNDS: Final = 5
"""Times a document that changes while its outputs are read is looked at again, before people are let in."""

_AT_ONCE_BYTES: Final = 8 * 1024 * 1024
"""What is brought in before the journal is waited for: an eighth of what may wait for it."""

_DURABLE_S: Final = 30.0
"""How long the journal may take for that."""

_MARK: Final = STAND_IN.encode()


class OutputKeeper:
    """Big outputs of one document: out of it as a rule, in it while it is *needed whole* (BIG-5)."""

    def __init__(
        self,
        live: LiveRoom,
        shelf: OutputShelf,
        worker: Worker,
        entropy: Entropy,
        *,
        holds_out: bool = True,
        rest_s: float = REST_S,
        recall: Recall | None = None,
    ) -> None:
        """Look after ``live``, a notebook's room, whose state ``recall`` gives.

        With ``holds_out`` off, only bring in what others held out.
        """
        self._recall = recall
        self._live = live
        self._shelf = shelf
        self._worker = worker
        self._entropy = entropy
        self._holds_out = holds_out
        self._rest_s = rest_s
        self._needs = 0
        self._rest: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._written_bytes = 0
        live.room.document.run_cells().hold_out_with(self.stand_in)
        live.outputs = self

    def holds_out(self) -> bool:
        """Whether big outputs are to be out of the document now."""
        resting = self._needs > 0 or self._rest is not None
        return self._holds_out and not resting and not self._live.closed

    # -- out of the document -------------------------------------------------

    def stand_in(self, output: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is written of an output that a run made."""
        if not self.holds_out() or self._shelf.fails:
            return output
        held = hold_out(output, self._live.document_id, self._shelf.limit_bytes)
        if held is None:
            return output
        self._shelf.keep(self._live.document_id, held.name, held.text)
        return held.stand_in

    async def tidy(self) -> None:
        """Take out what is in the document and too big: pasted, restored, printed, or from before."""
        live = self._live
        if not self.holds_out():
            return
        if live.room.document.bytes_taken <= self._shelf.limit_bytes:
            return
        try:
            state = await self._state()
            plan = await self._worker.run(
                plan_to_hold_out,
                live.address.kind,
                state,
                self._entropy.client_id(),
                live.document_id,
                self._shelf.limit_bytes,
                self._shelf.putter(live.document_id),
            )
        except (StoreError, DocumentError) as error:
            _log.warning("Big outputs of %s stay in the document: %s", live.document_id, error)
            return
        for cell_id in plan.cells:
            if not self.holds_out():
                return
            if not live.room.document.run_cells().runs(cell_id):
                self._swap(plan, cell_id)
            # A cell may hold megabytes; others want to type.
            await asyncio.sleep(0)

    # -- into the document ---------------------------------------------------

    async def need_whole(self) -> None:
        """Bring everything into the document, and keep it there until :meth:`need_no_more` is called as often.

        Whoever goes on without a pause finds no stand-in, except for what is not kept any more, and what people
        undo or paste at this very moment; that follows.

        Raises:
            StoreUnavailable: the outputs cannot be read now; nothing is needed then.
        """
        self._needs += 1
        self._stop_rest()
        try:
            for _ in range(_ROUNDS):
                if await self._bring_in():
                    return
        except BaseException:
            self.need_no_more()
            raise

    def need_no_more(self) -> None:
        """Somebody has left who needed the document whole."""
        self._needs -= 1
        if not self._needs and self._holds_out and not self._live.closed:
            loop = asyncio.get_running_loop()
            self._rest = loop.call_later(self._rest_s, self._have_rested)

    async def _bring_in(self) -> bool:
        """Swap in what can be read; whether nothing was written meanwhile that may name more."""
        live = self._live
        self._again = False
        if live.closed:
            return True
        mentioned = await self._mentioned()
        if mentioned is False:
            return not self._again
        state = await self._state()
        if mentioned is None and _MARK not in state:
            return not self._again
        plan = await self._worker.run(
            plan_to_bring_in,
            live.address.kind,
            state,
            self._entropy.client_id(),
            self._shelf.getter(live.document_id),
        )
        for cell_id in plan.cells:
            await self._let_journal_follow()
            self._swap(plan, cell_id)
        return not self._again

    async def _mentioned(self) -> bool | None:
        """Whether there is any stand-in; ``None`` where only the state tells."""
        room, whole = self._live.room, self._live.whole
        mentioned = room.mentions(_MARK)
        if mentioned is None and whole is not None:
            # Whoever needs it whole is about to ask for it.
            await whole.have()
            mentioned = room.mentions(_MARK)
        return mentioned

    def noticed(self, update: bytes) -> None:
        """Somebody has written this, which may hold a stand-in."""
        self._written_bytes += len(update)
        if not self._needs or _MARK not in update:
            return
        self._again = True
        if self._task is None:
            self._spawn(self._bring_in_later())

    async def _bring_in_later(self) -> None:
        try:
            while self._again and self._needs and not self._live.closed:
                await self._bring_in()
        except (StoreError, DocumentError) as error:
            self._again = False
            _log.warning("Big outputs of %s: %s", self._live.document_id, error)

    async def _let_journal_follow(self) -> None:
        """Wait when much was written: what waits for the journal is bounded, for everybody.

        Raises:
            StoreUnavailable: the journal cannot be written.
        """
        if self._written_bytes < _AT_ONCE_BYTES:
            return
        self._written_bytes = 0
        try:
            await asyncio.wait_for(self._live.durable(self._live.sequence), _DURABLE_S)
        except asyncio.TimeoutError:
            raise StoreUnavailable("The journal cannot be written at the moment.") from None

    # -- inside --------------------------------------------------------------

    async def _state(self) -> bytes:
        _, state = self._live.encode() if self._recall is None else await self._recall.state()
        return state

    def _swap(self, plan: SwapPlan, cell_id: str) -> None:
        def write(cells: RunCells) -> None:
            plan.carry_out_in(cells, cell_id)

        if not self._live.closed:
            self._live.write_cells(write, author="", cause="state")

    def _have_rested(self) -> None:
        self._rest = None
        if self._task is None:
            self._spawn(self.tidy())

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            _log.error("Big outputs of %s", self._live.document_id, exc_info=task.exception())
        if self._again and self._needs and not self._live.closed:
            self._spawn(self._bring_in_later())

    def close(self) -> None:
        """The room is closing."""
        self._stop_rest()
        if self._task is not None:
            self._task.cancel()
