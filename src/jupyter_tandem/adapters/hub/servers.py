"""The Hub's REST API, as far as single-user servers are started (docs/adr/0020-starting-for-runs.md)."""

from __future__ import annotations

import time
from typing import Any, Final
from urllib.parse import quote

from jupyter_tandem.adapters.hub.api import HubApi
from jupyter_tandem.ports.hub_servers import ServerState

REMEMBER_S: Final = 20.0
"""How long the Hub's word on what the service may do counts; it changes with a restart of the Hub."""

START_S: Final = 60.0
"""A Hub answers as soon as the server is up, or after ``slow_spawn_timeout`` (10 s unless configured)."""

_START: Final = ("start:servers", "servers", "admin:servers")
_READ: Final = ("read:servers", "servers", "admin:servers")
_REFUSED: Final = frozenset({401, 403, 404})


class HubServers:
    """:class:`jupyter_tandem.ports.hub_servers.Servers`."""

    def __init__(self, hub: HubApi) -> None:
        """Ask ``hub`` with the service's own token."""
        self._hub = hub
        self._known: tuple[float, bool] = (0.0, False)

    async def may_start(self) -> bool:
        """See the port. JupyterHub tells a token what it may do."""
        until, known = self._known
        if time.monotonic() < until:
            return known
        code, model = await self._hub.ask_as_service("GET", "/user")
        scopes = _part(model, "scopes", list) or []
        names = {str(scope).partition("!")[0] for scope in scopes}
        found = code == 200 and all(not names.isdisjoint(need) for need in (_START, _READ))
        self._known = (time.monotonic() + REMEMBER_S, found)
        return found

    async def state(self, username: str) -> ServerState | None:
        """See the port. Servers that are stopped are not in the list."""
        code, model = await self._hub.ask_as_service("GET", _user(username))
        servers = _part(model, "servers", dict)
        if code != 200 or servers is None:
            return None
        default = _part(servers, "", dict)
        if default is None or default.get("stopped") is True:
            return ServerState.STOPPED
        if default.get("pending"):
            return ServerState.BETWEEN
        return ServerState.RUNNING if default.get("ready") is True else ServerState.STOPPED

    async def start(self, username: str) -> bool:
        """See the port. Without a body the Hub takes the options that the server was started with last."""
        code, _ = await self._hub.ask_as_service("POST", f"{_user(username)}/server", START_S)
        return code not in _REFUSED


def _user(username: str) -> str:
    return f"/users/{quote(username, safe='')}"


def _part(model: Any, name: str, kind: type[Any]) -> Any:
    found = model.get(name) if isinstance(model, dict) else None
    return found if isinstance(found, kind) else None
