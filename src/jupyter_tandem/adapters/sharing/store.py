"""Shares, links, guests and the audit log behind their ports, on SQLAlchemy Core.

One thread and one connection at a time: the event loop never waits for the disk, and SQLite has one writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from jupyter_tandem.adapters.postgres_line import let_go
from jupyter_tandem.adapters.sharing import audit
from jupyter_tandem.adapters.sharing.database import (
    migrate,
    other_engine,
    sqlite_engine,
    translated,
)
from jupyter_tandem.adapters.sharing.doubt import Commits
from jupyter_tandem.adapters.sharing.rows import (
    grant_from,
    grant_values,
    guest_from,
    guest_values,
    link_from,
    link_values,
    milliseconds,
    use_from,
    use_values,
)
from jupyter_tandem.adapters.sharing.tables import GRANTS, GUESTS, LINK_USES, LINKS, STATE
from jupyter_tandem.adapters.unfit import UNFIT, unfit
from jupyter_tandem.errors import LinkEnded, StoreUnavailable
from jupyter_tandem.ports.audit import AuditQuery
from jupyter_tandem.ports.sharing import (
    Change,
    EndGrant,
    EndGuest,
    Holdings,
    PutGrant,
    PutGuest,
    PutLink,
)
from jupyter_tandem.sharing import AuditEntry, AuditEvent, LinkId, LinkUse, Subject

Result = TypeVar("Result")

_TAKEN: Final = ("revoked", "removed")
"""Why a grant has ended that somebody took back, not time."""


class SqlSharing:
    """:class:`~jupyter_tandem.ports.sharing.SharingStore` and :class:`~jupyter_tandem.ports.audit.AuditLog`.

    Both are one database because a change and its record must be durable together.
    """

    def __init__(self, engine: sa.Engine) -> None:
        """Use ``engine``, whose tables are up to date."""
        self._engine = engine
        self._commits = Commits(self._in_transaction)
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, "tandem-sharing")

    @staticmethod
    def open(directory: Path) -> SqlSharing:
        """Open the SQLite file in ``directory``, made for its owner alone when it is not there.

        Blocks for some tens of milliseconds; meant for start-up.

        Raises:
            StoreUnavailable: it cannot be used. StoreError: a newer Tandem made it.
        """
        engine = sqlite_engine(directory)
        migrate(engine)
        return SqlSharing(engine)

    @staticmethod
    def connect(url: str) -> SqlSharing:
        """Use a database that several servers share.

        Raises:
            StoreUnavailable: it cannot be used. StoreError: a newer Tandem made its tables.
        """
        # Years of an audit log may be changed here.
        patient = other_engine(url, patient=True)
        try:
            migrate(patient)
        finally:
            patient.dispose()
        return SqlSharing(other_engine(url))

    @property
    def begun(self) -> bool:
        """Whether anything may ever have been put into it."""
        return True

    def load_now(self) -> Holdings:
        """As :meth:`load`, without a thread: for start-up, before the first request comes.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        return self._in_transaction(_load)

    # -- SharingStore --------------------------------------------------------

    async def load(self) -> Holdings:
        """See the port."""
        return await self._run(_load)

    async def revision(self) -> int:
        """See the port."""
        return await self._run(_revision)

    async def commit(self, changes: Sequence[Change], events: Sequence[AuditEvent]) -> int:
        """See the port."""
        return await self._write(lambda connection: _commit(connection, changes, events), events)

    async def redeem(
        self,
        link_id: LinkId,
        use: LinkUse,
        changes: Sequence[Change],
        events: Sequence[AuditEvent],
    ) -> int:
        """See the port."""

        def work(connection: sa.Connection) -> int:
            audit.lock(connection)
            _count_use(connection, link_id, use)
            return _commit(connection, changes, events)

        return await self._write(work, events)

    async def uses(self, link_id: LinkId) -> Sequence[LinkUse]:
        """See the port."""
        wanted = (
            sa.select(LINK_USES).where(LINK_USES.c.link_id == link_id).order_by(LINK_USES.c.number)
        )
        return await self._run(lambda c: [use_from(row) for row in c.execute(wanted)])

    async def was_shown_out(self, link_id: LinkId, subject: Subject) -> bool:
        """See the port."""
        taken = sa.select(GRANTS.c.id).where(
            GRANTS.c.link_id == link_id,
            GRANTS.c.subject_kind == subject.kind.value,
            GRANTS.c.subject_name == subject.name,
            GRANTS.c.ended_why.in_(_TAKEN),
            GRANTS.c.ended_by != str(subject),
        )
        return await self._run(lambda c: c.execute(taken.limit(1)).first() is not None)

    async def close(self) -> None:
        """See the port."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await let_go(self._engine, thread)

    # -- AuditLog ------------------------------------------------------------

    async def append(self, events: Sequence[AuditEvent]) -> None:
        """See the port."""
        await self._on_thread(self._commits.append, events)

    async def read(
        self, *, after: int = 0, since: float | None = None, limit: int = 1000
    ) -> Sequence[AuditEntry]:
        """See the port."""
        return await self._run(lambda connection: audit.read(connection, after, since, limit))

    async def find(
        self, query: AuditQuery, *, limit: int, newest_first: bool = False
    ) -> Sequence[AuditEntry]:
        """See the port."""
        return await self._run(
            lambda connection: audit.find(connection, query, limit, newest_first=newest_first)
        )

    async def verify(self) -> str | None:
        """See the port."""
        return await self._run(audit.verify)

    # -- the thread ----------------------------------------------------------

    async def _run(self, work: Callable[[sa.Connection], Result]) -> Result:
        return await self._on_thread(self._in_transaction, work)

    async def _write(
        self, work: Callable[[sa.Connection], Result], events: Sequence[AuditEvent]
    ) -> Result:
        """Do ``work``, which records ``events``."""
        return await self._on_thread(self._commits.write, work, bool(events))

    async def _on_thread(self, work: Callable[..., Result], *arguments: object) -> Result:
        if self._thread is None:
            raise StoreUnavailable("The server is stopping; try again in a moment.")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, *arguments)

    def _in_transaction(self, work: Callable[[sa.Connection], Result]) -> Result:
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except UNFIT as error:
            raise unfit() from error
        except SQLAlchemyError as error:
            raise translated(error) from error


def _load(connection: sa.Connection) -> Holdings:
    audit.lock(connection)
    live = sa.select(GRANTS).where(GRANTS.c.ended_at.is_(None)).order_by(GRANTS.c.granted_at)
    guests = sa.select(GUESTS).where(GUESTS.c.ended.is_(sa.false()))
    return Holdings(
        revision=_revision(connection),
        grants=tuple(grant_from(row) for row in connection.execute(live)),
        links=tuple(
            link_from(row)
            for row in connection.execute(sa.select(LINKS).order_by(LINKS.c.created_at))
        ),
        guests=tuple(guest_from(row) for row in connection.execute(guests)),
    )


def _revision(connection: sa.Connection) -> int:
    revision: int = connection.execute(sa.select(STATE.c.revision)).scalar_one()
    return revision


def _commit(
    connection: sa.Connection, changes: Sequence[Change], events: Sequence[AuditEvent]
) -> int:
    connection.execute(STATE.update().values(revision=STATE.c.revision + 1))
    for change in changes:
        _carry_out(connection, change)
    audit.append(connection, events)
    return _revision(connection)


def _carry_out(connection: sa.Connection, change: Change) -> None:
    match change:
        case PutGrant(grant):
            # Never one that has ended meanwhile: then the insert fails, and with it the transaction.
            _put(connection, GRANTS, grant_values(grant), GRANTS.c.ended_at.is_(None))
        case EndGrant(grant_id, at, by, why):
            ended = {"ended_at": milliseconds(at), "ended_by": by, "ended_why": why}
            this = (GRANTS.c.id == grant_id) & GRANTS.c.ended_at.is_(None)
            connection.execute(GRANTS.update().where(this).values(**ended))
        case PutLink(link):
            _put(connection, LINKS, link_values(link), LINKS.c.ended_at.is_(None), {"uses": 0})
        case PutGuest(guest):
            _put(connection, GUESTS, guest_values(guest), GUESTS.c.ended.is_(sa.false()))
        case EndGuest(guest_id):
            connection.execute(GUESTS.update().where(GUESTS.c.id == guest_id).values(ended=True))


def _put(
    connection: sa.Connection,
    table: sa.Table,
    values: dict[str, object],
    live: sa.ColumnElement[bool],
    only_when_new: dict[str, object] | None = None,
) -> None:
    """Replace the live row with this id, or add it."""
    this = (table.c.id == values["id"]) & live
    replaced = connection.execute(table.update().where(this).values(**values))
    if replaced.rowcount == 0:
        connection.execute(table.insert().values(**values, **(only_when_new or {})))


def _count_use(connection: sa.Connection, link_id: LinkId, use: LinkUse) -> None:
    usable = (
        (LINKS.c.id == link_id)
        & LINKS.c.ended_at.is_(None)
        & (LINKS.c.max_uses.is_(None) | (LINKS.c.uses < LINKS.c.max_uses))
        & (LINKS.c.expires_at.is_(None) | (LINKS.c.expires_at > milliseconds(use.at)))
    )
    counted = connection.execute(LINKS.update().where(usable).values(uses=LINKS.c.uses + 1))
    if counted.rowcount == 0:
        raise LinkEnded("This link has been used as often as it may. Ask for a new one.")
    connection.execute(LINK_USES.insert().values(**use_values(use)))
