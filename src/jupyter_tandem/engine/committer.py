"""Group commit: the entries of all rooms that wait become durable together, and not too often."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import Any, Final

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
_NOT_WRITTEN: Final = (
    "The last edits of %s are not in the journal: the outputs they refer to cannot be kept."
)


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
        held = document_id in self._held
        waiting_bytes = self._held.size_bytes(document_id) if held else self._backlog_bytes
        return waiting_bytes > BACKLOG_BYTES or self._lost

    def log(self, entries: Sequence[Entry]) -> bool:
        """Before anybody is told of entries: see that they outlive this process, where the journal can do that at once."""
        if self._lost or self._waits(entries[0].document_id):
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
        if self._waits(document_id):
            part = Batch(list(entries), {document_id: room}, logged=logged)
            self._held.add(document_id, part)
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
        part = Batch(
            runs=[(document_id, run) for run in runs], waiters=[(document_id, waiter)], urgent=True
        )
        if document_id in self._held:
            self._held.add(document_id, part)
        else:
            self._waiting.extend(part)
            self.hurry()
        await waiter

    def hurry(self) -> None:
        """Somebody waits for what was added to be on disk: it is written without a rest."""
        if self._waiting:
            self._waiting.urgent = True
            self._go()

    async def drain(self) -> None:
        """Return when nothing waits any more but what refers to something that could not be kept just now."""
        self.hurry()
        while under_way := self._under_way():
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            self.hurry()

    async def close(self, timeout_s: float) -> bool:
        """Write what waits, for at most ``timeout_s``, and try nothing more; whether all of it was written."""
        written = True
        self._held.try_now()
        try:
            async with asyncio.timeout(timeout_s):
                await self.drain()
        except TimeoutError:
            written = False
            if self._writing is not None:
                self._writing.cancel()
        left = list(self._held.documents)
        for document_id in left:
            _log.error(_NOT_WRITTEN, document_id)
        self._held.abandon(_NO_MORE)
        return written and not self._waiting and not left

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

    def _waits(self, document_id: DocumentId) -> bool:
        """Whether an entry of this document that comes now may refer to what is not durable yet."""
        return document_id in self._held or document_id in self._references.unsettled

    def _under_way(self) -> list[asyncio.Future[Any]]:
        under_way: list[asyncio.Future[Any]] = list(self._held.attempts)
        return under_way if self._writing is None else [self._writing, *under_way]

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
            self._keep_what_is_left()
            batch, self._waiting = self._waiting, Batch()
            self._try(batch, 0)

    def _keep_what_is_left(self) -> None:
        """No entry came that refers to it, or who wrote here before has left it."""
        for document_id in self._references.unsettled:
            if document_id not in self._held:
                self._held.add(document_id, Batch())

    def _try(self, batch: Batch, failures: int) -> None:
        # No task of our own: when all goes well it would cost every commit turns of the loop.
        append = self._journal.append(batch.entries, batch.runs)
        self._await(append, lambda attempt: self._tried(batch, failures, attempt))

    def _take_back(self, kept: Batch) -> None:
        """What it refers to is durable now."""
        self._backlog_bytes += kept.size_bytes
        self._waiting.extend(kept)
        if kept.urgent:
            self.hurry()
        else:
            self._go_when_rested()

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
        batch.report(reason)
        self._waiting.report(reason)
        self._held.report(reason)

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
