"""``jupyter tandem audit``: the record of who did what, for people and for other programs."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from jupyter_tandem.hosts.running_server import (
    RunningServer,
    answered,
    duration_s,
    find,
    parser,
    printable,
)

_PAGE: Final = 10_000


def run(argv: Sequence[str]) -> int:
    """Print the audit log.

    Args:
        argv: The arguments after ``audit``.

    Returns:
        The exit status: 0, or 1 when the server refused or the log is not whole.
    """
    made = parser("audit", "Print the record of shares, links, joins and restores.")
    made.add_argument(
        "--since", type=duration_s, default=None, metavar="TIME", help="1h, 7d …: how far back"
    )
    made.add_argument("--format", choices=("json", "csv"), default="json")
    made.add_argument("--verify", action="store_true", help="check the chain instead of printing")
    arguments = made.parse_args(argv)

    problem: str | None = None

    def work() -> None:
        nonlocal problem
        server = find(None, arguments.server)
        since = 0.0 if arguments.since is None else time.time() - arguments.since
        if arguments.verify:
            told = server.call("GET", "audit/verification")
            problem = None if told["whole"] else printable(str(told["problem"]))
            print(problem or "The log is whole.")
        elif arguments.format == "json":
            for entry in _entries(server, since):
                print(json.dumps(entry))
        else:
            _print_csv(server, since)

    return answered(work) or int(problem is not None)


def _entries(server: RunningServer, since: float) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        page = server.call("GET", "audit", after=after, since=since, limit=_PAGE)["entries"]
        yield from page
        if not page:
            return
        after = page[-1]["sequence"]


def _print_csv(server: RunningServer, since: float) -> None:
    after, first = 0, True
    while True:
        query = {"after": after, "since": since, "limit": _PAGE}
        told = server.text("GET", "audit", format="csv", **query)
        # What ends a line is for the format to say: names may hold whatever Python takes for an end.
        rows = list(csv.reader(io.StringIO(told, newline="")))[1:]
        heading, end, lines = told.partition("\n")
        if first:
            sys.stdout.write(heading + end)
        if not rows:
            return
        sys.stdout.write(lines)
        after, first = int(rows[-1][0]), False
