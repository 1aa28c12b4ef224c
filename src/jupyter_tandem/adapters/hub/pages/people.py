"""*Shared with me* and *Shared by me* (PAGES-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from jupyter_tandem.adapters.hub.pages.route import PageRoute
from jupyter_tandem.sharing import LinkId
from jupyter_tandem.types import Action


class SharedPage(PageRoute):
    """The first page: what is shared with me and by me."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self) -> None:
        """Show both."""
        with self.refusing():
            received = await self.site.bureau.received(self.me)
            given = self.site.bureau.given(self.me.user.username)
            asked = await self.site.petitions.to(self.me)
            self.show("shared.html", received=received, given=given, asked=asked)


class EndGrantRoute(PageRoute):
    """``shares/end``: take back what I gave, or give up what I have."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.READ}

    async def post(self) -> None:
        """End one grant; open connections are closed before the answer."""
        with self.refusing():
            await self.site.desks.counter.end(self.me, self.get_body_argument("grant"))
            self.back("", "left" if self.get_body_argument("own", "") else "ended")


class EndLinkRoute(PageRoute):
    """``links/end``: withdraw a link of mine. Who came by it keeps what they have."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    async def post(self) -> None:
        """Withdraw it."""
        with self.refusing():
            counter, link_id = self.site.desks.counter, self.get_body_argument("link")
            caller = counter.caller_about_link(self.me, link_id)
            await counter.office.links.end(caller, LinkId(link_id), with_grants=False)
            self.back("", "link")
