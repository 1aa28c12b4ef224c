"""``jupyter tandem share``: share a file or folder by link, or with somebody by name."""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Sequence
from typing import Any

from jupyter_tandem.core.sharing.decision import LADDER
from jupyter_tandem.hosts.running_server import answered, duration_s, find, parser, printable
from jupyter_tandem.types import Role


def run(argv: Sequence[str]) -> int:
    """Make a link and print its address, or share with a user or group.

    Args:
        argv: The arguments after ``share``.

    Returns:
        The exit status: 0, or 1 when the server refused.
    """
    arguments = _parser().parse_args(argv)
    return answered(lambda: _share(arguments))


def _parser() -> argparse.ArgumentParser:
    made = parser("share", "Share a file or folder with whoever has the link, or by name.")
    made.add_argument("path", help="file or folder below the folder the server serves")
    made.add_argument(
        "--role",
        choices=[role.value for role in LADDER],
        default=Role.VIEWER.value,
        help="what people may do (default: viewer)",
    )
    made.add_argument(
        "--run",
        action="store_true",
        help="also let them run code as you, on this computer, with your files",
    )
    made.add_argument(
        "--expires",
        type=duration_s,
        default=argparse.SUPPRESS,
        metavar="TIME",
        help="90s, 12h, 7d or never (default: 7d for a link, never by name)",
    )
    to = made.add_mutually_exclusive_group()
    to.add_argument("--user", help="share with this user of the server instead of making a link")
    to.add_argument("--group", help="share with this group the server knows")
    to.add_argument("--signed-in", action="store_true", help="share with everybody signed in")
    made.add_argument("--max-uses", type=int, metavar="N", help="how many people may use the link")
    guests = made.add_mutually_exclusive_group()
    guests.add_argument("--guests", action="store_true", default=None, dest="guests")
    guests.add_argument("--no-guests", action="store_false", default=None, dest="guests")
    made.add_argument("--password", action="store_true", help="ask for a password for the link")
    made.add_argument("--json", action="store_true", help="print the server's answer as JSON")
    return made


def _share(arguments: argparse.Namespace) -> None:
    server = find(arguments.path, arguments.server)
    body: dict[str, Any] = {
        "path": server.path_of(arguments.path),
        "role": arguments.role,
        "may_run": arguments.run,
    }
    if "expires" in arguments:
        body["expires_in_s"] = arguments.expires
    subject = _subject(arguments)
    if subject is not None:
        answer = server.call("POST", "grants", {**body, "subject": subject})
        told = f"Shared with {subject['name'] or 'everybody who is signed in'} as {answer['role']}."
    else:
        answer = server.call("POST", "links", body | _link_wish(arguments))
        told = answer["url"]
    print(json.dumps(answer, indent=2) if arguments.json else printable(told))


def _subject(arguments: argparse.Namespace) -> dict[str, str] | None:
    if arguments.user is not None:
        return {"kind": "user", "name": arguments.user}
    if arguments.group is not None:
        return {"kind": "group", "name": arguments.group}
    return {"kind": "signed-in", "name": ""} if arguments.signed_in else None


def _link_wish(arguments: argparse.Namespace) -> dict[str, Any]:
    wish: dict[str, Any] = {"max_uses": arguments.max_uses}
    if arguments.guests is not None:
        wish["guests"] = arguments.guests
    if arguments.password:
        wish["password"] = getpass.getpass("Password of the link: ")
    return wish
