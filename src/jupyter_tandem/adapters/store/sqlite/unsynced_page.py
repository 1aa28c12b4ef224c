"""The pages of the unsynced log: what they are called, and what stands in them."""

from __future__ import annotations

import io
import logging
import os
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from jupyter_tandem.adapters.store.sqlite.document import Standing
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)

_NAMES: Final = re.compile(r"unsynced-(\d+)-\d\.log")
_RECORD: Final = struct.Struct("<LL")
_ENTRY: Final = struct.Struct("<QLQdLL")


class Left(NamedTuple):
    """An entry that was logged, of the journal with this ``key`` and ``seed``."""

    key: int
    seed: int
    sequence: int
    at: float
    author: str
    cause: str
    update: bytes


class Page:
    """One file: records one after the other.

    Attributes:
        ends: Key and last sequence of each document in it.
    """

    __slots__ = ("_file", "ends", "path", "used")

    def __init__(self, path: Path) -> None:
        """A new one at ``path``, for its owner alone.

        Raises:
            OSError: it cannot be made, or is there.
        """
        self._file = io.FileIO(path, "x+", opener=_open_private)
        self.path = path
        self.used = 0
        self.ends: dict[DocumentId, tuple[int, int]] = {}

    def write(self, data: bytes) -> bool:
        """Add records; whether all of it was written."""
        try:
            if self._file.write(data) == len(data):
                self.used += len(data)
                return True
            self._file.seek(self.used)
        except OSError as error:
            _log.debug("%s: %s", self.path, error)
        return False

    def clear(self) -> None:
        """Give everything back: what is redacted later must not stay readable here.

        Raises:
            OSError: the file cannot be emptied.
        """
        self._file.truncate(0)
        self._file.seek(0)
        self.used = 0
        self.ends.clear()

    def close(self) -> None:
        """Let go of the file, whatever the disk says to that."""
        try:
            self._file.close()
        except OSError as error:
            _log.debug("%s: %s", self.path, error)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def record(standing: Standing, entry: Entry) -> bytes:
    """What is written of an entry of the journal that stands there."""
    author, cause = entry.author.encode(), entry.cause.encode()
    body = b"".join(
        (
            _ENTRY.pack(
                standing.key,
                standing.seed,
                entry.sequence,
                entry.at,
                len(author),
                len(cause),
            ),
            author,
            cause,
            entry.update,
        )
    )
    return _RECORD.pack(len(body), zlib.crc32(body)) + body


def delete(page: Path) -> None:
    """Delete a page; where that cannot be done it stays, and nobody puts anything back from it."""
    try:
        page.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("%s could not be deleted: %s", page, error)


def page_path(directory: Path, token: int, number: int) -> Path:
    """Where the holder with this ``token`` has a page."""
    return directory / f"unsynced-{token}-{number}.log"


def pages_left(directory: Path) -> dict[Path, int]:
    """The pages in ``directory``, with the tokens of those who wrote them.

    Raises:
        OSError: it cannot be listed.
    """
    found = ((path, _NAMES.fullmatch(path.name)) for path in sorted(directory.iterdir()))
    return {path: int(name[1]) for path, name in found if name is not None}


def read_page(path: Path) -> Iterator[Left]:
    """What is whole in a page, in order, up to the first record that is not.

    Raises:
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    pos = 0
    while pos + _RECORD.size <= len(data):
        size, checksum = _RECORD.unpack_from(data, pos)
        pos += _RECORD.size
        body = data[pos : pos + size]
        if size < _ENTRY.size or len(body) != size or zlib.crc32(body) != checksum:
            return
        pos += size
        key, seed, sequence, at, author, cause = _ENTRY.unpack_from(body)
        cause_at = _ENTRY.size + author
        update_at = cause_at + cause
        yield Left(
            key,
            seed,
            sequence,
            at,
            body[_ENTRY.size : cause_at].decode(errors="replace"),
            body[cause_at:update_at].decode(errors="replace"),
            body[update_at:],
        )
