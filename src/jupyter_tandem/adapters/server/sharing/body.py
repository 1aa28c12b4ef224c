"""Nouns of sharing as JSON (docs/reference/sharing-api.md)."""

from __future__ import annotations

from typing import Any

from jupyter_tandem.ports.desks import Caller, Presence, Shared, ShareView
from jupyter_tandem.ports.sharing import Located
from jupyter_tandem.sharing import AuditEntry, Grant, GuestOffer, Link, LinkUse, Standing, Subject

Json = dict[str, Any]


def subject_body(subject: Subject) -> Json:
    """``{"kind", "name"}``."""
    return {"kind": subject.kind.value, "name": subject.name}


def standing_body(standing: Standing) -> Json:
    """What somebody is, and what follows from it."""
    return {
        "role": standing.role.value,
        "may_run": standing.may_run,
        "actions": sorted(action.value for action in standing.rights.actions),
        "until": standing.until,
    }


def grant_body(grant: Grant, path: str | None = None) -> Json:
    """A grant; ``path`` is where what it is on is now."""
    return {
        "id": grant.id,
        "subject": subject_body(grant.subject),
        "display_name": grant.display_name,
        "target": {
            "kind": grant.target.kind.value,
            "file_id": grant.target.file_id,
            "path": path,
        },
        "role": grant.role.value,
        "may_run": grant.may_run,
        "may_start": grant.may_start,
        "expires_at": grant.expires_at,
        "granted_by": grant.granted_by,
        "giver_name": grant.giver_name,
        "granted_at": grant.granted_at,
        "link": grant.link_id,
    }


def link_body(link: Link, now: float, path: str | None = None) -> Json:
    """A link without anything that would open it."""
    return {
        "id": link.id,
        "name": link.name,
        "target": {"kind": link.target.kind.value, "file_id": link.target.file_id, "path": path},
        "role": link.role.value,
        "may_run": link.may_run,
        "guests": link.guests,
        "password": bool(link.password),
        "expires_at": link.expires_at,
        "max_uses": link.max_uses,
        "uses": link.uses,
        "created_by": link.created_by,
        "giver_name": link.giver_name,
        "created_at": link.created_at,
        "ended_at": link.ended_at,
        "state": link_state(link, now),
    }


def link_state(link: Link, now: float) -> str:
    """``open``, ``revoked``, ``expired`` or ``used-up``."""
    if link.ended_at is not None:
        return "revoked"
    if link.expires_at is not None and now >= link.expires_at:
        return "expired"
    if link.max_uses is not None and link.uses >= link.max_uses:
        return "used-up"
    return "open"


def use_body(use: LinkUse) -> Json:
    """Who used a link and when."""
    return {
        "at": use.at,
        "subject": subject_body(use.subject),
        "display_name": use.display_name,
    }


def presence_body(presence: Presence) -> Json:
    """Somebody who is here."""
    return {
        "subject": subject_body(presence.subject),
        "display_name": presence.display_name,
        "since": presence.since,
        "connections": presence.connections,
    }


def found_body(found: Located) -> Json:
    """What something is and where."""
    target = found.place.target
    return {
        "path": found.path,
        "name": found.name,
        "kind": target.kind.value,
        "file_id": target.file_id,
    }


def view_body(view: ShareView, now: float) -> Json:
    """All about one file or folder."""
    path = view.found.path
    return {
        **found_body(view.found),
        "mine": standing_body(view.standing),
        "grants": [grant_body(grant, path) for grant in view.grants],
        "inherited": [grant_body(grant, view.above.get(grant.target)) for grant in view.inherited],
        "links": [link_body(link, now, path) for link in view.links],
        "people": [presence_body(presence) for presence in view.people],
        "starts": view.starts,
    }


def shared_body(shared: Shared, now: float) -> Json:
    """One line of *shared by me* or *shared with me*."""
    found = shared.found
    path = None if found is None else found.path
    return {
        "path": path,
        "name": None if found is None else found.name,
        "kind": shared.target.kind.value,
        "file_id": shared.target.file_id,
        "mine": None if shared.standing is None else standing_body(shared.standing),
        "grants": [grant_body(grant, path) for grant in shared.grants],
        "links": [link_body(link, now, path) for link in shared.links],
    }


def caller_body(caller: Caller, *, accounts: bool, guests: GuestOffer | None) -> Json:
    """Who asks.

    Args:
        caller: They.
        accounts: Whether people other than the owner sign in here.
        guests: What links for people without an account may give.
    """
    return {
        "subject": subject_body(caller.person.subject),
        "display_name": caller.person.display_name,
        "groups": sorted(caller.person.groups),
        "server": None if caller.host is None else standing_body(caller.host),
        "accounts": accounts,
        "guests": guest_body(guests),
    }


def guest_body(offer: GuestOffer | None) -> Json | None:
    """What links for people without an account may give; ``None``: there are none."""
    if offer is None:
        return None
    return {"role": offer.role.value, "may_run": offer.may_run, "folders": offer.folders}


def entry_body(entry: AuditEntry) -> Json:
    """One entry of the audit log."""
    event = entry.event
    return {
        "sequence": entry.sequence,
        "at": event.at,
        "kind": event.kind,
        "actor": event.actor,
        "file_id": event.file_id,
        "details": dict(event.details),
        "previous": entry.previous,
        "digest": entry.digest,
    }
