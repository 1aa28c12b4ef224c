"""Rows of ``bases`` and ``contents``: the file versions a document remembers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from jupyter_tandem.adapters.store.checksum import base_checksum, fits
from jupyter_tandem.adapters.store.sqlite.document import Standing
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import FileBase, FileBases
from jupyter_tandem.types import DocumentId

_COMMON, _INTENDED = 0, 1
_BITS = {_COMMON: 1, _INTENDED: 2}
_NO_VERSION = 4


def read_bases(connection: sqlite3.Connection, standing: Standing) -> FileBases:
    """Both remembered versions, every row checked.

    Raises:
        StoreCorrupt: a row fails its checksum.
    """
    rows = connection.execute(
        "SELECT intended, digest, bases.sequence, file_hash, checksum, bytes "
        "FROM bases LEFT JOIN contents ON contents.key = bases.content "
        "WHERE bases.document = ?",
        (standing.key,),
    ).fetchall()
    kept: int = connection.execute(
        "SELECT bases FROM heads WHERE document = ?", (standing.key,)
    ).fetchone()[0]
    if kept != _kept(row[0] for row in rows):
        raise _damaged(standing)
    found = {row[0]: _base(standing, *row[1:]) for row in rows}
    return FileBases(found.get(_COMMON), found.get(_INTENDED))


def unsettled_documents(connection: sqlite3.Connection) -> list[DocumentId]:
    """Documents that are ahead of the version their file had, or whose file was being written."""
    rows = connection.execute(
        "SELECT CAST(documents.id AS TEXT) FROM documents JOIN heads ON heads.document = documents.key "
        "LEFT JOIN bases ON bases.document = documents.key GROUP BY documents.key "
        "HAVING coalesce(max(bases.intended), 0) = ? OR heads.sequence > "
        "coalesce(max(CASE bases.intended WHEN ? THEN bases.sequence END), 0)",
        (_INTENDED, _COMMON),
    )
    return [DocumentId(row[0]) for row in rows]


def insert_intended(connection: sqlite3.Connection, standing: Standing, base: FileBase) -> None:
    """Remember what is about to be written."""
    _insert(connection, standing, _INTENDED, base)
    _tidy(connection, standing)


def insert_common(connection: sqlite3.Connection, standing: Standing, base: FileBase) -> None:
    """Remember the common version and forget the intended one."""
    _insert(connection, standing, _COMMON, base)
    connection.execute(
        "DELETE FROM bases WHERE document = ? AND intended = ?", (standing.key, _INTENDED)
    )
    _tidy(connection, standing)


def _insert(
    connection: sqlite3.Connection, standing: Standing, intended: int, base: FileBase
) -> None:
    checksum = base_checksum(
        standing.seed, base.digest, base.sequence, base.file_hash, base.content
    )
    connection.execute(
        "INSERT OR REPLACE INTO bases VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            standing.key,
            intended,
            base.digest,
            base.sequence,
            base.file_hash,
            _content_key(connection, standing, base.content),
            checksum,
        ),
    )


def _content_key(connection: sqlite3.Connection, standing: Standing, content: bytes) -> int:
    # A save is intended and then settled with the same content: it is written once.
    row = connection.execute(
        "SELECT key FROM contents WHERE document = ? AND bytes = ?", (standing.key, content)
    ).fetchone()
    if row is not None:
        key: int = row[0]
        return key
    cursor = connection.execute(
        "INSERT INTO contents (document, bytes) VALUES (?, ?)", (standing.key, content)
    )
    return cursor.lastrowid or 0


def _tidy(connection: sqlite3.Connection, standing: Standing) -> None:
    connection.execute(
        "DELETE FROM contents WHERE document = ? "
        "AND key NOT IN (SELECT content FROM bases WHERE document = ?)",
        (standing.key, standing.key),
    )
    roles = connection.execute("SELECT intended FROM bases WHERE document = ?", (standing.key,))
    connection.execute(
        "UPDATE heads SET bases = ? WHERE document = ?",
        (_kept(role for (role,) in roles.fetchall()), standing.key),
    )


def _kept(roles: Iterable[int]) -> int:
    """Which versions are there, as bits: kept in ``heads``, so that a lost row is noticed."""
    return sum(_BITS.get(role, _NO_VERSION) for role in roles)


def _damaged(standing: Standing) -> StoreCorrupt:
    return StoreCorrupt(
        f"The remembered file version of document {standing.head.document_id} is damaged; "
        "run `jupyter tandem doctor`."
    )


def _base(
    standing: Standing,
    digest: str,
    sequence: int,
    file_hash: str,
    checksum: int,
    content: bytes | None,
) -> FileBase:
    if content is None or not fits(
        checksum,
        lambda: base_checksum(standing.seed, digest, sequence, file_hash, content),
    ):
        raise _damaged(standing)
    return FileBase(digest, content, sequence, file_hash)
