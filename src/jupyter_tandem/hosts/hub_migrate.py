"""``jupyter tandem hub-migrate``: what a Hub's service holds goes from files into PostgreSQL."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.engine import make_url

from jupyter_tandem.errors import StoreError
from jupyter_tandem.hosts.hub_options import database_url

if TYPE_CHECKING:
    from jupyter_tandem.hosts.hub_removal import Moved

_EVERY_S: Final = 1.0


def run(argv: Sequence[str]) -> int:
    """Copy a store into a database, and say how it went.

    Args:
        argv: The arguments after ``hub-migrate``.

    Returns:
        The exit status: 0 when all of it is there, 1 when nothing was copied or the files could not be marked.

    Raises:
        SystemExit: the arguments are wrong, or help was asked for.
    """
    arguments = _parser().parse_args(list(argv))
    # Not at the top: its driver is an extra, and `database_url` says which.
    from jupyter_tandem.hosts.hub_removal import NotMarked, move

    shown = make_url(arguments.database_url).set(drivername="postgresql").render_as_string()
    print(f"Copying {arguments.store_dir} into {shown}", flush=True)
    try:
        moved = asyncio.run(move(arguments.store_dir, arguments.database_url, Progress()))
    except NotMarked as error:
        print(error, file=sys.stderr)
        return 1
    except (StoreError, OSError) as error:
        print(f"Nothing was copied: {error}", file=sys.stderr)
        return 1
    print(_summary(moved, arguments.store_dir))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter tandem hub-migrate",
        description="Copy what the service of a JupyterHub holds from its folder into an empty PostgreSQL "
        "database: journal, shares, links, requests and audit log. The service must not run. All of it is "
        "copied and compared, or nothing; the folder is kept.",
        epilog="Give the password in PGPASSWORD or in a password file, not in the address: that is seen in the "
        "list of processes.",
    )
    parser.add_argument("store_dir", type=Path, help="the service's --store-dir")
    parser.add_argument(
        "database_url",
        type=_some_url,
        help="as postgresql://user@host/database, as for --database-url",
    )
    return parser


def _some_url(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("not postgresql://user@host/database")
    return database_url(text)


class Progress:
    """Prints how far it is, once a second, and the end of everything."""

    def __init__(self) -> None:
        """Nothing is done yet."""
        self._next_s = time.monotonic() + _EVERY_S

    def __call__(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` are done."""
        now = time.monotonic()
        if done == total or now >= self._next_s:
            self._next_s = now + _EVERY_S
            print(f"  {what}: {done:,} of {total:,}", flush=True)


def _summary(moved: Moved, directory: Path) -> str:
    was = "was there already" if moved.before else "is there"
    return (
        f"All of it {was}, and the same: {moved.documents:,} documents with {moved.entries:,} entries, "
        f"{moved.rows:,} rows of shares and lists, {moved.audit:,} entries of the audit log.\n"
        f"Start the service with --database-url now. {directory} was kept; the service does not use it any more."
    )


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
