"""Rows of ``snapshots`` and ``parts``: a state is written in parts, and exists once its row does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial

from jupyter_tandem.adapters.store.checksum import fits, part_checksum, snapshot_checksum
from jupyter_tandem.adapters.store.sqlite.document import Standing
from jupyter_tandem.adapters.store.sqlite.schema import place
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import Snapshot
from jupyter_tandem.protocol.lib0 import put_together

PART_BYTES = 1024 * 1024
"""One transaction's share of a snapshot: other documents' appends wait for no more than this."""

Part = tuple[int, memoryview]


def parts_of(snapshot: Snapshot) -> Iterator[Part]:
    """The parts of a state, numbered from 0; an empty state has none."""
    state = memoryview(snapshot.state)
    for index, start in enumerate(range(0, len(state), PART_BYTES)):
        yield index, state[start : start + PART_BYTES]


def reserve_snapshot(connection: sqlite3.Connection) -> int:
    """A fresh key, whose parts are garbage until :func:`insert_snapshot` claims them."""
    key: int = connection.execute(
        "SELECT 1 + max((SELECT coalesce(max(key), 0) FROM snapshots), "
        "(SELECT coalesce(max(key), 0) FROM garbage WHERE kind = 'snapshot'))"
    ).fetchone()[0]
    connection.execute("INSERT INTO garbage VALUES ('snapshot', ?)", (key,))
    return key


def insert_part(
    connection: sqlite3.Connection, standing: Standing, key: int, sequence: int, part: Part
) -> None:
    """Write one part of a reserved snapshot."""
    index, state = part
    connection.execute(
        "INSERT INTO parts VALUES (?, ?, ?)",
        (place(key, index), part_checksum(standing.seed, sequence, index, state), state),
    )


def insert_snapshot(
    connection: sqlite3.Connection, standing: Standing, key: int, snapshot: Snapshot
) -> None:
    """Let the parts under ``key`` be the snapshot at that sequence, in place of an earlier one."""
    document, sequence, size = standing.key, snapshot.sequence, len(snapshot.state)
    connection.execute(
        "INSERT INTO garbage SELECT 'snapshot', key FROM snapshots "
        "WHERE document = ? AND sequence = ?",
        (document, sequence),
    )
    connection.execute("DELETE FROM garbage WHERE kind = 'snapshot' AND key = ?", (key,))
    connection.execute(
        "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)",
        (key, document, sequence, size, snapshot_checksum(standing.seed, sequence, size)),
    )


def newest_sequence(connection: sqlite3.Connection, document: int) -> int | None:
    """The sequence of a document's newest snapshot, ``None`` when it has none."""
    newest: int | None = connection.execute(
        "SELECT max(CAST(sequence AS INTEGER)) FROM snapshots WHERE document = ?", (document,)
    ).fetchone()[0]
    return newest


def read_snapshot(connection: sqlite3.Connection, standing: Standing, sequence: int) -> Snapshot:
    """The snapshot at ``sequence``, every row checked.

    Raises:
        StoreCorrupt: a row fails its checksum or a part is missing.
    """
    row = connection.execute(
        "SELECT key, size, checksum FROM snapshots WHERE document = ? AND sequence = ?",
        (standing.key, sequence),
    ).fetchone()
    # The key comes out of an index, where a damaged one may be anything.
    if row is None or not isinstance(row[0], int):
        raise _damaged(standing, sequence)
    key, size, checksum = row
    rows = connection.execute(
        "SELECT checksum, bytes FROM parts WHERE place BETWEEN ? AND ? ORDER BY place",
        (place(key, 0), place(key + 1, 0) - 1),
    ).fetchall()
    sound = fits(checksum, lambda: snapshot_checksum(standing.seed, sequence, size)) and all(
        fits(part_sum, partial(part_checksum, standing.seed, sequence, index, part))
        for index, (part_sum, part) in enumerate(rows)
    )
    state = put_together([part for _, part in rows]) if sound else b""
    if not sound or len(state) != size:
        raise _damaged(standing, sequence)
    return Snapshot(sequence, state)


def _damaged(standing: Standing, sequence: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"The snapshot of document {standing.head.document_id} at {sequence} fails its checksum; "
        "run `jupyter tandem doctor` to see what can be kept."
    )


def doom_older_snapshots(connection: sqlite3.Connection, document: int, newest: int) -> None:
    """Turn the snapshots before ``newest`` into garbage."""
    older = "FROM snapshots WHERE document = ? AND sequence < ?"
    connection.execute(
        f"INSERT INTO garbage SELECT 'snapshot', key {older}",
        (document, newest),
    )
    connection.execute(f"DELETE {older}", (document, newest))
