"""Copies tables from one database into another, as they are but for what not every database can hold, and compares them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import sqlalchemy as sa

from jupyter_tandem.adapters.sharing.rows import portable

BATCH: Final = 500
"""Rows that are held at once; the longest, of the audit log, have some kilobytes."""

Told = Callable[[str, int, int], None]
"""Hears of progress: what is copied, how many are done, of how many."""

_DIGEST: Final = 1 << 256


def copy_table(source: sa.Connection, target: sa.Connection, table: sa.Table, told: Told) -> None:
    """Copy every row of ``table``, which is empty in ``target``, within its transaction."""
    total = count_of(source, table)
    done = 0
    for rows in _batches(source, table):
        target.execute(table.insert(), rows)
        done += len(rows)
        told(table.name, done, total)
    _count_on(target, table)


def same(source: sa.Connection, target: sa.Connection, table: sa.Table) -> bool:
    """Whether both have the same rows; their order may be another, as databases sort texts differently."""
    return _fingerprint(source, table) == _fingerprint(target, table)


def count_of(connection: sa.Connection, table: sa.Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _fingerprint(connection: sa.Connection, table: sa.Table) -> tuple[int, int]:
    count = total = 0
    for rows in _batches(connection, table):
        for row in rows:
            digest = hashlib.sha256(repr(tuple(row.values())).encode()).digest()
            total = (total + int.from_bytes(digest, "big")) % _DIGEST
        count += len(rows)
    return count, total


def _batches(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    wanted = sa.select(table).order_by(*table.primary_key.columns)
    result = connection.execute(wanted.execution_options(yield_per=BATCH))
    names = table.columns.keys()
    for rows in result.partitions():
        yield [portable(table, dict(zip(names, row, strict=True))) for row in rows]


def _count_on(target: sa.Connection, table: sa.Table) -> None:
    """Let the database number what comes next after what was copied."""
    counted = table.autoincrement_column
    if counted is None or target.dialect.name != "postgresql":
        return
    owner = sa.func.pg_get_serial_sequence(table.name, counted.name)
    last = sa.select(sa.func.max(counted)).scalar_subquery()
    target.execute(sa.select(sa.func.setval(owner, last)).where(last.is_not(None)))
