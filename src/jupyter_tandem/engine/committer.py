"""Group commit: the entries of all rooms that wait become durable together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from jupyter_tandem.errors import LeaseLost, SequenceConflict, StoreUnavailable
from jupyter_tandem.ports.store import Entry, Journal
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


class Committer:
    """At most one append is in flight; what comes meanwhile goes into the next one."""

    def __init__(self, journal: Journal, on_lost: Callable[[str], None]) -> None:
        """Write to ``journal``; call ``on_lost`` with a sentence when this server may write no more."""
        self._journal = journal
        self._on_lost = on_lost
        self._waiting: list[Entry] = []
        self._rooms: dict[DocumentId, Committed] = {}
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
        self._waiting.extend(entries)
        self._backlog_bytes += sum(len(entry.update) for entry in entries)
        self._rooms[entries[0].document_id] = room
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

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

    async def _run(self) -> None:
        try:
            while self._waiting and not self._lost:
                batch, self._waiting = self._waiting, []
                rooms, self._rooms = self._rooms, {}
                await self._write(batch, rooms)
        finally:
            self._task = None

    async def _write(self, batch: list[Entry], rooms: dict[DocumentId, Committed]) -> None:
        attempt = 0
        while True:
            try:
                await self._journal.append(batch)
                break
            except StoreUnavailable as error:
                self._report(rooms, str(error))
                _log.warning("The journal cannot be written: %s", error)
                await asyncio.sleep(RETRY_DELAYS_S[min(attempt, len(RETRY_DELAYS_S) - 1)])
                attempt += 1
            except (LeaseLost, SequenceConflict) as error:
                self._give_up(rooms, str(error))
                return
        self._backlog_bytes -= sum(len(entry.update) for entry in batch)
        last = {entry.document_id: entry.sequence for entry in batch}
        for document_id, sequence in last.items():
            rooms[document_id].entries_durable(sequence)

    def _report(self, rooms: dict[DocumentId, Committed], reason: str) -> None:
        for room in {**rooms, **self._rooms}.values():
            room.journal_failed(reason)

    def _give_up(self, rooms: dict[DocumentId, Committed], reason: str) -> None:
        self._lost = True
        self._report(rooms, reason)
        _log.error("This server stops writing the journal: %s", reason)
        self._on_lost(reason)
