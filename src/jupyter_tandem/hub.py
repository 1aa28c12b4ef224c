"""Sharing on a JupyterHub, in one line of its configuration.

::

    from jupyter_tandem.hub import configure

    configure(c)  # at the end of jupyterhub_config.py

Nothing here needs JupyterHub's own package, and nothing is done before the Hub starts.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

__all__ = ["configure"]

PORT: Final = 10_105
"""Where the service listens unless ``url`` says otherwise: TCP port 10105 is registered to nobody."""

GUESTS: Final = ("none", "view", "comment", "suggest", "edit")
"""What people without an account may do at most."""

_SCOPES: Final = {
    "custom:tandem:read": {"description": "Read documents that are shared through Tandem"},
    "custom:tandem:write": {
        "description": "Read, edit and share documents through Tandem",
        "subscopes": ["custom:tandem:read"],
    },
    "custom:tandem:admin": {"description": "Look after everything shared through Tandem"},
}

_OF_EVERY_USER: Final = "custom:tandem:write!user"

_OF_ADMINS: Final = "custom:tandem:admin"

_OF_SERVERS: Final = ("users:activity!user", "access:servers!server")
"""What JupyterHub lets a server's own token do when nobody says otherwise."""

_TO_FIND_PEOPLE: Final = (
    "list:users", "read:users:name", "read:users:groups", "list:groups", "read:groups:name",
)  # fmt: skip
"""To find people and groups by name, and to learn who left a group; nothing else of them can be read."""


def configure(
    c: Any,
    *,
    name: str = "tandem",
    url: str = f"http://127.0.0.1:{PORT}",
    servers_url: str = "",
    managed: bool = True,
    api_token: str = "",
    store_dir: str | Path = "",
    database_url: str = "",
    find_people: bool = True,
    admins: Sequence[str] = (),
    start_servers: bool = False,
    guests: str = "none",
    options: Sequence[str] = (),
) -> None:
    """Add Tandem's service to a Hub, with the least rights that it needs. Keeps what is configured.

    Call it last: what is assigned afterwards to a setting that it extends takes its part away again.

    Args:
        c: The configuration, as ``jupyterhub_config.py`` has it.
        name: What the service is called; part of its address.
        url: Where it listens, as the Hub and the proxy reach it.
        servers_url: The same with its prefix, as single-user servers reach it, where that differs: for
            servers in containers the Hub's own address, as ``http://proxy-public/services/tandem/``.
        managed: Whether the Hub starts it. One that you start needs ``api_token``.
        api_token: Its token at the Hub, at least 32 characters, when it is not managed.
        store_dir: Folder of its journal and shares; empty: ``tandem-hub`` in the data directory of
            the account that the Hub runs under. Must be on a local disk.
        database_url: PostgreSQL for the journal, shares and the audit log, as ``postgresql://user@host/database``.
        find_people: Whether people may look up the names of users and groups to share with. Without, they
            share with names that they know.
        admins: Usernames of those who may look after everything that is shared, in the service's pages.
        start_servers: Whether people may let others have their server started to run code there. The service
            then may start everybody's server and see how it stands.
        guests: What people without an account may do at most, who come by a link for anyone: ``none``, ``view``,
            ``comment``, ``suggest`` or ``edit``. They never run code. A service that you start is told by ``--guests``.
        options: Further options of ``jupyter tandem hub``.

    Raises:
        ValueError: the service is there already, is not managed and has no token or is to have guests, ``guests`` is
            none of these words, or ``Spawner.server_token_scopes`` is a function, which cannot be extended.
    """
    hub, spawner = c.JupyterHub, c.Spawner
    services = list(_present(hub, "services", []))
    if any(service.get("name") == name for service in services):
        raise ValueError(f"There is a service called {name!r} already; call configure() once.")
    if not managed and len(api_token) < 32:
        raise ValueError(
            "A service that the Hub does not start needs an api_token (32 characters)."
        )
    if guests not in GUESTS:
        raise ValueError(f"guests is one of {', '.join(GUESTS)}.")
    if guests != "none" and not managed:
        raise ValueError(
            "A service that the Hub does not start is told about guests where it is started: "
            "jupyter tandem hub --guests …"
        )
    prefix = f"{str(_present(hub, 'base_url', '/')).rstrip('/')}/services/{name}/"
    service: dict[str, Any] = {
        "name": name,
        "url": url,
        "display": True,
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": [_OF_EVERY_USER, _OF_ADMINS],
    }
    if managed:
        service["command"] = _command(store_dir, database_url, guests, options)
    if api_token:
        service["api_token"] = api_token
    hub.services = [*services, service]
    hub.custom_scopes = {**_present(hub, "custom_scopes", {}), **_SCOPES}
    roles = list(_present(hub, "load_roles", []))
    scopes = [*(_TO_FIND_PEOPLE if find_people else ()), *(_to_start() if start_servers else ())]
    if scopes:
        roles.append({"name": f"{name}-service", "services": [name], "scopes": scopes})
    if admins:
        roles.append({"name": f"{name}-admin", "users": list(admins), "scopes": [_OF_ADMINS]})
    hub.load_roles = _with_users(hub, roles, [_OF_EVERY_USER, f"access:services!service={name}"])
    spawner.server_token_scopes = _server_scopes(spawner)
    environment = dict(_present(spawner, "environment", {}))
    environment["TANDEM_HUB_URL"] = servers_url or url.rstrip("/") + prefix
    host = _own_host(hub, name)
    if host:
        environment["TANDEM_HUB_PAGES"] = host + prefix
    spawner.environment = environment


def _to_start() -> list[str]:
    """To start servers and to see how they stand: JupyterHub 6 has a right for it, before it came with stopping them."""
    known = importlib.import_module("jupyterhub.scopes").scope_definitions
    return ["start:servers", "read:servers"] if "start:servers" in known else ["servers"]


def _command(
    store_dir: str | Path, database_url: str, guests: str, options: Sequence[str]
) -> list[str]:
    command = [sys.executable, "-m", "jupyter_tandem.hosts.hub"]
    if store_dir:
        command += ["--store-dir", str(store_dir)]
    if database_url:
        command += ["--database-url", database_url]
    if guests != "none":
        command += ["--guests", guests]
    return [*command, *options]


def _server_scopes(spawner: Config) -> list[str]:
    found = _present(spawner, "server_token_scopes", [])
    if callable(found):
        raise ValueError(
            f"Spawner.server_token_scopes is a function; let it return {_OF_EVERY_USER!r} as well, "
            "and set it after configure()."
        )
    scopes = list(found) or list(_OF_SERVERS)
    return scopes if _OF_EVERY_USER in scopes else [*scopes, _OF_EVERY_USER]


def _with_users(
    hub: Config, roles: list[dict[str, Any]], scopes: list[str]
) -> list[dict[str, Any]]:
    """Let every user hold these: by a setting of JupyterHub 6, by the role ``user`` before."""
    for role in roles:
        if role.get("name") == "user":
            held = [*role.get("scopes", ["self"]), *scopes]
            return [{**r, "scopes": held} if r is role else r for r in roles]
    if hasattr(importlib.import_module("jupyterhub.app").JupyterHub, "extra_user_scopes"):
        hub.extra_user_scopes = {*_present(hub, "extra_user_scopes", set()), *scopes}
        return roles
    return [*roles, {"name": "user", "scopes": ["self", *scopes]}]


def _own_host(hub: Config, name: str) -> str:
    """Where browsers reach the service on a Hub with a domain for every user; ``""`` on any other."""
    found = str(_present(hub, "subdomain_host", ""))
    if not found:
        return ""
    scheme, _, host = found.rpartition("://")
    domain, colon, port = host.partition(":")
    hook = _present(hub, "subdomain_hook", "idna")
    if not callable(hook):
        hook = getattr(importlib.import_module("jupyterhub.utils"), f"subdomain_hook_{hook}")
    return f"{scheme or 'https'}://{hook(name, domain, 'service')}{colon}{port}"


def _present(section: Config, name: str, default: Any) -> Any:
    """What a setting has by now, also where it was only extended."""
    found = section.get(name, default)
    return found.get_value(default) if isinstance(found, LazyConfigValue) else found
