"""``jupyter tandem who``: who has something, and who is in it now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jupyter_tandem.hosts.links import when
from jupyter_tandem.hosts.running_server import answered, find, parser, table

_COLUMNS = ("id", "who", "role", "expires", "through", "here")


def run(argv: Sequence[str]) -> int:
    """List the people a file or folder is shared with, and those who are in it.

    Args:
        argv: The arguments after ``who``.

    Returns:
        The exit status: 0, or 1 when the server refused.
    """
    made = parser("who", "List who has a file or folder, and who is in it now.")
    made.add_argument("path", help="file or folder")
    made.add_argument("--json", action="store_true", help="print JSON")
    arguments = made.parse_args(argv)

    def work() -> None:
        server = find(arguments.path, arguments.server)
        view = server.call("GET", "shares", path=server.path_of(arguments.path))
        print(json.dumps(view, indent=2) if arguments.json else as_table(view))

    return answered(work)


def as_table(view: dict[str, Any]) -> str:
    """One line a share; then those who are here through the server itself."""
    here = {_key(person["subject"]): person for person in view["people"]}
    rows: list[tuple[object, ...]] = []
    for grant in view["grants"] + view["inherited"]:
        key = _key(grant["subject"])
        role = grant["role"] + (" + run" if grant["may_run"] else "")
        through = "link" if grant["link"] else grant["target"]["kind"]
        present = "here" if here.pop(key, None) else ""
        name = grant["display_name"] or key
        rows.append((grant["id"], name, role, when(grant), through, present))
    rows += [("", p["display_name"], "", "", "this server", "here") for p in here.values()]
    return table(_COLUMNS, rows) if rows else "Nobody has it but you, and nobody is in it."


def _key(subject: dict[str, str]) -> str:
    return f"{subject['kind']}:{subject['name']}"
