"""Links to documents: the page they lead to, and what it asks (PAGES-11, PAGES-12)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tornado.web import HTTPError, RequestHandler

from jupyter_tandem.adapters.hub.pages.render import Renderer
from jupyter_tandem.adapters.hub.pages.route import PageRoute
from jupyter_tandem.adapters.hub.pages.security import protect
from jupyter_tandem.errors import InvalidInput, TandemError
from jupyter_tandem.ports.desks import Caller, Preview, Visit
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.sharing import TargetKind
from jupyter_tandem.types import Action

_MOST_BODY_BYTES: Final = 4_096

_NO_GUESTS: Final = {
    "title": "This is not open to you",
    "sentence": "Documents are open here to people with an account of this Hub. Ask whoever shared it with you.",
}


class LinkPage(RequestHandler):
    """``link``: the same for everybody and every link; its secret is behind the ``#``.

    Its script keeps the secret in the tab and goes on to ``link/open``, where the Hub's login comes between, or lets
    somebody without an account in.
    """

    def initialize(self, renderer: Renderer, prefix: str, guests: bool) -> None:
        """Show the template; ``guests``: whether people without an account may come in."""
        self._guests = guests
        self._renderer = renderer
        self._prefix = prefix

    def set_default_headers(self) -> None:
        """As all pages, with the script of this one."""
        protect(self, scripts=True)

    def get(self) -> None:
        """Answer with it."""
        values = {"prefix": self._prefix, "xsrf": "", "me": None, "here": "link"}
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self._renderer.page("link.html", {**values, "guests": self._guests}))


class NoGuestsPage(RequestHandler):
    """``g/``, where nobody comes in without an account (any more): 404, whatever was there."""

    def initialize(self, renderer: Renderer, prefix: str) -> None:
        """Show the template."""
        self._renderer = renderer
        self._prefix = prefix

    def set_default_headers(self) -> None:
        """As all pages."""
        protect(self)

    def prepare(self) -> None:
        """End the request."""
        values = {"prefix": self._prefix, "me": None, "here": "g", **_NO_GUESTS}
        self.set_status(404)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self._renderer.page("problem.html", values))

    def check_xsrf_cookie(self) -> None:
        """Nothing will happen."""


class LinkOpenPage(PageRoute):
    """``link/open``: the same for somebody who is signed in; asks before anything is given."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def set_default_headers(self) -> None:
        """As all pages, with the script of this one."""
        protect(self, scripts=True)

    async def get(self) -> None:
        """Show it."""
        self.show("link.html", guests=False)


class LinkRequest(PageRoute):
    """A request of the page's script: JSON both ways."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    def texts(self, *names: str) -> dict[str, str]:
        """The texts in the request's body; those that are missing are empty.

        Raises:
            InvalidInput: there is something else.
        """
        body = self.request.body
        try:
            found = json.loads(body) if len(body) <= _MOST_BODY_BYTES else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not set(found) <= set(names):
            raise InvalidInput("The request holds something else than it should.")
        if not all(isinstance(value, str) for value in found.values()):
            raise InvalidInput("The request holds something else than texts.")
        return {name: found.get(name, "") for name in names}

    def visit(self) -> Visit:
        """Who asks. Wrong secrets are counted by person: everybody comes through the same proxy."""
        name = self.me.user.username
        # With no document in mind somebody is nobody's owner.
        caller = Caller(self.site.desks.counter.caller(self.me, "").person, None)
        return Visit(f"user:{name}", caller, None)

    def own(self, preview: Preview) -> HubDocument | None:
        """The document that the link leads to, if it is this person's own."""
        kept = self.site.bureau.document(preview.link.target.file_id)
        if kept is None or kept.document.owner != self.me.user.username:
            return None
        return kept.document

    def refuse(self, error: TandemError) -> None:
        """Answer with what the error says about itself."""
        self.set_status(error.http_status)
        self.finish({"reason": error.code, "message": str(error)})

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """In the same form."""
        self.finish({"reason": "http", "message": "Open the link again."})


class LinkLookRoute(LinkRequest):
    """``POST link/look``: what would this link give me?"""

    async def post(self) -> None:
        """Answer with what the page shows."""
        with self.refusing():
            secret = self.texts("secret")["secret"]
            door = self.site.desks.counter.office.link_door
            preview = await door.look(secret, self.visit())
            kept = self.site.bureau.document(preview.link.target.file_id)
            link = preview.link
            self.finish(
                {
                    "name": link.name if kept is None else kept.document.name,
                    "gone": kept is None,
                    "folder": preview.link.target.kind is TargetKind.FOLDER,
                    "own": self.own(preview) is not None,
                    "by": link.giver_name,
                    "role": link.role.value,
                    "may_run": link.may_run,
                    "expires_at": link.expires_at,
                    "password": bool(link.password) and not preview.used_before,
                }
            )


class LinkRedeemRoute(LinkRequest):
    """``POST link/redeem``: use the link."""

    async def post(self) -> None:
        """Give what the link gives, and say where the document is."""
        with self.refusing():
            wish = self.texts("secret", "password")
            door, visit = self.site.desks.counter.office.link_door, self.visit()
            preview = await door.look(wish["secret"], visit)
            document = self.own(preview)
            if document is None:
                password = wish["password"]
                await door.redeem(wish["secret"], visit, display_name="", password=password)
                kept = self.site.bureau.document(preview.link.target.file_id)
                document = None if kept is None else kept.document
            if document is None:
                raise HTTPError(410)
            self.finish({"url": self.site.settings.own_lab(document, self.me.user.username)})
