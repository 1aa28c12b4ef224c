"""The database file: where it is, who may read it, how connections to it are made."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from jupyter_tandem.adapters.store.sqlite import migration
from jupyter_tandem.errors import StoreCorrupt, StoreError, StoreUnavailable

FILE_NAME = "journal.sqlite3"

FAILURES = (sqlite3.Error, UnicodeError)
"""What a database raises that fails or is damaged; also text that is no text any more."""

_BUSY_S = 5.0
# SQLite keeps the write-ahead file at its largest size ever; one big snapshot must not stay there.
_WAL_LIMIT_BYTES = 16 * 1024 * 1024

_EVERY_CONNECTION = (
    # Finds damaged pages when they are read rather than when they are decoded.
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
)
_WRITING = (
    # NORMAL syncs at checkpoints only: an acknowledged edit could go with the power.
    "PRAGMA synchronous = FULL",
    # macOS: fsync does not reach the platter without it. Has no effect elsewhere.
    "PRAGMA fullfsync = ON",
    # What was pruned or redacted must not stay readable in free pages.
    "PRAGMA secure_delete = ON",
    f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}",
)


@dataclass(frozen=True, slots=True)
class Database:
    """A journal's SQLite file.

    Attributes:
        directory: The directory that holds it, with its lock files.
        factory: The class of connections; tests give one that fails.
    """

    directory: Path
    factory: type[sqlite3.Connection] = sqlite3.Connection

    @property
    def path(self) -> Path:
        """The database file."""
        return self.directory / FILE_NAME

    def wal_bytes(self) -> int:
        """The size of the write-ahead file, 0 when there is none."""
        try:
            return self.path.with_name(f"{FILE_NAME}-wal").stat().st_size
        except OSError:
            return 0

    def establish(self) -> None:
        """Create directory, file and tables where they are missing.

        Raises:
            StoreUnavailable: they cannot be created or read.
            StoreCorrupt: the file is no database.
            StoreError: the file is somebody else's or a newer Tandem's.
        """
        try:
            self._make_private()
            connection = self._connect("rw", _EVERY_CONNECTION)
            try:
                migration.establish(connection, self.directory)
            finally:
                connection.close()
        except FAILURES as error:
            raise translated(error) from error
        except OSError as error:
            raise StoreUnavailable(
                f"The journal's directory {self.directory} cannot be used ({error.strerror}); "
                "check its owner and the space on its disk."
            ) from error

    def connect(self) -> sqlite3.Connection:
        """A connection that may write. The process must have no more than one at work.

        SQLite before 3.51.3 can damage a database that two connections write or checkpoint at the
        same instant (its "WAL-reset bug").
        """
        return self._connect("rw", _EVERY_CONNECTION + _WRITING)

    def connect_read_only(self) -> sqlite3.Connection:
        """A connection that cannot write and never checkpoints."""
        return self._connect("ro", _EVERY_CONNECTION)

    def _connect(self, mode: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_S,
            isolation_level=None,
            factory=self.factory,
        )
        try:
            for pragma in pragmas:
                connection.execute(pragma)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _make_private(self) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        # SQLite gives its companion files the mode of this one.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self.path.chmod(0o600)
        sync_directory(self.directory)
        sync_directory(self.directory.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in ``directory`` durable; without effect where directories cannot be synced."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def translated(error: sqlite3.Error | UnicodeError) -> StoreError:
    """The store error that tells a person what ``error`` means for them."""
    # The bare class is what sqlite3 raises for SQLITE_CORRUPT and SQLITE_NOTADB.
    if type(error) is sqlite3.DatabaseError or isinstance(error, UnicodeError):
        return StoreCorrupt(
            f"The journal is damaged ({error}). Stop the server and run `jupyter tandem doctor`."
        )
    if "full" in str(error):
        return StoreUnavailable("The disk that holds the journal is full; free some space on it.")
    return StoreUnavailable(f"The journal cannot be read or written now ({error}).")
