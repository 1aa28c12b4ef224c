"""The command line of ``jupyter tandem hub``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jupyter_core.paths import jupyter_data_dir
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from jupyter_tandem.core.signaling.address import Networks
from jupyter_tandem.engine.federation.starter import WAIT_S
from jupyter_tandem.engine.federation.vigil import WITHIN_S
from jupyter_tandem.types import Role

DEFAULT_PORT: Final = 10_105
DEFAULT_PREFIX: Final = "/services/tandem/"

GUESTS: Final[Mapping[str, Role | None]] = {
    "none": None,
    "view": Role.VIEWER,
    "comment": Role.COMMENTER,
    "suggest": Role.SUGGESTER,
    "edit": Role.EDITOR,
}
"""What ``--guests`` takes."""

_LOOPBACK: Final = ["127.0.0.0/8", "::1"]
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class HubOptions:
    """How the service runs.

    Attributes:
        host: Where it listens.
        port: The same; 0 for any.
        prefix: Path below which it answers, with a slash at both ends.
        api_url: The Hub's REST API.
        api_token: The service's own token there.
        store_dir: Folder of its journal and shares, where they are not in PostgreSQL, and of its keys.
        database_url: SQLAlchemy URL for journal, shares and the list of documents; ``""``: files in ``store_dir``.
        ask_s: Within how many seconds what changes at the Hub acts.
        log_level: Name of the least important level that is logged.
        hub_host: Where browsers reach the Hub when services have a domain of their own, else ``""``.
        guests: What people without an account may be at most; ``None``: nobody comes in without one.
        proxies: Whose word on who asks is believed.
        start_s: How long a run waits for its owner's server to start.
    """

    host: str
    port: int
    prefix: str
    api_url: str
    api_token: str
    store_dir: Path
    database_url: str
    ask_s: float
    log_level: str
    hub_host: str = ""
    guests: Role | None = None
    proxies: Networks = field(default_factory=lambda: Networks.parse(_LOOPBACK))
    start_s: float = WAIT_S


def parse(argv: Sequence[str], environment: Mapping[str, str] = os.environ) -> HubOptions:
    """Read the command line; what JupyterHub tells its services is the default.

    Raises:
        SystemExit: it is wrong, or help was asked for.
    """
    parser = _parser(environment)
    found = parser.parse_args(list(argv))
    missing = [
        name
        for name, value in (
            ("JUPYTERHUB_API_TOKEN", environment.get("JUPYTERHUB_API_TOKEN")),
            ("JUPYTERHUB_API_URL", found.api_url),
        )
        if not value
    ]
    if missing:
        parser.error(
            f"{' and '.join(missing)} must be set: JupyterHub sets them for services it starts; "
            "for one that you start, see docs/how-to/share-across-a-jupyterhub."
        )
    return HubOptions(
        host=found.host,
        port=found.port,
        prefix="/" + found.prefix.strip("/") + "/" if found.prefix.strip("/") else "/",
        api_url=found.api_url,
        api_token=environment["JUPYTERHUB_API_TOKEN"],
        store_dir=Path(found.store_dir),
        database_url=found.database_url,
        ask_s=found.ask_s,
        log_level=found.log_level,
        hub_host=found.hub_host.rstrip("/"),
        guests=GUESTS[found.guests],
        proxies=Networks.parse(found.trusted_proxy or _LOOPBACK),
        start_s=found.start_s,
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    own = urlsplit(environment.get("JUPYTERHUB_SERVICE_URL", ""))
    parser = argparse.ArgumentParser(
        prog="jupyter tandem hub",
        description="Hold the documents that the people of a JupyterHub share.",
        epilog="The token for the Hub's API is read from JUPYTERHUB_API_TOKEN, never from the command line.",
    )
    parser.add_argument(
        "--host", default=own.hostname or "127.0.0.1", help="address to listen on (%(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=own.port or DEFAULT_PORT, help="port to listen on (%(default)s)"
    )
    parser.add_argument(
        "--prefix",
        default=environment.get("JUPYTERHUB_SERVICE_PREFIX", DEFAULT_PREFIX),
        help="path below which the service answers (%(default)s)",
    )
    parser.add_argument(
        "--api-url",
        default=environment.get("JUPYTERHUB_API_URL", ""),
        help="the Hub's REST API (JUPYTERHUB_API_URL)",
    )
    parser.add_argument(
        "--store-dir",
        default=str(Path(jupyter_data_dir(), "tandem-hub")),
        help="folder of the journal and of the shares; on a local disk (%(default)s)",
    )
    parser.add_argument(
        "--database-url",
        type=database_url,
        default="",
        help="PostgreSQL for journal, shares, audit log and list of documents, as "
        "postgresql://user@host/database; without, all of it is in --store-dir",
    )
    parser.add_argument(
        "--hub-host",
        default=environment.get("JUPYTERHUB_HOST", ""),
        help="where browsers reach the Hub, as https://hub.example.org, on a Hub with a domain "
        "for every user (JUPYTERHUB_HOST)",
    )
    parser.add_argument(
        "--ask-s",
        type=_seconds,
        default=WITHIN_S,
        help="seconds within which what changes at the Hub acts: a deleted user, a left group, a withdrawn "
        "token (%(default)g)",
    )
    parser.add_argument(
        "--start-s",
        type=_wait,
        default=WAIT_S,
        help="seconds for which a run waits for its owner's server to start, where that is allowed (%(default)g)",
    )
    parser.add_argument(
        "--guests",
        choices=GUESTS,
        default="none",
        help="what people without an account of the Hub may do at most, who come by a link for anyone; "
        "they never run code (%(default)s)",
    )
    parser.add_argument(
        "--trusted-proxy",
        action="append",
        type=_network,
        metavar="NETWORK",
        help="proxy in front of the service whose X-Forwarded-For is believed; may be given again "
        "(this computer)",
    )
    parser.add_argument("--log-level", choices=_LEVELS, default="INFO", help="(%(default)s)")
    return parser


def database_url(text: str) -> str:
    """The URL with the driver that Tandem uses; nothing for nothing.

    Raises:
        ArgumentTypeError: it is none. It is not repeated: it may hold a password.
    """
    if not text:
        return ""
    try:
        url = make_url(text)
    except ArgumentError:
        raise argparse.ArgumentTypeError("not postgresql://user@host/database") from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise argparse.ArgumentTypeError("PostgreSQL alone, as postgresql://user@host/database")
    if find_spec("psycopg") is None:
        raise argparse.ArgumentTypeError("run pip install 'jupyter-tandem[postgresql]' first")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _wait(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 900:
        raise argparse.ArgumentTypeError("from 1 to 900 seconds")
    return seconds


def _network(text: str) -> str:
    try:
        Networks.parse([text])
    except ValueError:
        raise argparse.ArgumentTypeError("not an address or a network as 10.0.0.0/8") from None
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 60:
        raise argparse.ArgumentTypeError("from 0.1 to 60 seconds")
    return seconds
