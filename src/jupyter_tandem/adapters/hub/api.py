"""JupyterHub's REST API, as far as the service asks it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

from jupyter_tandem.errors import HubUnreachable
from jupyter_tandem.ports.federation import KnownNames
from jupyter_tandem.sharing import Identified
from jupyter_tandem.types import User

TIMEOUT_S: Final = 10.0
"""A Hub that is busy with a class logging in answers within a few seconds."""

_REFUSED: Final = frozenset({401, 403})
_LONGEST_TOKEN: Final = 512

_PAGE: Final = 200
"""Users of one answer; a Hub gives no more at once unless it is told to."""

_PAGED: Final = "application/jupyterhub-pagination+json"
"""Asks the Hub to say whether there are more."""

OnAsked = Callable[[str], None]
"""Told of each question to the Hub: about a ``token``, about one ``person``, for a ``list``, or about a ``server``."""


def _unheard(_what: str) -> None:
    """Nobody counts."""


class HubApi:
    """:class:`jupyter_tandem.ports.federation.Hub` over HTTP."""

    def __init__(self, api_url: str, api_token: str, on_asked: OnAsked = _unheard) -> None:
        """Ask the Hub at ``api_url`` with the service's own token; ``on_asked`` hears of every question."""
        self._on_asked = on_asked
        self._api_url = api_url.rstrip("/")
        self._own = api_token
        self._client = AsyncHTTPClient(force_instance=True, max_clients=50)
        self._tls = _tls(os.environ)

    async def identify(self, token: str) -> Identified | None:
        """See the port. Always asked afresh: the service decides itself how long an answer counts."""
        if not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii() or not token.isprintable():
            return None
        response = await self._fetch("/user", token, "token")
        if response.code in _REFUSED or response.code == 404:
            return None
        return _identified(self._read(response))

    async def names(self, query: str, limit: int) -> KnownNames:
        """See the port. What the service's scopes do not allow is not known."""
        wanted = urlencode({"name_filter": query, "limit": limit + 1})
        users, all_groups = await self._list(f"/users?{wanted}"), await self._list("/groups")
        small = query.casefold()
        groups = [name for name in all_groups or () if small in name.casefold()]
        told = users is not None and all_groups is not None
        users = users or []
        whole = told and len(users) <= limit and len(groups) <= limit
        return KnownNames(tuple(users[:limit]), tuple(groups[:limit]), whole)

    async def knows_user(self, name: str) -> bool:
        """Whether the Hub has a user of this name."""
        response = await self._fetch(f"/users/{quote(name, safe='')}", self._own, "person")
        return response.code == 200

    async def groups_of(self, name: str) -> frozenset[str] | None:
        """See the port."""
        response = await self._fetch(f"/users/{quote(name, safe='')}", self._own, "person")
        if response.code != 200:
            return None
        model = self._read(response)
        return _strings(model, "groups") if isinstance(model, dict) else None

    async def groups_of_active(self) -> Mapping[str, frozenset[str]] | None:
        """See the port. One request for each two hundred people with a server."""
        found: dict[str, frozenset[str]] = {}
        offset: int | None = 0
        while offset is not None:
            wanted = urlencode({"state": "active", "offset": offset, "limit": _PAGE})
            response = await self._fetch(f"/users?{wanted}", self._own, "list", accept=_PAGED)
            if response.code in _REFUSED:
                return None
            page = self._read(response)
            models = page.get("items") if isinstance(page, dict) else None
            if not isinstance(models, list) or not all(map(_tells_groups, models)):
                return None
            found.update((model["name"], _strings(model, "groups")) for model in models)
            offset = _next_offset(page, offset)
        return found

    async def trouble(self) -> str:
        """Why the Hub cannot be asked now, for the administrator; ``""``: it can."""
        try:
            response = await self._fetch("/user", self._own, "token")
        except HubUnreachable as error:
            return f"{error} Is {self._api_url} its API (JUPYTERHUB_API_URL)?"
        if response.code in _REFUSED:
            return (
                f"The Hub at {self._api_url} does not know this service's token "
                "(JUPYTERHUB_API_TOKEN): it must be the service's api_token."
            )
        return "" if response.code == 200 else f"{self._api_url} is not the API of a Hub."

    async def ask_as_service(
        self, method: str, path: str, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, Any]:
        """Ask with the service's own token: the status, and the JSON that came, if any.

        Raises:
            HubUnreachable: the Hub does not answer, or is in trouble.
        """
        response = await self._fetch(path, self._own, "server", method=method, timeout_s=timeout_s)
        return response.code, self._read(response) if response.code == 200 else None

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    async def _list(self, path: str) -> list[str] | None:
        """Names, in order; ``None`` when the service may not know them."""
        response = await self._fetch(path, self._own, "list")
        if response.code in _REFUSED:
            return None
        found = self._read(response)
        entries = found if isinstance(found, list) else []
        return sorted(
            entry["name"]
            for entry in entries
            if isinstance(entry, dict) and isinstance(entry.get("name"), str)
        )

    async def _fetch(
        self,
        path: str,
        token: str,
        what: str,
        accept: str = "application/json",
        method: str = "GET",
        timeout_s: float = TIMEOUT_S,
    ) -> HTTPResponse:
        self._on_asked(what)
        request = HTTPRequest(
            self._api_url + path,
            method=method,
            body=None if method == "GET" else b"",
            headers={"Authorization": f"token {token}", "Accept": accept},
            request_timeout=timeout_s,
            connect_timeout=TIMEOUT_S,
            follow_redirects=False,
            **self._tls,
        )
        try:
            response = await self._client.fetch(request, raise_error=False)
        except (HTTPClientError, OSError) as error:
            raise HubUnreachable(f"The Hub does not answer ({type(error).__name__}).") from error
        if response.code >= 500:
            raise HubUnreachable(f"The Hub answers with {response.code}.")
        return response

    @staticmethod
    def _read(response: HTTPResponse) -> Any:
        try:
            return json.loads(response.body)
        except ValueError as error:
            raise HubUnreachable("The Hub's answer cannot be read; is that its API?") from error


def _identified(model: Any) -> Identified | None:
    """The Hub's model of a token's owner."""
    if not isinstance(model, dict) or not isinstance(model.get("name"), str):
        return None
    name = model["name"]
    info = model.get("user_info")
    told: Mapping[str, Any] = info if isinstance(info, dict) else {}
    shown = _text(told, "display_name") or _text(told, "name") or name
    user = User(name, shown, shown, (_text(told, "initials") or shown[:1].upper())[:3])
    return Identified(
        str(model.get("kind", "")), user, _strings(model, "groups"), _strings(model, "scopes")
    )


def _tells_groups(model: Any) -> bool:
    """Whether a user's model says who it is and in which groups: that takes ``read:users:groups``."""
    return isinstance(model, dict) and isinstance(model.get("name"), str) and "groups" in model


def _next_offset(page: Mapping[str, Any], offset: int) -> int | None:
    """Where the next page of a list begins; ``None`` after the last one."""
    about = page.get("_pagination")
    following = about.get("next") if isinstance(about, dict) else None
    told = following.get("offset") if isinstance(following, dict) else None
    return told if isinstance(told, int) and told > offset else None


def _text(model: Mapping[str, Any], name: str) -> str:
    found = model.get(name)
    return found[:80] if isinstance(found, str) else ""


def _strings(model: Mapping[str, Any], name: str) -> frozenset[str]:
    found = model.get(name)
    return (
        frozenset(v for v in found if isinstance(v, str))
        if isinstance(found, list)
        else frozenset()
    )


def _tls(environment: Mapping[str, str]) -> dict[str, Any]:
    """Certificates of a Hub with ``internal_ssl``, as it hands them to its services."""
    names = {
        "client_key": "JUPYTERHUB_SSL_KEYFILE",
        "client_cert": "JUPYTERHUB_SSL_CERTFILE",
        "ca_certs": "JUPYTERHUB_SSL_CLIENT_CA",
    }
    return {key: environment[name] for key, name in names.items() if environment.get(name)}
