"""``jupyter tandem links``: which links there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jupyter_tandem.hosts.running_server import answered, find, parser, table

_COLUMNS = ("id", "to", "role", "uses", "expires", "state")


def run(argv: Sequence[str]) -> int:
    """List links: those to a path, or all that are open.

    Args:
        argv: The arguments after ``links``.

    Returns:
        The exit status: 0, or 1 when the server refused.
    """
    made = parser("links", "List the links to a file or folder, or all that are open.")
    made.add_argument("path", nargs="?", help="file or folder")
    made.add_argument("--json", action="store_true", help="print JSON")
    arguments = made.parse_args(argv)

    def work() -> None:
        server = find(arguments.path, arguments.server)
        if arguments.path is not None:
            view = server.call("GET", "shares", path=server.path_of(arguments.path))
            links = view["links"]
        else:
            shared = server.call("GET", "shared")["by_me"]
            links = [link for one in shared for link in one["links"]]
        print(json.dumps(links, indent=2) if arguments.json else as_table(links))

    return answered(work)


def as_table(links: list[dict[str, Any]]) -> str:
    """One line a link."""
    if not links:
        return "There are no links."
    return table(_COLUMNS, map(_line, links))


def _line(link: dict[str, Any]) -> tuple[object, ...]:
    role = link["role"] + (" + run" if link["may_run"] else "")
    uses = link["uses"] if link["max_uses"] is None else f"{link['uses']}/{link['max_uses']}"
    to = link["target"]["path"]
    return link["id"], link["name"] if to is None else to, role, uses, when(link), link["state"]


def when(shared: dict[str, Any]) -> str:
    """When something expires, in local time."""
    end = shared["expires_at"]
    if end is None:
        return "never"
    return datetime.fromtimestamp(end).astimezone().isoformat(" ", "minutes")
