"""``api/links``: links to documents of the service, for the servers of those who look after them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from jupyter_tandem.adapters.hub.route import HubRoute
from jupyter_tandem.adapters.server.sharing.body import link_body, use_body
from jupyter_tandem.adapters.server.sharing.wish import link_change, link_wish
from jupyter_tandem.sharing import LinkId
from jupyter_tandem.types import Action


class HubLinksRoute(HubRoute):
    """``GET links?path=`` or ``?server=``, ``POST links``."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ, "POST": Action.MANAGE}

    async def get(self) -> None:
        """Answer with the links to one document, or to those whose file one of my servers keeps."""
        with self.refusing():
            counter, now = self.desks.counter, self.desks.counter.office.now()
            path = self.get_query_argument("path", None, strip=False)
            if path is not None:
                caller = counter.caller(self.delegate, path)
                links = (await counter.office.overview.of_path(caller, path)).links
            else:
                server = self.get_query_argument("server", "", strip=False)
                links = counter.links_kept(self.delegate, server)
            self.finish({"links": [link_body(link, now) for link in links]})

    async def post(self) -> None:
        """Make one; 201 with the link and its secret, which nobody is told again."""
        with self.refusing():
            counter, now = self.desks.counter, self.desks.counter.office.now()
            path, wish = link_wish(self.body(), now, guests=False)
            caller = counter.caller(self.delegate, path)
            link, secret = await counter.office.links.make(caller, path, wish)
            self.set_status(201)
            self.finish({**link_body(link, now, path), "secret": secret})


class HubLinkRoute(HubRoute):
    """``PATCH`` and ``DELETE links/<id>``."""

    actions: ClassVar[Mapping[str, Action]] = {"PATCH": Action.MANAGE, "DELETE": Action.MANAGE}

    async def patch(self, link_id: str) -> None:
        """Change what those get who come from now on."""
        with self.refusing():
            counter, now = self.desks.counter, self.desks.counter.office.now()
            wish = link_change(self.body(), now)
            caller = counter.caller_about_link(self.delegate, link_id)
            link = await counter.office.links.change(caller, LinkId(link_id), wish=wish)
            self.finish(link_body(link, now))

    async def delete(self, link_id: str) -> None:
        """Withdraw it; with ``?grants=revoke`` everybody who came by it is shown out before the answer."""
        with self.refusing():
            counter = self.desks.counter
            caller = counter.caller_about_link(self.delegate, link_id)
            with_grants = self.get_query_argument("grants", "keep") == "revoke"
            await counter.office.links.end(caller, LinkId(link_id), with_grants=with_grants)
            self.set_status(204)
            self.finish()


class HubLinkUsesRoute(HubRoute):
    """``GET links/<id>/uses``: who used it."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self, link_id: str) -> None:
        """Answer with everybody who used it, oldest first."""
        with self.refusing():
            counter = self.desks.counter
            caller = counter.caller_about_link(self.delegate, link_id)
            uses = await counter.office.links.uses(caller, LinkId(link_id))
            self.finish({"uses": [use_body(use) for use in uses]})
