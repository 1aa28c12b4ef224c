"""Looks at a sharing database from outside, changing nothing."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from jupyter_tandem.adapters.sharing import audit
from jupyter_tandem.adapters.sharing.file_name import FILE_NAME

_UNREADABLE = (
    "Stop the server and put back the file from a backup, or move it away: all shares and links are "
    "gone then, no document is."
)
_CHANGED = (
    "Keep a copy of the file: somebody changed it outside Tandem. Compare it with an export or a "
    "backup."
)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def problems(directory: Path) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the shares in ``directory``: code, problem and advice. None where there are none."""
    path = directory / FILE_NAME
    if not path.is_file():
        return
    if path.stat().st_mode & _OTHERS:
        yield (
            "permission",
            f"{FILE_NAME} can be read by others on this machine; it tells who has what.",
            f"Run: chmod 600 {path}",
        )
    try:
        broken = _broken(path)
    except SQLAlchemyError as error:
        yield (
            "unreadable",
            f"{FILE_NAME} cannot be read ({type(getattr(error, 'orig', error)).__name__}).",
            _UNREADABLE,
        )
        return
    if broken is not None:
        yield (
            "audit",
            f"The audit log is not what was written: {broken}",
            _CHANGED,
        )


def _broken(path: Path) -> str | None:
    address = f"{path.absolute().as_uri()}?mode=ro"
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))
    try:
        with engine.connect() as connection:
            return audit.verify(connection)
    finally:
        engine.dispose()
