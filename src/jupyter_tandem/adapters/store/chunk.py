"""Chunks: entries of one document that follow each other, packed into the bytes of one row.

A record is a byte of kind, author and time, and what of the update does not follow from the records before it: of a
keystroke that is its text. Records are added at the end alone, so a row grows without being read.
Described for people in ``docs/reference/journal-tables.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from jupyter_tandem.adapters.store.checksum import chunk_seed, extended
from jupyter_tandem.protocol.keystroke import Caret, Typing, read_keystroke, write_keystroke
from jupyter_tandem.protocol.lib0 import put_together, read_var_uint, write_var_uint

FULL_BYTES: Final = 1_900
"""A chunk of this size is closed: two of them fill a page of 4 kB, which every commit writes whole anyway."""

_UPDATE: Final = 0 << 6
_CHARACTER: Final = 1 << 6
_TEXT: Final = 2 << 6
_KIND: Final = 3 << 6
_ORIGIN: Final = 1 << 5
_TIME: Final = _ORIGIN - 1
_LATER: Final = 30
_EARLIER: Final = 31
_NOBODY: Final = -1
_LARGE_BYTES: Final = 1024 * 1024

_WIDTHS: Final = (1,) * 0xC0 + (2,) * 0x20 + (3,) * 0x10 + (4,) * 0x10
"""Bytes of a character in UTF-8, by its first one."""

Record: TypeAlias = tuple[int, int, bytes]
"""Milliseconds after the journal's beginning, key of the origin, update."""


@dataclass(slots=True)
class Chunk:
    """A chunk that is being written.

    Attributes:
        first: Sequence of its first entry.
        at_ms: When that was taken, in milliseconds after the journal's beginning.
        crc: Of its bytes so far, from the document's seed on.
        count: How many entries it holds.
        size_bytes: How many bytes.
        fresh: Those of its bytes that the database does not have yet.
    """

    first: int
    at_ms: int
    crc: int
    count: int = 0
    size_bytes: int = 0
    fresh: bytes = b""
    _last_ms: int = 0
    _origin: int = _NOBODY
    _carets: dict[int, Caret] = field(default_factory=dict)

    @staticmethod
    def begin(seed: int, first: int, at_ms: int) -> Chunk:
        """An empty one of the document whose checksums start from ``seed``."""
        return Chunk(first, at_ms, chunk_seed(seed, first, at_ms), _last_ms=at_ms)

    def continued(self) -> Chunk:
        """A copy to add to, after this one was written."""
        return Chunk(
            self.first,
            self.at_ms,
            self.crc,
            self.count,
            self.size_bytes,
            b"",
            self._last_ms,
            self._origin,
            dict(self._carets),
        )

    def has_room(self, update: bytes) -> bool:
        """Whether the update should go in; an empty chunk takes any."""
        return not self.count or self.size_bytes + len(update) < FULL_BYTES

    def add(self, at_ms: int, origin: int, update: bytes) -> None:
        """Add the next entry."""
        kind, body = self._told(origin, update)
        code, delta = _time(at_ms - self._last_ms)
        named = b""
        if origin != self._origin:
            code |= _ORIGIN
            named = write_var_uint(origin)
        size = b"" if kind == _CHARACTER else write_var_uint(len(body))
        record = put_together((bytes((kind | code,)), delta, named, size, body))
        self._last_ms, self._origin = at_ms, origin
        self.count += 1
        self.size_bytes += len(record)
        self.crc = extended(self.crc, record)
        self.fresh += record

    def _told(self, origin: int, update: bytes) -> tuple[int, bytes]:
        """What has to be written of an update, and how it is to be read."""
        keystroke = read_keystroke(update)
        if keystroke is None:
            return _UPDATE, update
        text, after = keystroke
        before, self._carets[origin] = self._carets.get(origin), after
        if before is None or write_keystroke(before, text) != update:
            return _UPDATE, update
        return (_CHARACTER if len(text) == _WIDTHS[text[0]] else _TEXT), text


def _time(delta_ms: int) -> tuple[int, bytes]:
    if delta_ms < 0:
        return _EARLIER, write_var_uint(-delta_ms)
    if delta_ms < _LATER:
        return delta_ms, b""
    return _LATER, write_var_uint(delta_ms)


def unpack(packed: bytes, at_ms: int) -> Iterator[Record]:
    """The records of a chunk whose checksum fits, in order.

    Args:
        packed: Its bytes.
        at_ms: The time of its first entry.
    """
    pos, end, origin = 0, len(packed), _NOBODY
    typing: dict[int, Typing] = {}
    while pos < end:
        head = packed[pos]
        pos += 1
        code = head & _TIME
        if code < _LATER:
            at_ms += code
        else:
            delta, pos = read_var_uint(packed, pos)
            at_ms += delta if code == _LATER else -delta
        if head & _ORIGIN:
            origin, pos = read_var_uint(packed, pos)
        kind = head & _KIND
        if kind == _CHARACTER:
            size = _WIDTHS[packed[pos]]
        else:
            size, pos = read_var_uint(packed, pos)
        body = packed[pos : pos + size] if size < _LARGE_BYTES else _part(packed, pos, size)
        pos += size
        if kind:
            yield at_ms, origin, typing[origin].type(body)
            continue
        keystroke = read_keystroke(body)
        if keystroke is not None:
            typing[origin] = Typing(keystroke[1])
        yield at_ms, origin, body


def _part(packed: bytes, start: int, size: int) -> bytes:
    """A large part, copied in steps."""
    return put_together((memoryview(packed)[start : start + size],))
