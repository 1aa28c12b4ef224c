"""Which documents the service holds, on SQLAlchemy Core."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from jupyter_tandem.adapters.hub.migrations.upgrade import migrate
from jupyter_tandem.adapters.postgres_line import let_go
from jupyter_tandem.adapters.sharing.database import other_engine, sqlite_engine
from jupyter_tandem.adapters.unfit import UNFIT, unfit
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.types import DocumentKind, FileId

FILE_NAME: Final = "hub.sqlite3"

Result = TypeVar("Result")

_METADATA: Final = sa.MetaData()

DOCUMENTS: Final = sa.Table(
    "hub_documents",
    _METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(255), nullable=False),
    sa.Column("server", sa.String(255), nullable=False),
    sa.Column("file_id", sa.String(255), nullable=False),
    sa.Column("format", sa.String(16), nullable=False),
    sa.Column("type", sa.String(255), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("within", sa.Text, nullable=False, server_default="{}"),
    sa.UniqueConstraint("owner", "server", "file_id", "format", "type", name="uq_hub_documents"),
)


class SqlRegistry:
    """:class:`jupyter_tandem.ports.federation.Registry`. One thread: the event loop never waits for the disk."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use ``engine``, making the table where there is none.

        Raises:
            StoreUnavailable: it cannot be used. StoreError: a newer Tandem made the table.
        """
        self._engine = engine
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, "tandem-registry")
        self._in_transaction(migrate)

    @staticmethod
    def open(directory: Path) -> SqlRegistry:
        """Open the SQLite file in ``directory``; raises as the constructor."""
        return SqlRegistry(sqlite_engine(directory, FILE_NAME))

    @staticmethod
    def connect(url: str) -> SqlRegistry:
        """Use a database by SQLAlchemy URL; raises as the constructor."""
        return SqlRegistry(other_engine(url))

    def load_now(self) -> Sequence[HubDocument]:
        """See the port."""
        wanted = sa.select(DOCUMENTS).order_by(DOCUMENTS.c.made_at, DOCUMENTS.c.id)
        return self._in_transaction(lambda c: [_document(row) for row in c.execute(wanted)])

    async def put(self, document: HubDocument) -> None:
        """See the port."""
        await self.run(lambda connection: _put(connection, document))

    async def size(self) -> int | None:
        """Bytes of the database; ``None`` where it is a file beside the others.

        Raises:
            StoreUnavailable: it cannot be asked.
        """
        if self._engine.dialect.name != "postgresql":
            return None
        asked = sa.select(sa.func.pg_database_size(sa.func.current_database()))
        return await self.run(lambda connection: int(connection.execute(asked).scalar_one()))

    async def close(self) -> None:
        """See the port."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await let_go(self._engine, thread)

    async def run(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Do ``work`` in one transaction, in its turn.

        Raises:
            StoreUnavailable: the database cannot be used; nothing was changed. InvalidInput: it cannot hold this.
        """
        if self._thread is None:
            raise StoreUnavailable("The service is stopping; try again in a moment.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._in_transaction, work)

    def _in_transaction(self, work: Callable[[sa.Connection], Result]) -> Result:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except UNFIT as error:
            raise unfit() from error
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise StoreUnavailable(
                f"The list of shared documents cannot be read or written now "
                f"({type(cause).__name__}); nothing was changed."
            ) from error


def _put(connection: sa.Connection, document: HubDocument) -> None:
    values = {
        "owner": document.owner,
        "server": document.server,
        "file_id": document.file_id,
        "format": document.kind.format,
        "type": document.kind.type,
        "name": document.name,
        "made_at": round(document.made_at * 1000),
        "within": json.dumps(dict(document.within), ensure_ascii=False),
    }
    this = DOCUMENTS.c.id == document.id
    if connection.execute(DOCUMENTS.update().where(this).values(**values)).rowcount == 0:
        connection.execute(DOCUMENTS.insert().values(id=document.id, **values))


def _document(row: sa.Row[tuple[object, ...]]) -> HubDocument:
    found = row._mapping  # noqa: SLF001  (SQLAlchemy's public name for it begins so)
    return HubDocument(
        id=found["id"],
        owner=found["owner"],
        server=found["server"],
        file_id=FileId(found["file_id"]),
        kind=DocumentKind(found["format"], found["type"]),
        name=found["name"],
        made_at=found["made_at"] / 1000,
        within=json.loads(found["within"]),
    )
