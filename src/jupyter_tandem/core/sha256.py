"""SHA-256 that lets other threads get on.

Python's hashes let go of the interpreter lock for 2,048 bytes and more, and take it again as soon as they are done. Of
5 kB that is after 4 microseconds: whoever waits for the lock is woken, finds it taken, and waits anew. They would be given
it after 5 ms if nobody had let go. With some other work between the hashes the event loop stood still for up to a quarter
of a second.
"""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

_PIECE: Final = 2_047
_LONG: Final = 64 * 1024
"""Hashing this takes 40 µs: others are awake by then."""


class Hash(Protocol):
    """What :mod:`hashlib` makes."""

    def update(self, data: bytes, /) -> None:
        """Go on with ``data``."""


def feed(digest: Hash, data: bytes) -> None:
    """Go on with ``data``, however long it is."""
    if _PIECE < len(data) < _LONG:
        for start in range(0, len(data), _PIECE):
            digest.update(data[start : start + _PIECE])
    else:
        digest.update(data)


def sha256(data: bytes) -> str:
    """The digest of ``data``, hexadecimal."""
    digest = hashlib.sha256()
    feed(digest, data)
    return digest.hexdigest()
