"""The tables of a journal database.

Described for people in ``docs/reference/journal-tables.md``. SQLite 3.26 is enough: no ``STRICT``
tables, no ``RETURNING``, since distributions that ship Python 3.10 or later still carry it.
"""

from __future__ import annotations

import sqlite3

from jupyter_tandem.errors import StoreError

APPLICATION_ID = 0x54414E44
"""``TAND``: marks the file as a Tandem journal (``PRAGMA application_id``)."""

VERSION = 3
"""The schema this code reads and writes (``PRAGMA user_version``)."""

VERSION_WITH_RUNS = 2
"""The first one with a table of runs."""

SHIFT = 32
"""A row's place is its owner's key shifted by this, plus its number within the owner.

One integer key makes each journal a contiguous range of one b-tree: append, replay and prune touch
neighbouring pages, and no second index is written.
"""

TABLES = """
CREATE TABLE documents (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    lineage TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    checksum INTEGER NOT NULL
);
CREATE TABLE heads (
    document INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL,
    pruned INTEGER NOT NULL,
    bases INTEGER NOT NULL
);
CREATE TABLE snapshots (
    key INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    size INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (document, sequence)
);
CREATE TABLE parts (
    place INTEGER PRIMARY KEY,
    checksum INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
CREATE TABLE bases (
    document INTEGER NOT NULL,
    intended INTEGER NOT NULL,
    digest TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    file_hash TEXT NOT NULL,
    content INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (document, intended)
) WITHOUT ROWID;
CREATE TABLE contents (
    key INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
CREATE INDEX contents_of ON contents (document);
CREATE TABLE garbage (
    kind TEXT NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    token INTEGER NOT NULL,
    heartbeat INTEGER NOT NULL,
    lock TEXT NOT NULL,
    server TEXT NOT NULL,
    url TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL
);
INSERT INTO lease VALUES (1, 0, 0, '', '', '', 0, '');
"""

RUNS = """
CREATE TABLE runs (
    document TEXT NOT NULL,
    number INTEGER NOT NULL,
    live INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (document, number)
) WITHOUT ROWID;
CREATE INDEX live_runs ON runs (document) WHERE live = 1;
"""

ENTRIES = """
CREATE TABLE origins (
    key INTEGER PRIMARY KEY,
    author TEXT NOT NULL,
    cause TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (author, cause)
);
CREATE TABLE chunks (
    place INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    at INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
CREATE VIEW journal AS
SELECT documents.id AS document,
       chunks.place & 4294967295 AS first,
       (chunks.place & 4294967295) + chunks.count - 1 AS last,
       datetime((documents.begun + chunks.at) / 1000, 'unixepoch') AS at,
       length(chunks.bytes) AS size
FROM documents
JOIN chunks ON chunks.place BETWEEN documents.key << 32 AND (documents.key << 32) + 4294967295;
"""


def place(owner: int, number: int) -> int:
    """The key of a row: ``number`` within ``owner``."""
    return owner << SHIFT | number


def number(row_place: int) -> int:
    """A row's number within its owner: an entry's sequence, a part's index."""
    return row_place & ((1 << SHIFT) - 1)


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of a database, 0 for an empty one.

    Raises:
        StoreError: the database is not a Tandem journal, or a newer Tandem wrote it.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    if version and application != APPLICATION_ID:
        raise StoreError("This SQLite file is not a Tandem journal; move it out of the way.")
    if version > VERSION:
        raise StoreError(
            f"The journal was written by a newer Tandem (schema {version}; this one reads up to "
            f"{VERSION}). Upgrade jupyter-tandem, or point it at another data directory."
        )
    return version
