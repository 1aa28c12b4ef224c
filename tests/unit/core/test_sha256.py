"""The hash is SHA-256, and keeps the interpreter lock where it would let go of it for microseconds."""

from __future__ import annotations

import hashlib

import pytest

from jupyter_tandem.core.sha256 import feed, sha256

LETS_GO = 2_048
"""From this many bytes on Python's hashes let go of the lock (``HASHLIB_GIL_MINSIZE`` in its ``hashlib.h``)."""

LONG_ENOUGH = 40_000
"""Hashing less than this is over before another thread has been woken."""


def data_of(size: int) -> bytes:
    return bytes(number % 251 for number in range(size))


@pytest.mark.parametrize("size", [0, 1, 2_047, 2_048, 5_000, 65_535, 65_536, 200_000])
def test_it_is_the_usual_hash(size: int) -> None:
    assert sha256(data_of(size)) == hashlib.sha256(data_of(size)).hexdigest()


@pytest.mark.parametrize("size", [1, 2_047, 2_048, 5_000, 40_000, 65_535, 65_536, 1_000_000])
def test_it_lets_go_of_the_lock_for_long_or_not_at_all(size: int) -> None:
    class Recorded:
        def __init__(self) -> None:
            self.pieces: list[bytes] = []

        def update(self, data: bytes, /) -> None:
            self.pieces.append(data)

    recorded = Recorded()
    feed(recorded, data_of(size))
    assert b"".join(recorded.pieces) == data_of(size)
    assert not [len(p) for p in recorded.pieces if LETS_GO <= len(p) < LONG_ENOUGH]
