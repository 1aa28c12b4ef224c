"""What a server's person has at the service beside what was shared with them."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.sharing import Delegate, Standing, Tier
from jupyter_tandem.types import ROLE_ACTIONS, Action, Role

OWNER = Standing(Role.MANAGER, True, None, None, Tier.HOST)
"""Whose file it is may do everything, and nobody can take that from them."""

_LOOK = frozenset({Action.READ})
_NOTHING: frozenset[Action] = frozenset()


class HeldGrants:
    """:class:`jupyter_tandem.ports.reception.Grants` of owners, as long as the Hub knows them."""

    def __init__(self, who: Callable[[], Delegate | None], owner: str) -> None:
        """Ask ``who`` acts, about a document of ``owner``."""
        self._who = who
        self._owner = owner

    async def actions(self) -> frozenset[Action]:
        """See the port."""
        delegate = self._who()
        if delegate is None or delegate.user.username != self._owner:
            return _NOTHING
        return ROLE_ACTIONS[Role.MANAGER] | {Action.RUN}

    def bounding(self, rights: Grants) -> Grants:
        """``rights``, as far as the token lets its person use them."""
        return _Bounded(self._who, rights)


class _Bounded:
    """What somebody has, less what their token does not allow."""

    def __init__(self, who: Callable[[], Delegate | None], rights: Grants) -> None:
        self._who = who
        self._rights = rights

    async def actions(self) -> frozenset[Action]:
        """See the port."""
        delegate = self._who()
        if delegate is None:
            return _NOTHING
        actions = await self._rights.actions()
        return actions if delegate.may_write else actions & _LOOK
