"""Which cell of one version of a notebook is which cell of another."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, TypeAlias

from jupyter_tandem.core.difference import changes

Cell: TypeAlias = Mapping[str, Any]

_RESEMBLANCE: Final = 0.5
"""Ratio from which two cells without ids count as one that was edited."""

_TRIES: Final = 20
"""Cells a changed one is compared with; people change some cells between two saves, not hundreds."""


def align(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
    """Match cells of two versions: index in ``new`` to index in ``old``, one to one.

    Cells with the same id are the same. Of the rest, equal type and source in the same order are the same;
    and where ids are missing on one side, cells between the same neighbours that resemble each other.
    Ids must be unique within each version.
    """
    matched = _by_id(old, new)
    _by_source(old, new, matched)
    if any("id" not in cell for cell in (*old, *new)):
        _by_resemblance(old, new, matched)
    return matched


def _by_id(old: Sequence[Cell], new: Sequence[Cell]) -> dict[int, int]:
    index_of = {cell["id"]: index for index, cell in enumerate(old) if "id" in cell}
    return {
        index: index_of[cell["id"]] for index, cell in enumerate(new) if cell.get("id") in index_of
    }


def _by_source(old: Sequence[Cell], new: Sequence[Cell], matched: dict[int, int]) -> None:
    old_rest, new_rest = _rest(old, new, matched)
    if not old_rest or not new_rest:
        return
    old_keys = [_key(old[index]) for index in old_rest]
    new_keys = [_key(new[index]) for index in new_rest]
    i = j = 0
    for change in changes(old_keys, new_keys):
        while j < change.new_start:
            matched[new_rest[j]] = old_rest[i]
            i, j = i + 1, j + 1
        i, j = change.end, change.new_end
    while j < len(new_rest):
        matched[new_rest[j]] = old_rest[i]
        i, j = i + 1, j + 1


def _by_resemblance(old: Sequence[Cell], new: Sequence[Cell], matched: dict[int, int]) -> None:
    """Match what is left between the same neighbours, in order."""
    old_rest, _ = _rest(old, new, matched)
    ceiling = _ceilings(matched, len(old), len(new))
    floor = -1
    for index in range(len(new)):
        if index in matched:
            floor = max(floor, matched[index])
            continue
        start = bisect_right(old_rest, floor)
        end = bisect_left(old_rest, ceiling[index])
        for candidate in old_rest[start : min(end, start + _TRIES)]:
            if _resemble(old[candidate], new[index]):
                matched[index] = floor = candidate
                break


def _ceilings(matched: Mapping[int, int], old_end: int, new_end: int) -> list[int]:
    """For each index in new the first index in old that a later cell is matched to."""
    ceilings = [old_end] * new_end
    lowest = old_end
    for index in reversed(range(new_end)):
        ceilings[index] = lowest
        lowest = min(lowest, matched.get(index, old_end))
    return ceilings


def _rest(
    old: Sequence[Cell], new: Sequence[Cell], matched: Mapping[int, int]
) -> tuple[list[int], list[int]]:
    taken = set(matched.values())
    return (
        [index for index in range(len(old)) if index not in taken],
        [index for index in range(len(new)) if index not in matched],
    )


def _key(cell: Cell) -> tuple[str, str]:
    return cell["cell_type"], cell["source"]


def _resemble(old: Cell, new: Cell) -> bool:
    if "id" in old and "id" in new:
        return False
    if old["cell_type"] != new["cell_type"]:
        return False
    before, after = old["source"], new["source"]
    if before and after and (before.startswith(after) or after.startswith(before)):
        return True
    matcher = SequenceMatcher(None, before, after)
    return matcher.real_quick_ratio() >= _RESEMBLANCE and matcher.quick_ratio() >= _RESEMBLANCE
