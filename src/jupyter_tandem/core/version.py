"""A document's versions: its journal entries, gathered into steps that a person would tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PAUSE_S: Final = 10.0
"""A pause this long between two edits begins a new version."""

LONGEST_S: Final = 60.0
"""One version holds at most a minute of steady typing."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and by whom an entry was made."""

    sequence: int
    author: str
    at: float


@dataclass(frozen=True, slots=True)
class Version:
    """The document as it was after the entry ``sequence``, made at ``at`` (Unix seconds)."""

    sequence: int
    at: float


def versions(stamps: Iterable[Stamp]) -> list[Version]:
    """Gather entries, given in order of sequence, into versions; the last entry always ends one.

    Times only group; a clock that steps back makes more versions, never a wrong order.
    """
    found: list[Version] = []
    first: Stamp | None = None
    last: Stamp | None = None
    for stamp in stamps:
        if first is not None and last is not None and _apart(first, last, stamp):
            found.append(Version(last.sequence, last.at))
            first = stamp
        first = first or stamp
        last = stamp
    if last is not None:
        found.append(Version(last.sequence, last.at))
    return found


def _apart(first: Stamp, last: Stamp, stamp: Stamp) -> bool:
    if stamp.author != last.author:
        return True
    return not (0 <= stamp.at - last.at < PAUSE_S and stamp.at - first.at < LONGEST_S)
