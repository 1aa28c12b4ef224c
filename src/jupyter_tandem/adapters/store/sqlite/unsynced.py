"""What is on its way to the journal, in files that outlive the process: written at once, never synced.

The system keeps what was written to a file when the process is killed, though not when the power fails. So who takes
the lease after a killed server finds in its journal also what others had seen and no commit had taken yet.
Two pages take turns: one is written while the commit of what the other holds is under way.
"""

from __future__ import annotations

import io
import logging
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from jupyter_tandem.adapters.store.sqlite.database import sync_directory
from jupyter_tandem.adapters.store.sqlite.document import Ledger, Standing
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)

PAGE_BYTES: Final = 64 * 1024
"""More than that is not logged until a commit has taken what is there."""

SLOW_S: Final = 0.02
"""A write that takes longer was made to wait, and everybody with it: for the disk, or for another process."""

SLOW_WRITES: Final = 3
"""So many slow ones on end are the disk's: one that syncs whatever is written, as some network shares do."""

PAUSE_S: Final = 60.0
"""How long nothing is logged after a write that failed, or where all are slow."""

_REMEMBERED: Final = 10_000
_NAMES = "unsynced-*.log"
_RECORD: Final = struct.Struct("<LL")
_ENTRY: Final = struct.Struct("<QQdLL")
_ZEROS: Final = bytes(PAGE_BYTES)


class Left(NamedTuple):
    """An entry that was logged, of the journal with this ``key``."""

    key: int
    sequence: int
    at: float
    author: str
    cause: str
    update: bytes


class _Page:
    """One file: records one after the other, then zeros."""

    __slots__ = ("_extent", "_file", "ends", "path", "used")

    def __init__(self, path: Path) -> None:
        self._file = io.FileIO(path, "x+", opener=_open_private)
        self._extent = 0
        self.path = path
        self.used = 0
        self.ends: dict[DocumentId, tuple[int, int]] = {}

    def write(self, data: bytes) -> bool:
        """Add records; whether all of it was written."""
        self._extent = max(self._extent, self.used + len(data))
        try:
            whole = self._file.write(data) == len(data)
            if not whole:
                self._file.seek(self.used)
        except (OSError, ValueError) as error:
            # ValueError: closed meanwhile, because the lease was lost.
            _log.debug("%s: %s", self.path, error)
            return False
        if whole:
            self.used += len(data)
        return whole

    def clear(self) -> None:
        """Overwrite everything: what is redacted later must not stay readable here."""
        self._file.seek(0)
        self._file.write(_ZEROS[: self._extent])
        self._file.seek(0)
        self.used = self._extent = 0
        self.ends.clear()

    def close(self) -> None:
        self._file.close()


class UnsyncedLog:
    """The log of one holder of the lease.

    :meth:`log` and :meth:`turn` are called on the event loop, :meth:`committed` on the writing thread. Each page belongs
    to one of them at a time, which is why there is no lock.
    """

    def __init__(self, directory: Path, ledger: Ledger, monotonic: Callable[[], float]) -> None:
        """One in ``directory``, which logs nothing before :meth:`begin`."""
        self._directory = directory
        self._ledger = ledger
        self._monotonic = monotonic
        self._current: _Page | None = None
        self._turned: _Page | None = None
        self._spare: _Page | None = None
        self._resumes_at = 0.0
        self._slow = 0
        self._read: dict[DocumentId, int] = {}

    def read(self, standing: Standing) -> None:
        """A journal was read, and will be written. Any thread may say so."""
        self._read[standing.head.document_id] = standing.key
        if len(self._read) > _REMEMBERED:
            self._read.pop(next(iter(self._read)), None)

    def begin(self, name: str) -> None:
        """Log from now on, under a ``name`` that nobody else has or had. Blocks until that is on disk."""
        self.end()
        try:
            current, spare = (
                _Page(self._directory / _NAMES.replace("*", f"{name}-{page}")) for page in "12"
            )
            sync_directory(self._directory)
        except OSError as error:
            _log.warning("Edits that wait for the disk will not outlive a killed server: %s", error)
            return
        self._resumes_at = 0.0
        self._spare, self._current = spare, current

    def log(self, entries: Sequence[Entry]) -> bool:
        """Write entries down that will be appended soon, without waiting; whether all of them were.

        What is larger than the rest of a page is not, nor are entries of a journal nobody has read.
        """
        page, begun = self._current, self._monotonic()
        if page is None or begun < self._resumes_at:
            return False
        ends: dict[DocumentId, tuple[int, int]] = {}
        records = []
        for entry in entries:
            key = self._ledger.key(entry.document_id) or self._read.get(entry.document_id)
            if key is None:
                return False
            ends[entry.document_id] = key, entry.sequence
            records.append(_record(key, entry))
        data = b"".join(records)
        if page.used + len(data) > PAGE_BYTES:
            return False
        written = page.write(data)
        if written:
            page.ends.update(ends)
        self._slow = self._slow + 1 if self._monotonic() - begun > SLOW_S else 0
        if not written or self._slow >= SLOW_WRITES:
            self._resumes_at = begun + PAUSE_S
        return written

    def turn(self) -> None:
        """A commit begins of all that was logged: what comes now goes to the other page, if that is free."""
        if self._spare is not None and self._current is not None and self._current.used:
            self._turned, self._current, self._spare = self._current, self._spare, None

    def committed(self) -> None:
        """The ledger has moved: clear the page that was turned if the journal has all that it holds."""
        page = self._turned
        if page is None or not all(map(self._reached, page.ends.items())):
            return
        try:
            page.clear()
        except (OSError, ValueError) as error:
            # Whoever reads it finds that the journal has it all; the next commit tries again.
            _log.debug("%s: %s", page.path, error)
            return
        self._turned = None
        self._spare = page

    def end(self) -> None:
        """Log nothing more, and leave nothing behind but what the journal lacks."""
        pages = [page for page in (self._current, self._turned, self._spare) if page is not None]
        self._current = self._turned = self._spare = None
        for page in pages:
            page.close()
            if all(map(self._reached, page.ends.items())):
                page.path.unlink(missing_ok=True)

    def _reached(self, end: tuple[DocumentId, tuple[int, int]]) -> bool:
        document_id, (key, sequence) = end
        return self._ledger.reached(document_id, key, sequence)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _record(key: int, entry: Entry) -> bytes:
    author, cause = entry.author.encode(), entry.cause.encode()
    body = b"".join(
        (
            _ENTRY.pack(key, entry.sequence, entry.at, len(author), len(cause)),
            author,
            cause,
            entry.update,
        )
    )
    return _RECORD.pack(len(body), zlib.crc32(body)) + body


def pages_left(directory: Path) -> list[Path]:
    """The pages in ``directory``, whoever wrote them."""
    return sorted(directory.glob(_NAMES))


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
        key, sequence, at, author, cause = _ENTRY.unpack_from(body)
        cause_at = _ENTRY.size + author
        update_at = cause_at + cause
        yield Left(
            key,
            sequence,
            at,
            body[_ENTRY.size : cause_at].decode(errors="replace"),
            body[cause_at:update_at].decode(errors="replace"),
            body[update_at:],
        )
