"""The order of cells that come from two versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def merge_order(ours: Sequence[T], theirs: Sequence[T], *, follow_second: bool) -> list[T]:
    """All items of both sequences, each once.

    Items in both keep the order of ``ours`` (of ``theirs`` with ``follow_second``). An item of one sequence
    only comes after the one it follows there; where both have one at the same place, ours comes first.
    Items are the same when they are the same object; none is in a sequence twice.
    """
    first, second = (theirs, ours) if follow_second else (ours, theirs)
    in_first = {id(item) for item in first}
    in_second = {id(item) for item in second}
    follower = _run_ends(first, in_second) if not follow_second else {}
    inserted: dict[int, list[T]] = {}
    anchor = follower.get(0, 0)
    for item in second:
        if id(item) in in_first:
            anchor = follower.get(id(item), id(item))
        else:
            inserted.setdefault(anchor, []).append(item)
    merged = list(inserted.get(0, ()))
    for item in first:
        merged.append(item)
        merged += inserted.get(id(item), ())
    return merged


def _run_ends(items: Sequence[T], shared: set[int]) -> dict[int, int]:
    """For each shared item, and for 0 (the beginning), the last of the unshared items right behind it."""
    ends: dict[int, int] = {}
    last_shared = 0
    for item in items:
        if id(item) in shared:
            last_shared = id(item)
        else:
            ends[last_shared] = id(item)
    return ends
