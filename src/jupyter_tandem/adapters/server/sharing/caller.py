"""Who makes a request, in the words of sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.identity import visitor
from jupyter_tandem.core.signaling.address import counted_as
from jupyter_tandem.ports.desks import Caller
from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.sharing import Person, Standing, Subject, SubjectKind, Tier
from jupyter_tandem.types import Role

if TYPE_CHECKING:
    from jupyter_server.base.handlers import JupyterHandler

SHARES: Final = "shares"
"""The resource an authorizer is asked about: who may write it may share everything on this server."""


def person_of(seen: Visitor) -> Person:
    """Somebody with an account."""
    user = seen.user
    return Person(Subject(SubjectKind.USER, user.username), user.display_name, seen.groups)


async def caller_of(handler: JupyterHandler) -> Caller | None:
    """Who makes this request; ``None``: nobody who is signed in."""
    if handler.current_user is None:
        return None
    return Caller(person_of(visitor(handler)), await host_standing(handler))


async def host_standing(handler: JupyterHandler) -> Standing | None:
    """What the server's authorizer lets this request's user be to everything (ACCESS-2, SHARE-4)."""
    if not await _allows(handler, "read", "contents"):
        return None
    role = Role.VIEWER
    if await _allows(handler, "write", "contents"):
        role = Role.MANAGER if await _allows(handler, "write", SHARES) else Role.EDITOR
    may_run = role is not Role.VIEWER and await _allows(handler, "execute", "kernels")
    return Standing(role, may_run, None, None, Tier.HOST)


def peer_of(handler: JupyterHandler) -> str:
    """The network address that failures are counted by."""
    return counted_as(handler.request.remote_ip or "")


async def _allows(handler: JupyterHandler, action: str, resource: str) -> bool:
    try:
        answer = handler.authorizer.is_authorized(handler, handler.current_user, action, resource)
        return bool(await ensure_async(answer))
    except HTTPError:
        return False
