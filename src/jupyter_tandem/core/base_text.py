"""The bytes that a base is kept in: a zlib stream, in which long pieces of text are compressed by themselves.

So a long piece that is the same the next time need not be compressed again: that takes 30 ms for a megabyte.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

ALONE_BYTES: Final = 2_000
"""A piece with more is compressed by itself. Below that what is before it would be missed."""

_HEADER: Final = b"\x78\x9c"
_END: Final = b"\x03\x00"
_LEVEL: Final = 6
_RAW: Final = -15
"""A stream without header and sum (RFC 1951), of the widest window."""


def is_long(piece: bytes) -> bool:
    """Whether it is compressed by itself."""
    return len(piece) > ALONE_BYTES


def deflated(piece: bytes) -> bytes:
    """A part of a stream, complete in itself."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return deflate.compress(piece) + deflate.flush(zlib.Z_FULL_FLUSH)


def inflated(part: bytes) -> bytes:
    """What :func:`deflated` was given."""
    return zlib.decompressobj(_RAW).decompress(part)


def compressed(pieces: Iterable[tuple[bytes, bytes | None]]) -> bytes:
    """All pieces in one stream, as ``zlib.decompress`` reads it.

    Args:
        pieces: In order, each with what :func:`deflated` makes of it, where that is known.
    """
    parts: list[bytes] = []
    short: list[bytes] = []
    total = zlib.adler32(b"")
    for piece, known in pieces:
        total = zlib.adler32(piece, total)
        if not is_long(piece):
            short.append(piece)
            continue
        parts.append(deflated(b"".join(short)))
        parts.append(deflated(piece) if known is None else known)
        short.clear()
    if not parts:
        return zlib.compress(b"".join(short), _LEVEL)
    parts.append(deflated(b"".join(short)))
    return b"".join((_HEADER, *parts, _END, total.to_bytes(4, "big")))
