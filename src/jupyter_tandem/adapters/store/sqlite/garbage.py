"""Deleting in small transactions: what is in ``garbage`` is already gone for every reader."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from jupyter_tandem.adapters.store.sqlite.entry import delete_entries
from jupyter_tandem.adapters.store.sqlite.schema import place
from jupyter_tandem.adapters.store.sqlite.thread import Writer
from jupyter_tandem.errors import StoreCorrupt

SLICE_ROWS = 100
"""Rows of entries deleted in one transaction: a few milliseconds of the writer's time."""

_SLICE_PARTS = 4
_SLICE_PAGES = 256
_SLACK_PAGES = 64
_KINDS = ("document", "snapshot")
_END = (1 << 32) - 1


class Collector:
    """Empties ``garbage`` through the writer, one slice per transaction.

    Attributes:
        reserved: Keys of snapshots whose parts are being written: garbage only if that fails.
    """

    def __init__(self, writer: Writer) -> None:
        self.reserved: set[int] = set()
        self._writer = writer

    async def collect(self, *, deleted: bool = False) -> None:
        """Delete all garbage and hand free pages back to the file system.

        Args:
            deleted: Whether rows were deleted before, that must go from the write-ahead file too.

        Raises:
            StoreUnavailable: the rest stays for the next time. LeaseLost: likewise.
        """
        while await self._writer.write(self._sweep):
            deleted = True
        while await self._writer.write(_shrink):
            pass
        if deleted:
            # The write-ahead file still has the pages as they were.
            await self._writer.fold()

    def _sweep(self, connection: sqlite3.Connection) -> bool:
        for kind, key in connection.execute("SELECT kind, key FROM garbage").fetchall():
            if kind == "document":
                return _sweep_row(connection, kind, key, _sweep_document)
            if key not in self.reserved:
                return _sweep_row(connection, kind, key, _sweep_snapshot)
        return False


def _sweep_row(
    connection: sqlite3.Connection,
    kind: str,
    key: int,
    remains: Callable[[sqlite3.Connection, int], bool],
) -> bool:
    _check_dead(connection, kind, key)
    if not remains(connection, key):
        connection.execute("DELETE FROM garbage WHERE kind = ? AND key = ?", (kind, key))
    return True


def _check_dead(connection: sqlite3.Connection, kind: str, key: int) -> None:
    # One flipped bit in `garbage` must not delete what is alive.
    table = "documents" if kind == "document" else "snapshots"
    query = f"SELECT 1 FROM {table} WHERE key = ?"  # noqa: S608 - one of two constants
    alive = connection.execute(query, (key,)).fetchone() is not None
    if alive or kind not in _KINDS or not isinstance(key, int):
        raise StoreCorrupt(
            "The journal's list of things to delete is damaged; run `jupyter tandem doctor`."
        )


def _shrink(connection: sqlite3.Connection) -> bool:
    """Hand one slice of free pages back to the file system; whether there may be more.

    A few stay, since the next appends would have to ask for them again.
    """
    pages = min(_free_pages(connection) - _SLACK_PAGES, _SLICE_PAGES)
    for _ in range(pages):
        # sqlite3 does one step of a statement without columns, and one step frees one page.
        connection.execute("PRAGMA incremental_vacuum(1)")
    return pages == _SLICE_PAGES


def _free_pages(connection: sqlite3.Connection) -> int:
    pages: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return pages


def _sweep_document(connection: sqlite3.Connection, key: int) -> bool:
    connection.execute("DELETE FROM bases WHERE document = ?", (key,))
    connection.execute("DELETE FROM contents WHERE document = ?", (key,))
    return delete_entries(connection, key, _END, SLICE_ROWS)


def _sweep_snapshot(connection: sqlite3.Connection, key: int) -> bool:
    cursor = connection.execute(
        "DELETE FROM parts WHERE place IN "
        "(SELECT place FROM parts WHERE place BETWEEN ? AND ? LIMIT ?)",
        (place(key, 0), place(key + 1, 0) - 1, _SLICE_PARTS),
    )
    return cursor.rowcount == _SLICE_PARTS
