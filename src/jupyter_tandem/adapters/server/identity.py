"""Jupyter Server's word for who somebody is and what they may do."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from jupyter_core.utils import ensure_async
from jupyter_server.auth import AllowAllAuthorizer, IdentityProvider
from jupyter_server.auth.identity import LegacyIdentityProvider
from tornado.web import HTTPError

from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.types import ROLE_ACTIONS, Action, Role, User

if TYPE_CHECKING:
    from jupyter_server.auth import User as ServerUser
    from jupyter_server.base.handlers import JupyterHandler

MOST_GROUPS: Final = 1_000
"""Groups of one person that are looked at; a directory with more names them for other reasons."""

RESOURCE: Final = "contents"
"""What the server's authorizer is asked about: shared documents are the contents API in another form."""


_MAKES_NAMES_UP: Final = (IdentityProvider.get_user, LegacyIdentityProvider.get_user)
"""Others, as JupyterHub's, know who has which token."""

KERNELS: Final = "kernels"
"""What it is asked about running code (RUN-34)."""

_EVERYTHING: Final = ROLE_ACTIONS[Role.EDITOR] | {Action.RUN}


def visitor(handler: JupyterHandler) -> Visitor:
    """Who makes this request.

    Raises:
        HTTPError: nobody is logged in (403), whatever ``allow_unauthenticated_access`` says.
    """
    found: ServerUser | None = handler.current_user
    if found is None:
        raise HTTPError(403, "Log in first.")
    peer = handler.request.remote_ip or ""
    user = user_of(found)
    named = _named_by_address(user, peer) if _nameless(handler) else user
    return Visitor(named, peer, groups_of(found))


def _nameless(handler: JupyterHandler) -> bool:
    """Whether the server made the name up for this one request: a program with the server's token and no
    cookie is somebody else each time it connects, and could not go on with its own edits.
    """
    provider = handler.identity_provider
    return (
        type(provider).get_user in _MAKES_NAMES_UP
        and type(provider).get_user_token is IdentityProvider.get_user_token
        and provider.is_token_authenticated(handler)
        and handler.get_cookie(provider.get_cookie_name(handler)) is None
    )


def _named_by_address(user: User, peer: str) -> User:
    digest = hashlib.sha256(peer.encode()).hexdigest()[:12]
    return replace(user, username=f"token-{digest}")


def user_of(found: ServerUser) -> User:
    """The same person in Tandem's words."""
    return User(
        username=found.username,
        name=found.name or found.username,
        display_name=found.display_name or found.name or found.username,
        initials=found.initials or (found.display_name or found.username)[:1].upper(),
        color=found.color,
        avatar_url=found.avatar_url,
    )


def groups_of(found: object) -> frozenset[str]:
    """The groups that an identity provider put on its user as ``groups``; Jupyter's own knows none."""
    groups = getattr(found, "groups", None)
    if not isinstance(groups, list | tuple | set | frozenset):
        return frozenset()
    return frozenset(name for name in list(groups)[:MOST_GROUPS] if isinstance(name, str))


class ServerGrants:
    """What the server's authorizer allows one request's user (ACCESS-2)."""

    __slots__ = ("_handler", "_settings")

    def __init__(self, handler: JupyterHandler) -> None:
        """Ask about ``handler``'s user, now and for as long as its connection lasts."""
        self._settings = handler.settings
        # Other people's authorizers may look at anything in a request. A whole one is 20 kB for each connection.
        self._handler = None if _allows_all(handler.authorizer) else handler

    async def actions(self) -> frozenset[Action]:
        """Reading and writing ``contents`` decide, and executing ``kernels`` for those who may write; an
        authorizer that refuses by raising refuses.
        """
        if _allows_all(self._settings.get("authorizer")):
            # The default. Everybody who is connected is asked about every few seconds.
            return _EVERYTHING
        if not await self._allows("read"):
            return frozenset()
        if not await self._allows("write"):
            return ROLE_ACTIONS[Role.VIEWER]
        may_run = await self._allows("execute", KERNELS)
        return _EVERYTHING if may_run else ROLE_ACTIONS[Role.EDITOR]

    async def _allows(self, action: str, resource: str = RESOURCE) -> bool:
        handler = self._handler
        if handler is None:
            # The authorizer was exchanged: whoever comes again is asked about with a request.
            return False
        try:
            answer = handler.authorizer.is_authorized(
                handler, handler.current_user, action, resource
            )
            return bool(await ensure_async(answer))
        except HTTPError:
            return False


def _allows_all(authorizer: object) -> bool:
    """Whether it is Jupyter Server's default, and not something made of it."""
    return type(authorizer) is AllowAllAuthorizer
