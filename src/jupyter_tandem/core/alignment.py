"""Which cell of one version of a notebook is which cell of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, TypeAlias

from jupyter_tandem.core.difference import changes

Cell: TypeAlias = Mapping[str, Any]

_RESEMBLANCE = 0.5
"""Ratio from which two cells without ids count as one that was edited."""


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
    old_rest, new_rest = _rest(old, new, matched)
    anchors = sorted(matched.items())
    for index in new_rest:
        low = max((o for n, o in anchors if n < index), default=-1)
        high = min((o for n, o in anchors if n > index), default=len(old))
        for candidate in old_rest:
            if low < candidate < high and _resemble(old[candidate], new[index]):
                matched[index] = candidate
                old_rest.remove(candidate)
                anchors.append((index, candidate))
                break


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
    matcher = SequenceMatcher(None, old["source"], new["source"])
    return matcher.real_quick_ratio() >= _RESEMBLANCE and matcher.quick_ratio() >= _RESEMBLANCE
