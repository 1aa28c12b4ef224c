"""Rows to nouns and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from jupyter_tandem.adapters.sharing.tables import AUDIT
from jupyter_tandem.core.sharing.chain import LONGEST_ACTOR, LONGEST_FILE_ID, LONGEST_KIND
from jupyter_tandem.sharing import (
    AuditEntry,
    AuditEvent,
    Grant,
    GrantId,
    Guest,
    Link,
    LinkId,
    LinkUse,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import FileId, Role

Row = sa.Row[Any]

_IN_WORDS: Final = {"kind": LONGEST_KIND, "actor": LONGEST_ACTOR, "file_id": LONGEST_FILE_ID}
"""An entry's columns with text of others, and how much of it there is room for."""

_WHOLE: Final = "\0"
"""Of the details: no event has one of this name."""


def milliseconds(at: float | None) -> int | None:
    """Unix seconds as stored."""
    return None if at is None else round(at * 1000)


def _seconds(stored: int) -> float:
    return stored / 1000


def _maybe_seconds(stored: int | None) -> float | None:
    return None if stored is None else stored / 1000


def grant_values(grant: Grant) -> dict[str, Any]:
    """A grant that has not ended, as columns."""
    return {
        "id": grant.id,
        "subject_kind": grant.subject.kind.value,
        "subject_name": grant.subject.name,
        "display_name": grant.display_name,
        "target_kind": grant.target.kind.value,
        "target_id": grant.target.file_id,
        "role": grant.role.value,
        "may_run": grant.may_run,
        "may_start": grant.may_start,
        "expires_at": milliseconds(grant.expires_at),
        "granted_by": grant.granted_by,
        "giver_name": grant.giver_name,
        "granted_at": milliseconds(grant.granted_at),
        "link_id": grant.link_id,
        "ended_at": None,
        "ended_by": "",
        "ended_why": "",
    }


def grant_from(row: Row) -> Grant:
    """A grant out of its row."""
    return Grant(
        id=GrantId(row.id),
        subject=Subject(SubjectKind(row.subject_kind), row.subject_name),
        target=Target(TargetKind(row.target_kind), FileId(row.target_id)),
        role=Role(row.role),
        may_run=row.may_run,
        expires_at=_maybe_seconds(row.expires_at),
        granted_by=row.granted_by,
        granted_at=_seconds(row.granted_at),
        link_id=None if row.link_id is None else LinkId(row.link_id),
        display_name=row.display_name,
        giver_name=row.giver_name,
        may_start=row.may_start,
    )


def link_values(link: Link) -> dict[str, Any]:
    """A link as columns, without its count of uses."""
    return {
        "id": link.id,
        "digest": link.digest,
        "target_kind": link.target.kind.value,
        "target_id": link.target.file_id,
        "name": link.name,
        "role": link.role.value,
        "may_run": link.may_run,
        "guests": link.guests,
        "password": link.password,
        "expires_at": milliseconds(link.expires_at),
        "max_uses": link.max_uses,
        "created_by": link.created_by,
        "giver_name": link.giver_name,
        "created_at": milliseconds(link.created_at),
        "ended_at": milliseconds(link.ended_at),
    }


def link_from(row: Row) -> Link:
    """A link out of its row."""
    return Link(
        id=LinkId(row.id),
        digest=row.digest,
        target=Target(TargetKind(row.target_kind), FileId(row.target_id)),
        name=row.name,
        role=Role(row.role),
        may_run=row.may_run,
        guests=row.guests,
        password=row.password,
        expires_at=_maybe_seconds(row.expires_at),
        max_uses=row.max_uses,
        uses=row.uses,
        created_by=row.created_by,
        created_at=_seconds(row.created_at),
        ended_at=_maybe_seconds(row.ended_at),
        giver_name=row.giver_name,
    )


def use_values(use: LinkUse) -> dict[str, Any]:
    """A use as columns."""
    return {
        "link_id": use.link_id,
        "at": milliseconds(use.at),
        "subject_kind": use.subject.kind.value,
        "subject_name": use.subject.name,
        "display_name": use.display_name,
    }


def use_from(row: Row) -> LinkUse:
    """A use out of its row."""
    subject = Subject(SubjectKind(row.subject_kind), row.subject_name)
    return LinkUse(LinkId(row.link_id), _seconds(row.at), subject, row.display_name)


def guest_values(guest: Guest) -> dict[str, Any]:
    """A guest as columns."""
    return {
        "id": guest.id,
        "digest": guest.digest,
        "display_name": guest.display_name,
        "created_at": milliseconds(guest.created_at),
        "expires_at": milliseconds(guest.expires_at),
        "ended": False,
    }


def guest_from(row: Row) -> Guest:
    """A guest out of its row."""
    return Guest(
        row.id, row.digest, row.display_name, _seconds(row.created_at), _seconds(row.expires_at)
    )


def entry_values(entry: AuditEntry) -> dict[str, Any]:
    """An audit entry as columns."""
    event = entry.event
    return {
        "sequence": entry.sequence,
        "at": milliseconds(event.at),
        "kind": event.kind,
        "actor": event.actor,
        "file_id": event.file_id,
        "details": json.dumps(dict(event.details), sort_keys=True),
        "previous": entry.previous,
        "digest": entry.digest,
    }


def entry_from(row: Row) -> AuditEntry:
    """An audit entry out of its row."""
    details = json.loads(row.details)
    words = {name: getattr(row, name) for name in _IN_WORDS}
    words |= details.pop(_WHOLE, {})
    event = AuditEvent(at=_seconds(row.at), details=details, **words)
    return AuditEntry(row.sequence, event, row.previous, row.digest)


def portable(table: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """A row as every database can hold it: with U+FFFD for NUL, which SQLite alone takes.

    What an entry of the audit log says stays as it was, digest included: its details, which are JSON, keep the
    words that were changed, and :func:`entry_from` puts them back.
    """
    fit = {
        name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
        for name, value in values.items()
    }
    if table is not AUDIT:
        return fit
    fit |= {name: fit[name][:longest] for name, longest in _IN_WORDS.items()}
    changed = {name: values[name] for name in _IN_WORDS if fit[name] != values[name]}
    if changed:
        fit["details"] = json.dumps({**json.loads(fit["details"]), _WHOLE: changed}, sort_keys=True)
    return fit
