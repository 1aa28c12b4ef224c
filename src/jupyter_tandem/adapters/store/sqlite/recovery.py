"""What a killed holder of the lease had logged and not committed, put back into the journal."""

from __future__ import annotations

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_tandem.adapters.store.sqlite.document import Standing, move_heads, read_standing
from jupyter_tandem.adapters.store.sqlite.entry import write_entries
from jupyter_tandem.adapters.store.sqlite.origin import Origins
from jupyter_tandem.adapters.store.sqlite.unsynced_page import Left, delete, pages_left, read_page
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LeftPages:
    """The pages that were found, and what could be read of those of the last holder."""

    paths: Sequence[Path]
    entries: Sequence[Left]

    def remove(self) -> None:
        """Delete the pages, once the journal has what continues it."""
        for path in self.paths:
            delete(path)


def read_pages(directory: Path, token: int) -> LeftPages:
    """All pages in ``directory``, and what the holder with this ``token`` wrote; a page that cannot be read is as good as none.

    What was before it has been put back or did not continue the journal; it must not be tried again behind other edits.
    """
    try:
        pages = pages_left(directory)
    except OSError as error:
        _log.warning("Nothing is put back, since %s cannot be read: %s", directory, error)
        return LeftPages((), ())
    mine = [path for path, written_with in pages.items() if written_with == token]
    return LeftPages(list(pages), [left for path in mine for left in _read(path)])


def _read(path: Path) -> list[Left]:
    try:
        return list(read_page(path))
    except OSError as error:
        _log.warning("%s cannot be read, so nothing is put back from it: %s", path, error)
        return []


def put_back(connection: sqlite3.Connection, origins: Origins, left: Sequence[Left]) -> None:
    """Append what continues its journal, within a write transaction."""
    journals: defaultdict[int, dict[int, Left]] = defaultdict(dict)
    for found in left:
        journals[found.key][found.sequence] = found
    entries: list[Entry] = []
    standings: dict[DocumentId, Standing] = {}
    for key, logged in journals.items():
        standing = _standing(connection, key)
        if standing is None:
            continue
        missing = _following(standing, logged)
        if missing:
            standings[standing.head.document_id] = standing
            entries += missing
    if not entries:
        return
    write_entries(connection, entries, standings, origins)
    ends = {entry.document_id: entry.sequence for entry in entries}
    move_heads(connection, [(standings[name], last) for name, last in ends.items()])
    _log.info(
        "The last server was killed before %d edits of %d documents were on disk; they are now.",
        len(entries),
        len(standings),
    )


def _standing(connection: sqlite3.Connection, key: int) -> Standing | None:
    row = connection.execute("SELECT id FROM documents WHERE key = ?", (key,)).fetchone()
    try:
        return None if row is None else read_standing(connection, DocumentId(row[0]))
    except StoreCorrupt as error:
        # Whoever opens it is told; the other journals get what is theirs.
        _log.warning("Nothing is put back into a damaged journal: %s", error)
        return None


def _following(standing: Standing, logged: dict[int, Left]) -> list[Entry]:
    entries: list[Entry] = []
    document_id, sequence = standing.head.document_id, standing.head.sequence + 1
    while (found := logged.get(sequence)) is not None and found.seed == standing.seed:
        entries.append(
            Entry(document_id, sequence, found.author, found.at, found.cause, found.update)
        )
        sequence += 1
    return entries
