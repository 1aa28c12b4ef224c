"""Rows of ``journal_snapshots`` and ``journal_parts``: a document's state in pieces."""

from __future__ import annotations

from functools import partial
from typing import Final

from jupyter_tandem.adapters.store.checksum import fits, part_checksum, snapshot_checksum
from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.adapters.store.postgres.document import Standing, next_key
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import Snapshot
from jupyter_tandem.protocol.lib0 import put_together

_PART_BYTES: Final = 1024 * 1024
"""PostgreSQL holds a value several times while it takes it in; this keeps that small."""


def insert_parts(connection: Connection, standing: Standing, snapshot: Snapshot) -> int:
    """Write the parts of a state under a new key, that :func:`insert_snapshot` has to claim before the commit.

    Holds no lock that another writer waits for.
    """
    key = next_key(connection, "journal_snapshots")
    state = memoryview(snapshot.state)
    for number, start in enumerate(range(0, len(state), _PART_BYTES)):
        part = state[start : start + _PART_BYTES]
        connection.execute(
            "INSERT INTO journal_parts VALUES (%s, %s, %s, %s)",
            (key, number, part_checksum(standing.seed, snapshot.sequence, number, part), part),
        )
    return key


def insert_snapshot(
    connection: Connection, standing: Standing, key: int, snapshot: Snapshot
) -> None:
    """Let the parts under ``key`` be the snapshot at that sequence, in place of an earlier one."""
    document, sequence, size = standing.key, snapshot.sequence, len(snapshot.state)
    connection.execute(
        "DELETE FROM journal_snapshots WHERE document = %s AND sequence = %s", (document, sequence)
    )
    connection.execute(
        "INSERT INTO journal_snapshots VALUES (%s, %s, %s, %s, %s)",
        (key, document, sequence, size, snapshot_checksum(standing.seed, sequence, size)),
    )


def newest_sequence(connection: Connection, document: int) -> int | None:
    """The sequence of a document's newest snapshot, ``None`` when it has none."""
    row = connection.execute(
        "SELECT max(sequence) FROM journal_snapshots WHERE document = %s", (document,)
    ).fetchone()
    return None if row is None else row[0]


def read_snapshot(connection: Connection, standing: Standing, sequence: int) -> Snapshot:
    """The snapshot at ``sequence``, every row checked.

    Raises:
        StoreCorrupt: a row fails its checksum or a part is missing.
    """
    row = connection.execute(
        "SELECT key, size, checksum FROM journal_snapshots WHERE document = %s AND sequence = %s",
        (standing.key, sequence),
    ).fetchone()
    if row is None:
        raise _damaged(standing, sequence)
    key, size, checksum = row
    parts = connection.execute(
        "SELECT checksum, bytes FROM journal_parts WHERE snapshot = %s ORDER BY number",
        (key,),
        binary=True,
    ).fetchall()
    sound = fits(checksum, lambda: snapshot_checksum(standing.seed, sequence, size)) and all(
        fits(part_sum, partial(part_checksum, standing.seed, sequence, number, part))
        for number, (part_sum, part) in enumerate(parts)
    )
    state = put_together([part for _, part in parts]) if sound else b""
    if not sound or len(state) != size:
        raise _damaged(standing, sequence)
    return Snapshot(sequence, state)


def _damaged(standing: Standing, sequence: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"The snapshot of document {standing.head.document_id} at {sequence} fails its checksum; "
        "put back a backup of the database."
    )


def delete_older(connection: Connection, document: int, newest: int) -> None:
    """Delete the snapshots before ``newest``, with their parts."""
    connection.execute(
        "DELETE FROM journal_snapshots WHERE document = %s AND sequence < %s", (document, newest)
    )
