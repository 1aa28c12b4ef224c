"""Turns real frames into frames that nobody would send."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

from jupyter_tandem.protocol.lib0 import write_var_uint

CORPUS: Final = Path(__file__).with_name("corpus")

_NUMBERS: Final = [0, 1, 127, 128, 2**21, 2**26, 2**31, 2**32 - 1, 2**32, 2**53 - 1]


def corpus() -> list[bytes]:
    """Frames of every kind, and those that once did harm; one file each."""
    return [path.read_bytes() for path in sorted(CORPUS.glob("*.bin"))]


class Mutator:
    """An endless supply of broken frames; equal for equal seeds."""

    def __init__(self, seed: int, seeds: list[bytes]) -> None:
        """Start from the frames in ``seeds``."""
        self._chance = random.Random(seed)
        self._seeds = seeds

    def frame(self) -> bytes:
        """A frame with one to four things wrong with it."""
        frame = self._chance.choice(self._seeds)
        for _ in range(self._chance.randint(1, 4)):
            frame = self._chance.choice(_MUTATIONS)(self, frame)
        return frame

    def flip(self, frame: bytes) -> bytes:
        """Change one bit."""
        if not frame:
            return frame
        at = self._place(frame)
        return frame[:at] + bytes([frame[at] ^ (1 << self._chance.randrange(8))]) + frame[at + 1 :]

    def cut(self, frame: bytes) -> bytes:
        """End early."""
        return frame[: self._chance.randint(0, len(frame))]

    def drop(self, frame: bytes) -> bytes:
        """Leave some bytes out."""
        at = self._place(frame)
        return frame[:at] + frame[at + self._chance.randint(1, 8) :]

    def insert(self, frame: bytes) -> bytes:
        """Add random bytes."""
        at = self._place(frame)
        return frame[:at] + self._chance.randbytes(self._chance.randint(1, 8)) + frame[at:]

    def lie(self, frame: bytes) -> bytes:
        """Put a number that means much where another stood."""
        at = self._place(frame)
        return frame[:at] + write_var_uint(self._chance.choice(_NUMBERS)) + frame[at + 1 :]

    def repeat(self, frame: bytes) -> bytes:
        """Double a part."""
        at = self._place(frame)
        part = frame[at : at + self._chance.randint(1, 40)]
        return frame[:at] + part * self._chance.randint(2, 4) + frame[at + len(part) :]

    def splice(self, frame: bytes) -> bytes:
        """Begin as one frame and end as another."""
        other = self._chance.choice(self._seeds)
        return frame[: self._place(frame)] + other[self._place(other) :]

    def _place(self, frame: bytes) -> int:
        return self._chance.randrange(len(frame)) if frame else 0


_MUTATIONS: Final = (
    Mutator.flip,
    Mutator.cut,
    Mutator.drop,
    Mutator.insert,
    Mutator.lie,
    Mutator.repeat,
    Mutator.splice,
)
