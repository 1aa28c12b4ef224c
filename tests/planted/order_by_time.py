"""Planted bug: stores hand out entries in the order of their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jupyter_tandem.adapters.store.memory import MemoryJournal
from jupyter_tandem.adapters.store.sqlite.journal import SqliteJournal
from jupyter_tandem.ports.store import Entry, Replay
from jupyter_tandem.types import DocumentId


def _by_time(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.at)


def _plant(journal: type[MemoryJournal] | type[SqliteJournal]) -> None:
    replay = journal.replay

    async def replay_by_time(self: MemoryJournal, document_id: DocumentId) -> Replay | None:
        found = await replay(self, document_id)  # type: ignore[arg-type]
        return None if found is None else replace(found, tail=_by_time(found.tail))

    journal.replay = replay_by_time  # type: ignore[assignment, method-assign]


_plant(MemoryJournal)
_plant(SqliteJournal)
