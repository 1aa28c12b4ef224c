"""Who asks for access, in the registry's database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.ports.hub_requests import AccessRequest

REQUESTS: Final = sa.Table(
    "hub_requests",
    sa.MetaData(),
    sa.Column("document", sa.String(64), primary_key=True),
    sa.Column("username", sa.String(255), primary_key=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)


class SqlRequests:
    """:class:`jupyter_tandem.ports.hub_requests.RequestStore`."""

    def __init__(self, registry: SqlRegistry) -> None:
        """Use the database and the thread of ``registry``, which ends them."""
        self._run = registry.run

    async def put(self, request: AccessRequest) -> None:
        """See the port."""
        values = {"display_name": request.display_name, "at": round(request.at * 1000)}
        key = {"document": request.document, "username": request.username}

        def work(connection: sa.Connection) -> None:
            changed = connection.execute(REQUESTS.update().where(_this(**key)).values(**values))
            if changed.rowcount == 0:
                connection.execute(REQUESTS.insert().values(**key, **values))

        await self._run(work)

    async def drop(self, document: str, username: str) -> bool:
        """See the port."""
        gone = REQUESTS.delete().where(_this(document, username))
        return await self._run(lambda connection: connection.execute(gone).rowcount > 0)

    async def all(self) -> Sequence[AccessRequest]:
        """See the port."""
        wanted = sa.select(REQUESTS).order_by(REQUESTS.c.at, REQUESTS.c.username)
        return await self._run(
            lambda connection: [
                AccessRequest(row.document, row.username, row.display_name, row.at / 1000)
                for row in connection.execute(wanted)
            ]
        )


def _this(document: str, username: str) -> sa.ColumnElement[bool]:
    return (REQUESTS.c.document == document) & (REQUESTS.c.username == username)
