"""Whom a Hub token speaks for at the service (docs/spec/hub.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jupyter_tandem.errors import AccessDenied
from jupyter_tandem.sharing import Delegate, Identified

WRITE: Final = "custom:tandem:write"
READ: Final = "custom:tandem:read"
ADMIN: Final = "custom:tandem:admin"

_SERVERS: Final = "access:servers!server="


def delegate_of(found: Identified) -> Delegate:
    """Whom a token speaks for: its own person alone, whatever else its scopes allow (HUB-3).

    Raises:
        AccessDenied: it is no person's, or its scopes do not let it in for exactly that person.
    """
    if found.kind != "user":
        raise AccessDenied("Only people and their servers may come in; this token is a service's.")
    name = found.user.username
    may_write = _own(WRITE, found.scopes, name)
    if not may_write and not _own(READ, found.scopes, name):
        raise AccessDenied(
            "This token may not be used here: it lacks the scope custom:tandem:write!user. "
            "An administrator of the Hub adds it; see jupyter_tandem.hub.configure."
        )
    servers = _servers(found.scopes, name)
    return Delegate(found.user, found.groups, servers, may_write, ADMIN in found.scopes)


def _own(scope: str, scopes: frozenset[str], name: str) -> bool:
    """Whether ``scope`` is held for this person or one of their servers; for everybody does not count."""
    servers = f"{scope}!server={name}/"
    return f"{scope}!user={name}" in scopes or any(held.startswith(servers) for held in scopes)


def _servers(scopes: Iterable[str], name: str) -> frozenset[str]:
    own = f"{_SERVERS}{name}/"
    return frozenset(held.removeprefix(own) for held in scopes if held.startswith(own))
