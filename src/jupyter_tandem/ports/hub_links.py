"""Links at the Hub's service, as a single-user server asks about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from jupyter_tandem.ports.desks import LinkWish
from jupyter_tandem.sharing import Link, LinkId, LinkUse


class HubLinks(Protocol):
    """Links in the name of this server's person.

    Every coroutine raises HubUnreachable when the service does not answer, and the errors of
    :class:`jupyter_tandem.ports.desks.LinkDesk` as it answers them. Links are told without what would open them.
    """

    async def make(self, document: str, wish: LinkWish) -> tuple[Link, str]:
        """Make a link to a document of the service: the link, and its secret."""

    async def change(self, link_id: LinkId, wish: Mapping[str, object]) -> Link:
        """Change ``role``, ``may_run``, ``expires_at``, ``guests`` or ``max_uses``."""

    async def end(self, link_id: LinkId, *, with_grants: bool) -> None:
        """Withdraw a link, with its grants if that is wanted."""

    async def uses(self, link_id: LinkId) -> list[LinkUse]:
        """Who used a link, oldest first."""

    async def of(self, document: str) -> list[Link]:
        """The links to a document, ended ones too; for its managers."""

    async def kept(self) -> Mapping[str, Sequence[Link]]:
        """The links to documents whose file is at this server."""
