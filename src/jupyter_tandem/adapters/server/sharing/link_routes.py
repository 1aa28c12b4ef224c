"""``tandem/api/links``: making and looking after links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from jupyter_server.utils import url_path_join

from jupyter_tandem.adapters.server.sharing.body import link_body, use_body
from jupyter_tandem.adapters.server.sharing.route import SharingRoute
from jupyter_tandem.adapters.server.sharing.wish import link_change, link_wish
from jupyter_tandem.sharing import LinkId
from jupyter_tandem.types import Action


class LinksRoute(SharingRoute):
    """``POST links``: make one."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    async def post(self) -> None:
        """Answer 201 with the link and its address, which nobody is told again."""
        body = self.body()
        with self.refusing():
            path, wish = link_wish(body, self.now, guests=not self.office.accounts)
            link, secret = await self.office.links.make(self.caller, path, wish)
            # Behind the hash: browsers send no part of it to any server.
            page = self.office.link_page or url_path_join(self.base_url, "tandem/l")
            address = f"{page}#{secret}"
            origin = "" if "://" in page else f"{self.request.protocol}://{self.request.host}"
            self.set_status(201)
            self.finish(
                {
                    **link_body(link, self.now, path.strip("/")),
                    "address": address,
                    "url": origin + address,
                }
            )


class LinkRoute(SharingRoute):
    """``PATCH`` and ``DELETE links/<id>``."""

    actions: ClassVar[Mapping[str, Action]] = {"PATCH": Action.MANAGE, "DELETE": Action.MANAGE}

    async def patch(self, link_id: str) -> None:
        """Change what those get who come from now on."""
        body = self.body()
        with self.refusing():
            wish = link_change(body, self.now)
            link = await self.office.links.change(self.caller, LinkId(link_id), wish=wish)
            self.finish(link_body(link, self.now))

    async def delete(self, link_id: str) -> None:
        """Withdraw it; with ``?grants=revoke`` everybody who came by it is shown out before the answer."""
        with self.refusing():
            with_grants = self.choice("grants", ("keep", "revoke")) == "revoke"
            await self.office.links.end(self.caller, LinkId(link_id), with_grants=with_grants)
            self.set_status(204)
            self.finish()


class LinkUsesRoute(SharingRoute):
    """``GET links/<id>/uses``: who used it."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.MANAGE}

    async def get(self, link_id: str) -> None:
        """Answer with everybody who used it, oldest first."""
        with self.refusing():
            uses = await self.office.links.uses(self.caller, LinkId(link_id))
            self.finish({"uses": [use_body(use) for use in uses]})
