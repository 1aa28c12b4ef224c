"""Finds a running Jupyter Server of this user and talks to its sharing API."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jupyter_server.serverapp import list_running_servers

TIMEOUT_S: Final = 30.0
TOKEN_VARIABLE: Final = "JUPYTER_TOKEN"

_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}


class Failed(Exception):
    """The command cannot do what was asked; the message is for the person."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that can be asked.

    Attributes:
        url: Its address, with a slash at the end.
        token: What it knows its owner by.
        root: The folder it serves.
    """

    url: str
    token: str
    root: Path

    def call(self, method: str, what: str, body: Any = None, /, **query: Any) -> Any:
        """One request below ``tandem/api/``; the answer's JSON, ``None`` when there is none.

        Raises:
            Failed: the server refused, with its own sentence, or cannot be reached.
        """
        return json.loads(self.text(method, what, body, **query) or "null")

    def text(self, method: str, what: str, body: Any = None, /, **query: Any) -> str:
        """As :meth:`call`, without reading the answer."""
        address = f"{self.url}tandem/api/{what}" + (f"?{urlencode(query)}" if query else "")
        request = urllib.request.Request(  # noqa: S310  (http or https, out of the runtime file)
            address,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                found: str = answer.read().decode()
                return found
        except urllib.error.HTTPError as error:
            with error:
                raise Failed(_sentence(error)) from error
        except OSError as error:
            raise Failed(f"The server at {self.url} cannot be reached: {error}.") from error

    def path_of(self, path: str) -> str:
        """``path`` as the server's contents know it.

        Raises:
            Failed: it is not below the served folder.
        """
        real, root = Path(os.path.realpath(path)), Path(os.path.realpath(self.root))
        try:
            below = real.relative_to(root).as_posix()
        except ValueError as error:
            raise Failed(f"{path} is not below {root}, which the server serves.") from error
        return "" if below == "." else below


def find(path: str | None, url: str | None) -> RunningServer:
    """The server that serves ``path``, or is at ``url``; the only one when neither is given.

    Raises:
        Failed: there is none, or more than one.
    """
    servers = [_server(info) for info in list_running_servers()]
    if url is not None:
        servers = [s for s in servers if s.url.rstrip("/") == url.rstrip("/")]
    if path is not None:
        real = Path(os.path.realpath(path))
        servers = [s for s in servers if real.is_relative_to(os.path.realpath(s.root))]
        nearest = max((len(str(s.root)) for s in servers), default=0)
        servers = [s for s in servers if len(str(s.root)) == nearest]
    if len(servers) == 1:
        return _with_token(servers[0])
    if not servers:
        raise Failed("No running Jupyter Server was found for this. Is it yours, and running?")
    known = ", ".join(server.url for server in servers)
    raise Failed(f"More than one server could be meant; say which with --server: {known}")


def parser(command: str, description: str) -> argparse.ArgumentParser:
    """A parser with what all these commands take."""
    made = argparse.ArgumentParser(prog=f"jupyter tandem {command}", description=description)
    made.add_argument("--server", metavar="URL", help="which of several running servers to ask")
    return made


def answered(work: Callable[[], None]) -> int:
    """Run ``work``; 0, or 1 after its :class:`Failed` was told."""
    try:
        work()
    except Failed as failed:
        print(f"jupyter tandem: {printable(str(failed))}", file=sys.stderr)
        return 1
    return 0


def duration_s(text: str) -> float | None:
    """``90s``, ``30m``, ``12h``, ``7d``, ``2w``; ``never`` is ``None``.

    Raises:
        argparse.ArgumentTypeError: it is none of these.
    """
    if text == "never":
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 90s, 12h, 7d or never")
    return float(found[1]) * _UNITS[found[2]]


def printable(text: str) -> str:
    """``text`` without what a terminal would obey."""
    return "".join(
        c if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} else f"\\u{ord(c):04x}" for c in text
    )


def table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Columns side by side, under their names."""
    cells = [[str(c) for c in columns]]
    cells += [[printable(str(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _server(info: Mapping[str, Any]) -> RunningServer:
    root = info.get("root_dir") or info.get("notebook_dir") or ""
    return RunningServer(str(info["url"]), str(info.get("token", "")), Path(root))


def _with_token(server: RunningServer) -> RunningServer:
    token = server.token or os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise Failed(
            f"The server at {server.url} has no token that this command could use; "
            f"set {TOKEN_VARIABLE} to yours."
        )
    return RunningServer(server.url, token, server.root)


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        found = json.loads(error.read())["message"]
    except (ValueError, KeyError, TypeError):
        found = None
    return str(found) if found else f"The server answered {error.code} {error.reason}."
