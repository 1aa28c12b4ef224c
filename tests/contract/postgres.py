"""A PostgreSQL server of the tests' own: made in a temporary folder, reached by a socket in it, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

_DEBIAN = Path("/usr/lib/postgresql")


class Cluster:
    """A server with an empty database.

    Attributes:
        url: Its SQLAlchemy URL.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.url = f"postgresql+psycopg://tandem@/postgres?host={folder}"
        self._folder = folder
        self._data = folder / "data"
        self._fsync = "on" if durable else "off"

    def make(self) -> None:
        _run("initdb", "--pgdata", self._data, "--auth=trust", "--username=tandem", "--no-sync")

    def start(self) -> None:
        options = f"--options=-c listen_addresses='' -c fsync={self._fsync} -k {self._folder}"
        _run("pg_ctl", "--pgdata", self._data, "--wait", "--silent", options, "start")

    def stop(self) -> None:
        """At once, as the loss of its process would: it recovers from its log when it starts again."""
        _run("pg_ctl", "--pgdata", self._data, "--mode=immediate", "--silent", "stop")

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It hangs: its processes are there, and connections are taken, and nothing is answered."""
        parent = int((self._data / "postmaster.pid").read_text().split()[0])
        told = ["ps", "-o", "pid=", "--ppid", str(parent)]
        listed = subprocess.run(told, capture_output=True, text=True, check=True).stdout
        processes = [parent, *map(int, listed.split())]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)


@contextmanager
def own_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A server that runs, and may be stopped and started; ``durable``: what it has committed survives a loss of power."""
    with tempfile.TemporaryDirectory(prefix="tandem-pg-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(folder, account.pw_uid, account.pw_gid)
        running = Cluster(Path(folder), durable=durable)
        running.make()
        running.start()
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def cluster() -> Iterator[str]:
    """The same, only its URL."""
    with own_cluster() as running:
        yield running.url


def emptied(url: str) -> str:
    """The same URL, when nothing is left in the database."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    return url


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


def installed() -> bool:
    """Whether there is a PostgreSQL on this machine that can be started."""
    return _found("initdb") is not None


def _path(program: str) -> str:
    found = _found(program)
    if found is None:
        raise FileNotFoundError(f"{program} is missing; `make test` installs Debian's postgresql")
    return found


def _found(program: str) -> str | None:
    # Debian keeps the programs of each major version in a folder of its own.
    versions = sorted(_DEBIAN.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    return shutil.which(program) or (str(versions[-1]) if versions else None)
