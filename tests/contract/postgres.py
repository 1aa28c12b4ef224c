"""A PostgreSQL server of the tests' own: made in a temporary folder, reached by a socket in it, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")


@contextmanager
def cluster() -> Iterator[str]:
    """A server with an empty database; its SQLAlchemy URL."""
    with tempfile.TemporaryDirectory(prefix="tandem-pg-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = Path(folder, "data")
        _run("initdb", "--pgdata", data, "--auth=trust", "--username=tandem", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -k {folder}"
        _run("pg_ctl", "--pgdata", data, "--wait", "--silent", f"--options={options}", "start")
        try:
            yield f"postgresql+psycopg://tandem@/postgres?host={folder}"
        finally:
            _run("pg_ctl", "--pgdata", data, "--mode=immediate", "--silent", "stop")


def _run(program: str, *arguments: str | Path) -> None:
    # PostgreSQL refuses to run as root; Debian's package brings an account for it.
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # The server would keep a pipe open: what it says goes nowhere.
    subprocess.run(
        [*prefix, _path(program), *map(str, arguments)],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _path(program: str) -> str:
    found = shutil.which(program)
    if found is not None:
        return found
    # Debian keeps the programs of each major version in a folder of its own.
    versions = sorted(_DEBIAN.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise FileNotFoundError(f"{program} is missing; `make test` installs Debian's postgresql")
    return str(versions[-1])
