"""Group commit: the entries of all rooms that wait become durable together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from jupyter_tandem.errors import LeaseLost, SequenceConflict, StoreUnavailable
from jupyter_tandem.ports.store import Entry, Journal
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)

BACKLOG_BYTES: Final = 64 * 1024 * 1024
"""Updates that may wait for a journal that cannot write. Beyond it rooms take no more edits; browsers keep them."""

RETRY_DELAYS_S: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts after a failed append; the last one repeats."""


class Committed(Protocol):
    """A room, as the committer sees it."""

    def entries_durable(self, sequence: int) -> None:
        """Everything up to ``sequence`` is durable."""

    def journal_failed(self, reason: str) -> None:
        """Nothing can be made durable now; will be retried."""


@dataclass(slots=True)
class _Batch:
    """What goes into one append."""

    entries: list[Entry] = field(default_factory=list)
    rooms: dict[DocumentId, Committed] = field(default_factory=dict)
    runs: list[tuple[DocumentId, Run]] = field(default_factory=list)
    waiters: list[asyncio.Future[None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.entries or self.waiters)

    @property
    def size_bytes(self) -> int:
        return sum(len(entry.update) for entry in self.entries)


class Committer:
    """At most one append is in flight; what comes meanwhile goes into the next one."""

    def __init__(
        self,
        journal: Journal,
        on_lost: Callable[[str], None],
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Write to ``journal``; call ``on_lost`` with a sentence when this server may write no more.

        ``before`` makes durable what entries refer to; it fails as the journal does.
        """
        self._journal = journal
        self._before = before
        self._on_lost = on_lost
        self._waiting = _Batch()
        self._backlog_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._lost = False

    @property
    def saturated(self) -> bool:
        """Whether more entries wait than may."""
        return self._backlog_bytes > BACKLOG_BYTES or self._lost

    def add(self, room: Committed, entries: Sequence[Entry]) -> None:
        """Queue entries of one room; its ``entries_durable`` is called when they are on disk."""
        if self._lost:
            return
        self._waiting.entries.extend(entries)
        self._backlog_bytes += sum(len(entry.update) for entry in entries)
        self._waiting.rooms[entries[0].document_id] = room
        self._go()

    async def settle(self, document_id: DocumentId, runs: Sequence[Run]) -> None:
        """Return when ``runs``, and all entries that were added before, are on disk: together or not at all.

        Raises:
            LeaseLost: this server may write no more.
        """
        if self._lost:
            raise LeaseLost("This server may not write any more.")
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.runs.extend((document_id, run) for run in runs)
        self._waiting.waiters.append(waiter)
        self._go()
        await waiter

    async def drain(self) -> None:
        """Return when nothing waits any more."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def close(self, timeout_s: float) -> bool:
        """Write what waits, for at most ``timeout_s``; whether all of it was written."""
        task = self._task
        if task is None:
            return True
        done, _ = await asyncio.wait({task}, timeout=timeout_s)
        if done:
            return not self._waiting
        task.cancel()
        return False

    def _go(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting and not self._lost:
                batch, self._waiting = self._waiting, _Batch()
                await self._write(batch)
        finally:
            self._task = None

    async def _write(self, batch: _Batch) -> None:
        attempt = 0
        while True:
            try:
                if self._before is not None:
                    await self._before()
                await self._journal.append(batch.entries, batch.runs)
                break
            except StoreUnavailable as error:
                self._report(batch, str(error))
                _log.warning("The journal cannot be written: %s", error)
                await asyncio.sleep(RETRY_DELAYS_S[min(attempt, len(RETRY_DELAYS_S) - 1)])
                attempt += 1
            except (LeaseLost, SequenceConflict) as error:
                self._give_up(batch, str(error))
                return
        self._backlog_bytes -= batch.size_bytes
        last = {entry.document_id: entry.sequence for entry in batch.entries}
        for document_id, sequence in last.items():
            batch.rooms[document_id].entries_durable(sequence)
        for waiter in batch.waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _report(self, batch: _Batch, reason: str) -> None:
        for room in {**batch.rooms, **self._waiting.rooms}.values():
            room.journal_failed(reason)

    def _give_up(self, batch: _Batch, reason: str) -> None:
        self._lost = True
        self._report(batch, reason)
        for waiter in batch.waiters + self._waiting.waiters:
            if not waiter.done():
                waiter.set_exception(LeaseLost(reason))
        _log.error("This server stops writing the journal: %s", reason)
        self._on_lost(reason)
