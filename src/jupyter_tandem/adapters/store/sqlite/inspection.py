"""Reading a whole journal, changing nothing, to find everything that is wrong with it.

Each document is read in a transaction of its own, so a server may go on writing meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from jupyter_tandem.adapters.store.sqlite import schema
from jupyter_tandem.adapters.store.sqlite.database import FAILURES, Database
from jupyter_tandem.adapters.store.sqlite.document_inspection import DocumentInspection
from jupyter_tandem.adapters.store.sqlite.finding import BAD_DISK, Report
from jupyter_tandem.adapters.store.sqlite.lease import read_lease
from jupyter_tandem.adapters.store.sqlite.lock_file import is_locked
from jupyter_tandem.errors import StoreError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_TABLES_BY_DOCUMENT = {
    "chunks": f"place >> {schema.SHIFT}",
    "snapshots": "document",
    "bases": "document",
    "contents": "document",
}


def inspect(directory: Path) -> Report:
    """Everything that is wrong with the journal in ``directory``; takes as long as reading it does."""
    report = Report(directory)
    database = Database(directory)
    if not database.path.is_file():
        report.add(
            "unreadable",
            f"There is no journal in {directory}.",
            "Check the path. A server that never shared a document from this root has none.",
        )
        return report
    _check_permissions(directory, report)
    try:
        with closing(database.connect_read_only()) as connection:
            _check_database(connection, report)
    except StoreError as error:
        report.add("schema", str(error), "Look at it with the version of Tandem that wrote it.")
    except FAILURES as error:
        report.add("unreadable", f"The journal cannot be read further ({error}).", BAD_DISK)
    return report


def _check_permissions(directory: Path, report: Report) -> None:
    for path in (directory, *sorted(directory.iterdir())):
        status = path.stat()
        report.size += status.st_size if path.is_file() else 0
        if os.name == "posix" and status.st_mode & _OTHERS:
            report.add(
                "permission",
                f"Other users of this machine may use {path} "
                f"(mode {stat.S_IMODE(status.st_mode):04o}).",
                f"Run: chmod go= '{path}'",
            )


def _check_database(connection: sqlite3.Connection, report: Report) -> None:
    if schema.version_of(connection) == 0:
        report.add("schema", "The journal has no tables.", "Start a server on it, or delete it.")
        return
    if schema.version_of(connection) < schema.VERSION:
        report.add(
            "schema",
            "An earlier Tandem wrote this journal.",
            "Start a server on it once, then look again.",
        )
        return
    _read_holder(connection, report)
    for (line,) in connection.execute("PRAGMA integrity_check").fetchall():
        if line != "ok":
            report.add("page", f"SQLite finds the file damaged: {line}.", BAD_DISK)
    keys = connection.execute("SELECT key FROM documents ORDER BY key").fetchall()
    inspection = DocumentInspection(connection, report)
    for (key,) in keys:
        inspection.check(key)
    _check_orphans(connection, report)


def _read_holder(connection: sqlite3.Connection, report: Report) -> None:
    lease = read_lease(connection)
    report.holder = lease.holder
    lock = report.directory / lease.lock
    report.holder_lives = lease.holder is not None and lock.is_file() and is_locked(lock)


def _check_orphans(connection: sqlite3.Connection, report: Report) -> None:
    for table, owner in _TABLES_BY_DOCUMENT.items():
        # Table and column are constants of this module.
        count = connection.execute(
            f"SELECT count(*) FROM {table} WHERE {owner} NOT IN "  # noqa: S608
            "(SELECT key FROM documents UNION SELECT key FROM garbage WHERE kind = 'document')"
        ).fetchone()[0]
        if count:
            report.add(
                "orphan",
                f"{count} rows of the table {table} belong to no document: a document's record is "
                "missing.",
                BAD_DISK,
            )
