"""Group commit: the entries of all rooms that wait become durable together, and not too often."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import Final

from jupyter_tandem.engine.commit_batch import Batch, Committed
from jupyter_tandem.engine.commit_references import HeldBack, NothingKept, Settling
from jupyter_tandem.errors import LeaseLost, StoreError, StoreUnavailable
from jupyter_tandem.ports.store import Entry, Journal
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)

BACKLOG_BYTES: Final = 64 * 1024 * 1024
"""Updates that may wait for a journal that cannot write. Beyond it rooms take no more edits; browsers keep them."""

REST_S: Final = 0.1
"""Between the end of a commit and the next one of edits. Who types after a pause waits for the disk alone; while many do,
or one fast, there are less than ten commits a second, each of which costs the disk and the processor as much as passing
on several edits. Nobody sees a tenth of a second in *Saved*; who waits for more than that ends the rest."""

LOGGED_REST_S: Final = 0.5
"""The same while all that waits would outlive this process. Well below what *Saved* may take before anybody is told
that something is on its way."""

RETRY_DELAYS_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts after a failed append; the last one repeats."""

_NO_MORE: Final = "This server may not write any more."


class Committer:
    """At most one append is in flight; what comes meanwhile goes into the next one.

    Attributes:
        lasting: Whether what is written here outlives the process.
    """

    def __init__(
        self,
        journal: Journal,
        on_lost: Callable[[str], None],
        references: Settling | None = None,
        *,
        lasting: bool = True,
    ) -> None:
        """Write to ``journal``; call ``on_lost`` with a sentence when this server may write no more.

        ``references`` are made durable before the entries of their documents; where they cannot be, those alone wait.
        ``lasting`` is what another process may continue.
        """
        self.lasting = lasting
        self._journal = journal
        self._references = references or NothingKept()
        self._held = HeldBack(self._references, self._take_back, RETRY_DELAYS_S)
        self._on_lost = on_lost
        self._waiting = Batch()
        self._backlog_bytes = 0
        self._writing: asyncio.Future[object] | None = None
        self._ended_at = -math.inf
        self._alarm: asyncio.TimerHandle | None = None
        self._lost = False

    def saturated(self, document_id: DocumentId) -> bool:
        """Whether more entries wait than may: of everybody, or of this document, where it is held back."""
        held = document_id in self._held.documents
        waiting_bytes = self._held.size_bytes if held else self._backlog_bytes
        return waiting_bytes > BACKLOG_BYTES or self._lost

    def log(self, entries: Sequence[Entry]) -> bool:
        """Before anybody is told of entries: see that they outlive this process, where the journal can do that at once."""
        document_id = entries[0].document_id
        waits = document_id in self._references.unsettled or document_id in self._held.documents
        if self._lost or waits:
            return False
        try:
            return self._journal.log_unsynced(entries)
        except Exception:  # noqa: BLE001  (people get the edit all the same, and the journal has it a moment later)
            _log.exception("Edits could not be written down before they were shown")
            return False

    def add(self, room: Committed, entries: Sequence[Entry], *, logged: bool = False) -> None:
        """Queue entries of one room; its ``entries_durable`` is called when they are on disk.

        Args:
            room: Whose entries.
            entries: At least one.
            logged: What :meth:`log` said of them. What would go with this process does not wait long.
        """
        if self._lost:
            return
        document_id = entries[0].document_id
        if document_id in self._held.documents:
            self._held.add(Batch(list(entries), {document_id: room}, logged=logged))
            return
        self._waiting.logged &= logged
        self._waiting.entries.extend(entries)
        for entry in entries:
            self._backlog_bytes += len(entry.update)
        self._waiting.rooms[document_id] = room
        self._go_when_rested()

    async def settle(self, document_id: DocumentId, runs: Sequence[Run]) -> None:
        """Return when ``runs``, and all entries that were added before, are on disk: together or not at all.

        Raises:
            LeaseLost: this server may write no more.
        """
        if self._lost:
            raise LeaseLost(_NO_MORE)
        waiter = asyncio.get_running_loop().create_future()
        held = document_id in self._held.documents
        batch = self._held.batch if held else self._waiting
        batch.runs.extend((document_id, run) for run in runs)
        batch.waiters.append((document_id, waiter))
        if not held:
            self.hurry()
        await waiter

    def hurry(self) -> None:
        """Somebody waits for what was added to be on disk: it is written without a rest."""
        if self._waiting:
            self._waiting.urgent = True
            self._go()

    async def drain(self) -> None:
        """Return when nothing waits any more."""
        self.hurry()
        while self._writing is not None:
            await asyncio.wait({self._writing})
            self.hurry()

    async def close(self, timeout_s: float) -> bool:
        """Write what waits, for at most ``timeout_s``; whether all of it was written."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.drain()
        except TimeoutError:
            if self._writing is not None:
                self._writing.cancel()
            return False
        return not self._waiting and not self._held.batch

    def abandon(self) -> None:
        """Write nothing more: another server may, or one that begins anew in this process.

        An append that is under way may still succeed. If not, it is not tried again, and nobody is told that the
        lease was lost: it may be somebody else's in this process by then.
        """
        self._lost = True
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._waiting.refuse(_NO_MORE)
        self._held.abandon(_NO_MORE)

    def _go_when_rested(self) -> None:
        if self._writing is not None or not self._waiting:
            return
        loop = asyncio.get_running_loop()
        due = self._ended_at + (LOGGED_REST_S if self._waiting.logged else REST_S)
        if self._alarm is not None:
            if self._alarm.when() <= due:
                return
            self._alarm.cancel()
        if self._waiting.urgent or loop.time() >= due:
            self._go()
        else:
            self._alarm = loop.call_at(due, self._go)

    def _go(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._writing is None and self._waiting and not self._lost:
            batch, self._waiting = self._waiting, Batch()
            self._try(batch, 0)

    def _try(self, batch: Batch, failures: int) -> None:
        # No task of our own: when all goes well it would cost every commit turns of the loop.
        self._await(self._append(batch), lambda attempt: self._tried(batch, failures, attempt))

    def _append(self, batch: Batch) -> Awaitable[object]:
        if self._held.documents.issuperset(self._references.unsettled):
            return self._journal.append(batch.entries, batch.runs)
        return self._append_after(batch)

    async def _append_after(self, batch: Batch) -> None:
        try:
            await self._references.settle()
        except StoreUnavailable as error:
            _log.warning("What some documents refer to cannot be kept; they wait: %s", error)
            documents = frozenset(self._references.unsettled)
            part = batch.part(documents)
            # It came while what it refers to was being kept.
            part.extend(self._waiting.part(documents))
            self._backlog_bytes -= part.size_bytes
            self._held.hold(documents, part, str(error))
        if self._lost:
            # Since then the journal may have been let to whoever began anew in this process: it would take this.
            raise LeaseLost(_NO_MORE)
        if batch:
            await self._journal.append(batch.entries, batch.runs)

    def _take_back(self, held: Batch) -> None:
        """What it refers to is kept now."""
        if self._lost:
            held.refuse(_NO_MORE)
            return
        self._backlog_bytes += held.size_bytes
        self._waiting.extend(held)
        self.hurry()

    def _await(
        self, done: Awaitable[object], then: Callable[[asyncio.Future[object]], None]
    ) -> None:
        self._writing = asyncio.ensure_future(done)
        self._writing.add_done_callback(then)

    def _tried(self, batch: Batch, failures: int, attempt: asyncio.Future[object]) -> None:
        self._writing = None
        if attempt.cancelled():
            return
        error = attempt.exception()
        if error is None:
            self._wrote(batch)
            return
        if isinstance(error, StoreUnavailable) and not self._lost:
            self._report(batch, str(error))
            _log.warning("The journal cannot be written: %s", error)
            delay_s = RETRY_DELAYS_S[min(failures, len(RETRY_DELAYS_S) - 1)]
            self._await(asyncio.sleep(delay_s), lambda rest: self._rested(batch, failures, rest))
            return
        self._give_up(batch, str(error))
        if not isinstance(error, StoreError):
            raise error

    def _rested(self, batch: Batch, failures: int, rest: asyncio.Future[object]) -> None:
        self._writing = None
        if rest.cancelled():
            return
        if self._lost:
            self._give_up(batch, _NO_MORE)
        else:
            self._try(batch, failures + 1)

    def _wrote(self, batch: Batch) -> None:
        self._ended_at = asyncio.get_running_loop().time()
        self._backlog_bytes -= batch.size_bytes
        last = {entry.document_id: entry.sequence for entry in batch.entries}
        # Last in, first out; whatever one of them raises, all the others are told.
        with ExitStack() as news:
            news.callback(self._go_when_rested)
            for _, waiter in batch.waiters:
                news.callback(_settled, waiter)
            for document_id, sequence in last.items():
                news.callback(batch.rooms[document_id].entries_durable, sequence)

    def _report(self, batch: Batch, reason: str) -> None:
        for waits in (batch, self._waiting, self._held.batch):
            waits.report(reason)

    def _give_up(self, batch: Batch, reason: str) -> None:
        abandoned, self._lost = self._lost, True
        batch.refuse(reason)
        self._waiting.refuse(reason)
        self._held.abandon(reason)
        if abandoned:
            # Its rooms are closed, and whoever came after it has nothing to do with it.
            return
        self._report(batch, reason)
        _log.error("This server stops writing the journal: %s", reason)
        self._on_lost(reason)


def _settled(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
