"""When a link opens, and what using it gives (docs/spec/sharing.md)."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from jupyter_tandem.errors import LinkEnded, NotFound, SignInRequired
from jupyter_tandem.sharing import Grant, GrantId, Link, Person

DEFAULT_LIFE_S: Final = 7 * 86_400.0
"""How long a link lives unless its maker says otherwise."""

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 bits in URL-safe base64 without padding."""


def secret_of(one: str, other: str) -> str:
    """A secret of 256 bits, made of two random tokens of 128 bits each."""
    raw = hashlib.sha256(f"{one} {other}".encode()).digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def digest_of(secret: str) -> str:
    """What is stored of a link's or cookie's secret.

    Raises:
        NotFound: it has not the form of one.
    """
    if not _SECRET.fullmatch(secret):
        raise NotFound("There is no such link.")
    return hashlib.sha256(secret.encode()).hexdigest()


def is_open(link: Link, now: float) -> bool:
    """Whether ``link`` lets anybody in at ``now``, if they know what they must."""
    if link.ended_at is not None or (link.expires_at is not None and now >= link.expires_at):
        return False
    return link.max_uses is None or link.uses < link.max_uses


def check_usable(link: Link, person: Person | None, now: float, *, used_before: bool) -> None:
    """Do nothing if ``person`` may use ``link`` now; ``None`` is somebody without an account.

    Raises:
        LinkEnded: it was revoked, has expired or is used up.
        SignInRequired: it is for people with an account only.
    """
    if link.ended_at is not None:
        raise LinkEnded("This link was withdrawn. Ask the person who sent it for a new one.")
    if link.expires_at is not None and now >= link.expires_at:
        raise LinkEnded("This link has expired. Ask the person who sent it for a new one.")
    if not used_before and link.max_uses is not None and link.uses >= link.max_uses:
        raise LinkEnded("This link has been used as often as it may. Ask for a new one.")
    if not link.guests and (person is None or not person.signed_in):
        raise SignInRequired("This link is for people with an account here. Sign in first.")


def grant_from(link: Link, person: Person, grant_id: GrantId, now: float) -> Grant:
    """What ``person`` gets for using ``link``: its role as of now, until it expires."""
    return Grant(
        id=grant_id,
        subject=person.subject,
        target=link.target,
        role=link.role,
        may_run=link.may_run,
        expires_at=link.expires_at,
        granted_by=link.created_by,
        granted_at=now,
        link_id=link.id,
        display_name=person.display_name,
        giver_name=link.giver_name,
    )
