"""JupyterHub's REST API, as far as the service asks it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
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


class HubApi:
    """:class:`jupyter_tandem.ports.federation.Hub` over HTTP."""

    def __init__(self, api_url: str, api_token: str) -> None:
        """Ask the Hub at ``api_url`` with the service's own token."""
        self._api_url = api_url.rstrip("/")
        self._own = api_token
        self._client = AsyncHTTPClient(force_instance=True, max_clients=50)
        self._tls = _tls(os.environ)

    async def identify(self, token: str) -> Identified | None:
        """See the port. Always asked afresh: the service decides itself how long an answer counts."""
        if not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii() or not token.isprintable():
            return None
        response = await self._fetch("/user", token)
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
        response = await self._fetch(f"/users/{quote(name, safe='')}", self._own)
        return response.code == 200

    async def groups_of(self, name: str) -> frozenset[str] | None:
        """See the port."""
        response = await self._fetch(f"/users/{quote(name, safe='')}", self._own)
        if response.code != 200:
            return None
        model = self._read(response)
        return _strings(model, "groups") if isinstance(model, dict) else None

    async def trouble(self) -> str:
        """Why the Hub cannot be asked now, for the administrator; ``""``: it can."""
        try:
            response = await self._fetch("/user", self._own)
        except HubUnreachable as error:
            return f"{error} Is {self._api_url} its API (JUPYTERHUB_API_URL)?"
        if response.code in _REFUSED:
            return (
                f"The Hub at {self._api_url} does not know this service's token "
                "(JUPYTERHUB_API_TOKEN): it must be the service's api_token."
            )
        return "" if response.code == 200 else f"{self._api_url} is not the API of a Hub."

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    async def _list(self, path: str) -> list[str] | None:
        """Names, in order; ``None`` when the service may not know them."""
        response = await self._fetch(path, self._own)
        if response.code in _REFUSED:
            return None
        found = self._read(response)
        entries = found if isinstance(found, list) else []
        return sorted(
            entry["name"]
            for entry in entries
            if isinstance(entry, dict) and isinstance(entry.get("name"), str)
        )

    async def _fetch(self, path: str, token: str) -> HTTPResponse:
        request = HTTPRequest(
            self._api_url + path,
            headers={"Authorization": f"token {token}"},
            request_timeout=TIMEOUT_S,
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
