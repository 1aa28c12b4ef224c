"""Rows of ``journal_bases``: the file versions a document remembers."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_tandem.adapters.store.checksum import base_checksum, fits
from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.adapters.store.postgres.document import Standing, read_standing
from jupyter_tandem.adapters.store.postgres.session import Session
from jupyter_tandem.adapters.store.postgres.thread import Reader, Writer
from jupyter_tandem.adapters.store.sequence import existing
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import FileBase, FileBases
from jupyter_tandem.types import DocumentId


class PostgresFileBaseStore:
    """:class:`~jupyter_tandem.ports.store.FileBaseStore` over a journal in PostgreSQL."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def bases(self, document_id: DocumentId) -> FileBases:
        """See the port."""

        def work(session: Session) -> FileBases:
            standing = read_standing(session.connection, document_id)
            if standing is None:
                return FileBases(None, None)
            return read_bases(session.connection, standing)

        return await self._reader.read(work)

    async def intend(self, document_id: DocumentId, base: FileBase) -> None:
        """See the port."""
        await self._remember(document_id, base, intended=True)

    async def settle(self, document_id: DocumentId, base: FileBase) -> None:
        """See the port."""
        await self._remember(document_id, base, intended=False)

    async def unsettled(self) -> Sequence[DocumentId]:
        """See the port."""
        return await self._reader.read(_unsettled)

    async def _remember(self, document_id: DocumentId, base: FileBase, *, intended: bool) -> None:
        def work(session: Session) -> None:
            standing = self._writer.ledger.standing(session.connection, document_id)
            _put(session.connection, existing(document_id, standing), base, intended=intended)

        await self._writer.write(work)


def read_bases(connection: Connection, standing: Standing) -> FileBases:
    """Both remembered versions, every row checked.

    Raises:
        StoreCorrupt: a row fails its checksum.
    """
    rows = connection.execute(
        "SELECT intended, digest, sequence, file_hash, checksum, content "
        "FROM journal_bases WHERE document = %s",
        (standing.key,),
        binary=True,
    ).fetchall()
    found = {intended: _base(standing, *row) for intended, *row in rows}
    return FileBases(found.get(False), found.get(True))


def _base(
    standing: Standing, digest: str, sequence: int, file_hash: str, checksum: int, content: bytes
) -> FileBase:
    seed = standing.seed
    if not fits(checksum, lambda: base_checksum(seed, digest, sequence, file_hash, content)):
        raise StoreCorrupt(
            f"The remembered file version of document {standing.head.document_id} is damaged; "
            "put back a backup of the database."
        )
    return FileBase(digest, content, sequence, file_hash)


def _unsettled(session: Session) -> list[DocumentId]:
    """Documents that are ahead of the version their file had, or whose file was being written."""
    rows = session.connection.execute(
        "SELECT id FROM journal_documents AS documents "
        "LEFT JOIN journal_bases AS bases ON bases.document = documents.key "
        "GROUP BY documents.key HAVING coalesce(bool_or(bases.intended), false) "
        "OR documents.sequence > coalesce(max(bases.sequence) FILTER (WHERE NOT bases.intended), 0)"
    )
    return [DocumentId(row[0]) for row in rows.fetchall()]


def _put(connection: Connection, standing: Standing, base: FileBase, *, intended: bool) -> None:
    """Remember a version; the common one takes the place of the intended one."""
    connection.execute(
        "DELETE FROM journal_bases WHERE document = %s AND (intended OR NOT %s)",
        (standing.key, intended),
    )
    checksum = base_checksum(
        standing.seed, base.digest, base.sequence, base.file_hash, base.content
    )
    connection.execute(
        "INSERT INTO journal_bases VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            standing.key,
            intended,
            base.digest,
            base.sequence,
            base.file_hash,
            checksum,
            base.content,
        ),
    )
