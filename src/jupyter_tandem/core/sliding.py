"""Says two sides' changes of one text so that they can be compared.

A line inserted between equal lines can be said to be inserted before or after them, and each side's difference may
choose another of these places. Where both sides can mean one place, they are made to say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_tandem.core.difference import Change, changes


def comparable_changes(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> tuple[list[Change], list[Change]]:
    """The changes that make ``ours`` and ``theirs`` of ``base``."""
    our_changes, their_changes = changes(base, ours), changes(base, theirs)
    our_room, their_room = _rooms(base, ours, our_changes), _rooms(base, theirs, their_changes)
    i = j = 0
    while i < len(our_changes) and j < len(their_changes):
        one, other = our_room[i], their_room[j]
        low, high = max(one.low, other.low), min(one.high, other.high)
        if one.size == other.size and low <= high:
            our_changes[i] = _moved(our_changes[i], low)
            their_changes[j] = _moved(their_changes[j], low)
            i, j = i + 1, j + 1
        elif one.high <= other.high:
            i += 1
        else:
            j += 1
    return our_changes, their_changes


@dataclass(frozen=True, slots=True)
class _Room:
    """Where a change can be said to start: from ``low`` to ``high``; ``size`` lines of the base are removed
    (-1: something is inserted as well, and the change can only be where it is).
    """

    low: int
    high: int
    size: int


def _rooms(base: Sequence[str], side: Sequence[str], own: Sequence[Change]) -> list[_Room]:
    rooms: list[_Room] = []
    floor = 0
    for index, change in enumerate(own):
        ceiling = own[index + 1].start if index + 1 < len(own) else len(base)
        rooms.append(_room(base, side, change, floor, ceiling))
        floor = change.end
    return rooms


def _room(
    base: Sequence[str], side: Sequence[str], change: Change, floor: int, ceiling: int
) -> _Room:
    inserts = change.new_start != change.new_end
    if inserts and change.start != change.end:
        return _Room(change.start, change.start, -1)
    lines = side if inserts else base
    first, last = (change.new_start, change.new_end) if inserts else (change.start, change.end)
    up = 0
    while change.start - up > floor and base[change.start - up - 1] == lines[last - up - 1]:
        up += 1
    down = 0
    while change.end + down < ceiling and base[change.end + down] == lines[first + down]:
        down += 1
    return _Room(change.start - up, change.start + down, change.end - change.start)


def _moved(change: Change, start: int) -> Change:
    by = start - change.start
    return Change(start, change.end + by, change.new_start + by, change.new_end + by)
