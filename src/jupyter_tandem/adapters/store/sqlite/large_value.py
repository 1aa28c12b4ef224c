"""Large values of a column, in pieces.

Given to a statement, or taken from a row, a value is copied two or three times over, each time in one go in which no
other thread of the process gets on.
"""

from __future__ import annotations

import sqlite3
from io import BytesIO
from typing import Final

LARGE_BYTES: Final = 1024 * 1024
"""From this size on it is worth it; and the size of a piece."""


def read_value(connection: sqlite3.Connection, table: str, row: int) -> bytes:
    """The column ``bytes`` of a row, which holds a blob."""
    whole = BytesIO()
    with connection.blobopen(table, "bytes", row, readonly=True) as blob:
        while piece := blob.read(LARGE_BYTES):
            whole.write(piece)
    return whole.getvalue()


def write_value(connection: sqlite3.Connection, table: str, row: int, value: bytes) -> None:
    """Fill the column ``bytes`` of a row, which holds a blob of as many zeros, within the present transaction."""
    view = memoryview(value)
    with connection.blobopen(table, "bytes", row) as blob:
        for start in range(0, len(view), LARGE_BYTES):
            blob.write(view[start : start + LARGE_BYTES])
