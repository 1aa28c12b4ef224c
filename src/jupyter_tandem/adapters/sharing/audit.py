"""The audit table: appending to the chain, reading and checking it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from jupyter_tandem.adapters.sharing.rows import entry_from, entry_values, milliseconds
from jupyter_tandem.adapters.sharing.tables import AUDIT, STATE
from jupyter_tandem.core.sharing.chain import ORIGIN, first_break, follow
from jupyter_tandem.ports.audit import AuditQuery
from jupyter_tandem.sharing import AuditEntry, AuditEvent

Mark = tuple[int, str]
"""Number and digest of an entry. The digest follows from all that was recorded before: no other history has both."""

_PAGE: Final = 1_000
"""Entries read at once when the whole chain is checked."""


def lock(connection: sa.Connection) -> None:
    """Keep writers of other processes out until the transaction ends; SQLite did when it began."""
    connection.execute(sa.select(STATE.c.one).with_for_update())


def append(connection: sa.Connection, events: Sequence[AuditEvent]) -> None:
    """Record ``events`` within the running transaction, which must exclude other writers."""
    if not events:
        return
    sequence, previous = newest(connection)
    rows = []
    for event in events:
        entry = follow(sequence + 1, previous, event)
        rows.append(entry_values(entry))
        sequence, previous = entry.sequence, entry.digest
    connection.execute(AUDIT.insert(), rows)


def newest(connection: sa.Connection) -> Mark:
    """That of the last entry."""
    found = connection.execute(
        sa.select(AUDIT.c.sequence, AUDIT.c.digest).order_by(AUDIT.c.sequence.desc()).limit(1)
    ).first()
    return (found.sequence, found.digest) if found else (0, ORIGIN)


def holds(connection: sa.Connection, mark: Mark) -> bool:
    """Whether that entry, and so every one recorded with it, is there."""
    sequence, digest = mark
    wanted = sa.select(AUDIT.c.digest).where(AUDIT.c.sequence == sequence)
    return bool(connection.execute(wanted).scalar() == digest)


def read(
    connection: sa.Connection, after: int, since: float | None, limit: int
) -> list[AuditEntry]:
    """See :class:`jupyter_tandem.ports.audit.AuditLog`."""
    wanted = sa.select(AUDIT).where(AUDIT.c.sequence > after)
    if since is not None:
        wanted = wanted.where(AUDIT.c.at >= milliseconds(since))
    rows = connection.execute(wanted.order_by(AUDIT.c.sequence).limit(limit))
    return [entry_from(row) for row in rows]


def find(
    connection: sa.Connection, query: AuditQuery, limit: int, *, newest_first: bool
) -> list[AuditEntry]:
    """See :class:`jupyter_tandem.ports.audit.AuditLog`."""
    order = AUDIT.c.sequence.desc() if newest_first else AUDIT.c.sequence
    wanted = sa.select(AUDIT).where(*_conditions(query)).order_by(order).limit(limit)
    return [entry_from(row) for row in connection.execute(wanted)]


def _conditions(query: AuditQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [AUDIT.c.sequence > query.after]
    if query.before is not None:
        found.append(AUDIT.c.sequence < query.before)
    if query.since is not None:
        found.append(AUDIT.c.at >= milliseconds(query.since))
    if query.until is not None:
        found.append(AUDIT.c.at < milliseconds(query.until))
    if query.kind:
        found.append(AUDIT.c.kind.startswith(query.kind, autoescape=True))
    if query.actor:
        found.append(AUDIT.c.actor == query.actor)
    if query.about:
        found.append(AUDIT.c.file_id == query.about)
    return found


def verify(connection: sa.Connection) -> str | None:
    """See :class:`jupyter_tandem.ports.audit.AuditLog`."""
    last: AuditEntry | None = None
    while True:
        page = read(connection, last.sequence if last else 0, None, _PAGE)
        broken = first_break(page, after=last)
        if broken is not None or not page:
            return broken
        last = page[-1]
