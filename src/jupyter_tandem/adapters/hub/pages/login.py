"""Logging in to the pages through the Hub."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler  # type: ignore[import-untyped]

from jupyter_tandem.adapters.hub.pages.security import protect
from jupyter_tandem.ports.federation import HubDocument


@dataclass(frozen=True, slots=True)
class LoginSettings:
    """Where the Hub is.

    Attributes:
        api_url: Its REST API, as the service reaches it.
        api_token: The service's own token there.
        prefix: Path below which the service answers, with a slash at both ends.
        hub_host: ``https://hub.example.org`` where people's servers have domains of their own, else ``""``.
    """

    api_url: str
    api_token: str
    prefix: str
    hub_host: str

    @property
    def hub_prefix(self) -> str:
        """Path below which the Hub's own pages are."""
        base, found, _ = self.prefix.rpartition("/services/")
        return f"{base}/hub/" if found else "/hub/"

    @property
    def client_id(self) -> str:
        """The name under which the Hub knows the service as a place to log in to."""
        name = self.prefix.strip("/").rpartition("/")[2]
        return os.environ.get("JUPYTERHUB_CLIENT_ID", f"service-{name}")

    @property
    def cookie_secret(self) -> bytes:
        """Signs cookies; the same after a restart, and in every process with the same token."""
        return hmac.digest(self.api_token.encode(), b"tandem pages", hashlib.sha256)

    def own_lab(self, document: HubDocument, username: str) -> str:
        """The address that opens a document in somebody's Lab, starting their server if need be."""
        way = "user-redirect"
        if document.owner == username and document.server:
            # Where its file is; the Hub offers to start that server.
            way = f"user/{quote(username, safe='@')}/{quote(document.server, safe='')}"
        path = f"{way}/tandem/hub/open?document={quote(document.id, safe='')}"
        return f"{self.hub_host}{self.hub_prefix}{path}"

    @property
    def logout(self) -> str:
        """The Hub's page for logging out."""
        return f"{self.hub_host}{self.hub_prefix}logout"


def make_oauth(settings: LoginSettings) -> Any:
    """JupyterHub's own side of the login; it keeps what is under way in this process."""
    return HubOAuth(
        api_url=settings.api_url,
        api_token=settings.api_token,
        base_url=settings.prefix,
        hub_host=settings.hub_host,
        hub_prefix=settings.hub_prefix,
        oauth_client_id=settings.client_id,
        allow_token_in_url=False,
    )


class CallbackRoute(HubOAuthCallbackHandler):  # type: ignore[misc]  # JupyterHub has no types
    """``oauth_callback``: the Hub sends people back here."""

    def initialize(self, oauth: Any) -> None:
        """Finish what ``oauth`` began."""
        self.hub_auth = oauth

    def set_default_headers(self) -> None:
        """As all pages."""
        protect(self)

    def get_current_user(self) -> None:
        """Nobody is known here: asking the Hub would block everybody until it answers."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """One sentence, and nothing of what came in."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("You are not signed in. Go back and open the page again.\n")
