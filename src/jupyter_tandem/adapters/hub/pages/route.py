"""What the pages share: who looks, how a page is shown, how a refusal is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from jupyterhub.services.auth import HubOAuthenticated  # type: ignore[import-untyped]
from tornado.web import HTTPError, RequestHandler

from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.adapters.hub.pages.login import LoginSettings
from jupyter_tandem.adapters.hub.pages.render import Renderer
from jupyter_tandem.adapters.hub.pages.security import protect
from jupyter_tandem.errors import AccessDenied, HubUnreachable, SignInRequired, TandemError
from jupyter_tandem.ports.hub_desk import Desks
from jupyter_tandem.ports.hub_pages import Bureau, Vault
from jupyter_tandem.ports.hub_requests import Petitions
from jupyter_tandem.sharing import Delegate
from jupyter_tandem.types import Action

_log = logging.getLogger(__name__)

DONE: Final = {
    "ended": "The share has ended.",
    "left": "You gave the share up.",
    "link": "The link is withdrawn.",
    "accepted": "It is shared.",
    "declined": "The request is gone.",
}
"""What a page says after a form was sent; the address carries the key alone."""

_TITLES: Final = {
    401: "Sign in first",
    403: "This is not for you",
    404: "There is no such page",
    503: "Please wait a moment",
}


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages need.

    Attributes:
        guests: Whether people without an account may come in.
    """

    desks: Desks
    bureau: Bureau
    petitions: Petitions
    vault: Vault
    settings: LoginSettings
    oauth: Any
    meter: HubMeter
    renderer: Renderer
    guests: bool = False


class PageRoute(HubOAuthenticated, RequestHandler):  # type: ignore[misc]  # JupyterHub has no types
    """A page for people who have logged in through the Hub (PAGES-1, PAGES-2).

    Attributes:
        actions: What each method needs to be allowed to do.
        admins_only: Whether it takes ``custom:tandem:admin``.
    """

    actions: ClassVar[Mapping[str, Action]] = {}
    admins_only: ClassVar[bool] = False
    delegate: Delegate | None = None

    def initialize(self, site: Site) -> None:
        """Show what ``site`` has."""
        self.site = site
        self.hub_auth = site.oauth

    def set_default_headers(self) -> None:
        """As all pages."""
        protect(self)

    def get_current_user(self) -> Delegate | None:
        """Whoever was found; JupyterHub's own way would block everybody until the Hub answers."""
        return self.delegate

    async def prepare(self) -> None:
        """Let people in, send others to the Hub."""
        try:
            self.delegate = self.current_user = await self._admit()
            if self.delegate is None:
                self._send_to_login()
            else:
                self._check_rights(self.delegate)
        except TandemError as error:
            self.site.meter.refused(error.code)
            self.refuse(error)

    async def _admit(self) -> Delegate | None:
        """Who it is: by a token in the header, or by the cookie, which other sites' forms cannot use."""
        token = self.hub_auth.get_token(self, in_cookie=False)
        if not token:
            token = self.hub_auth.get_token(self)
            if token:
                self.check_xsrf_cookie()
        return await self.site.desks.gate.recognise(token) if token else None

    def _send_to_login(self) -> None:
        if "Authorization" in self.request.headers:
            raise AccessDenied("The Hub does not know this token.")
        if self.request.method != "GET":
            raise SignInRequired("You are not signed in any more. Open the page again.")
        self.redirect(self.get_login_url())

    def _check_rights(self, delegate: Delegate) -> None:
        needed = self.actions.get(self.request.method or "")
        if needed is None:
            raise HTTPError(405)
        if self.admins_only and not delegate.administers:
            raise AccessDenied("Only administrators of shared documents may see this.")
        if needed is not Action.READ and not delegate.may_write:
            raise AccessDenied("This token is for reading only (custom:tandem:read).")

    @property
    def me(self) -> Delegate:
        """Who looks."""
        if self.delegate is None:
            raise AssertionError("Nobody gets this far without having been let in.")
        return self.delegate

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.site.desks.counter.office.now()

    def show(self, template: str, **values: Any) -> None:
        """Answer with a page."""
        done = DONE.get(self.get_query_argument("done", ""), "")
        xsrf = self.xsrf_token
        self._show(template, done=done, xsrf=xsrf.decode(), now=self.now, **values)

    def back(self, page: str, done: str) -> None:
        """Send the browser to ``page`` after a form."""
        mark = "&" if "?" in page else "?"
        self.redirect(f"{self.site.settings.prefix}{page}{mark}done={done}", status=303)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Turn Tandem's errors into pages."""
        try:
            yield
        except TandemError as error:
            self.refuse(error)

    def refuse(self, error: TandemError) -> None:
        """Answer with what the error says about itself."""
        if isinstance(error, HubUnreachable):
            _log.warning("A page cannot be shown: %s", error)
        self.set_status(error.http_status)
        self._show("problem.html", title=self._title(error.http_status), sentence=str(error))

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """The same, without saying what went wrong inside."""
        sentence = f"{self._reason}. Open the page again." if status_code < 500 else ""
        self._show("problem.html", title=self._title(status_code), sentence=sentence)

    @staticmethod
    def _title(status: int) -> str:
        return _TITLES.get(status, "That did not work")

    def _show(self, template: str, **values: Any) -> None:
        settings = self.site.settings
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            self.site.renderer.page(
                template,
                {
                    "prefix": settings.prefix,
                    "me": self.delegate,
                    "own_lab": settings.own_lab,
                    "logout": settings.logout,
                    "here": self.request.path.removeprefix(settings.prefix),
                    **values,
                },
            )
        )


class PartRoute(RequestHandler):
    """A style or script: the same for everybody."""

    def initialize(self, content: bytes, kind: str) -> None:
        """Answer with ``content``."""
        self._content = content
        self._kind = kind

    def set_default_headers(self) -> None:
        """As all pages."""
        protect(self)

    def get(self) -> None:
        """Answer with it."""
        self.set_header("Content-Type", f"{self._kind}; charset=utf-8")
        self.finish(self._content)
