"""Three-way merge of notebooks by cell (docs/spec/merge.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.core.alignment import align
from jupyter_tandem.core.conflict import Conflict, Kept
from jupyter_tandem.core.content import reduced_cell
from jupyter_tandem.core.merge_cell import merge_cell
from jupyter_tandem.core.merge_order import merge_order
from jupyter_tandem.core.merge_value import merge_mapping
from jupyter_tandem.core.notebook_form import has_ids, identify_cells, without_id
from jupyter_tandem.core.value import same_value

Notebook = dict[str, Any]
Cell = dict[str, Any]

_MINOR: Final = "nbformat_minor"


def merge_notebook(
    base: Notebook | None, ours: Notebook, theirs: Notebook
) -> tuple[Notebook, tuple[Conflict, ...]]:
    """Merge two notebooks in normal form; ``base`` may be a reduced one."""
    conflicts: list[Conflict] = []
    merged = _merge_header(base, ours, theirs, conflicts)
    base_cells: list[Cell] = base["cells"] if base is not None else []
    cells = _merge_cells(base_cells, ours["cells"], theirs["cells"], conflicts)
    if has_ids(merged):
        merged["cells"] = [cell for cell in identify_cells(cells) if cell is not None]
    else:
        merged["cells"] = [without_id(cell) for cell in cells]
    return merged, tuple(conflicts)


def _merge_header(
    base: Notebook | None, ours: Notebook, theirs: Notebook, conflicts: list[Conflict]
) -> Notebook:
    """Everything beside the cells. Of two new format versions the higher holds the content of both."""
    before, our_part, their_part = (
        {key: value for key, value in (version or {}).items() if key != "cells"}
        for version in (base, ours, theirs)
    )
    if before.get(_MINOR) not in (ours[_MINOR], theirs[_MINOR]):
        our_part[_MINOR] = their_part[_MINOR] = max(ours[_MINOR], theirs[_MINOR])
    return merge_mapping(
        before,
        our_part,
        their_part,
        "",
        lambda path: conflicts.append(Conflict("", path, Kept.OURS)),
    )


@dataclass(slots=True)
class _Versions:
    """One cell as each side has it; ``None`` where it is not there."""

    base: Cell | None = None
    ours: Cell | None = None
    theirs: Cell | None = None


def _merge_cells(
    base: list[Cell], ours: list[Cell], theirs: list[Cell], conflicts: list[Conflict]
) -> list[Cell]:
    our_base, their_base = align(base, ours), align(base, theirs)
    partner = _partners(ours, theirs, our_base, their_base)
    our_order = [
        _Versions(base[our_base[index]] if index in our_base else None, cell)
        for index, cell in enumerate(ours)
    ]
    their_order: list[_Versions] = []
    for index, cell in enumerate(theirs):
        if index in partner:
            versions = our_order[partner[index]]
            versions.theirs = cell
        else:
            versions = _Versions(
                base[their_base[index]] if index in their_base else None, None, cell
            )
        their_order.append(versions)
    return _arranged(our_order, their_order, our_base, their_base, conflicts)


def _arranged(
    our_order: Sequence[_Versions],
    their_order: Sequence[_Versions],
    our_base: Mapping[int, int],
    their_base: Mapping[int, int],
    conflicts: list[Conflict],
) -> list[Cell]:
    we_moved, they_moved = _moved(our_base), _moved(their_base)
    order = merge_order(our_order, their_order, follow_second=they_moved and not we_moved)
    if we_moved and they_moved and _common(our_order) != _common(their_order):
        conflicts.append(Conflict("", "order", Kept.OURS))
    merged = [_merge_versions(versions, conflicts) for versions in order]
    return [cell for cell in merged if cell is not None]


def _merge_versions(versions: _Versions, conflicts: list[Conflict]) -> Cell | None:
    """The merged cell; ``None`` where one side deleted it and the other left it as it was."""
    if versions.ours is not None and versions.theirs is not None:
        return merge_cell(versions.base, versions.ours, versions.theirs, conflicts)
    cell = versions.ours if versions.ours is not None else versions.theirs
    if cell is None or versions.base is None:
        return cell
    if same_value(reduced_cell(cell), reduced_cell(versions.base)):
        return None
    kept = Kept.OURS if versions.ours is not None else Kept.THEIRS
    conflicts.append(Conflict(cell.get("id", ""), "cell", kept))
    return cell


def _partners(
    ours: list[Cell],
    theirs: list[Cell],
    our_base: Mapping[int, int],
    their_base: Mapping[int, int],
) -> dict[int, int]:
    """Index in theirs to index in ours of the same cell: through the base, else added on both sides."""
    from_base = {old: index for index, old in our_base.items()}
    partner = {index: from_base[old] for index, old in their_base.items() if old in from_base}
    our_new = [index for index in range(len(ours)) if index not in our_base]
    their_new = [index for index in range(len(theirs)) if index not in their_base]
    added = align([ours[index] for index in our_new], [theirs[index] for index in their_new])
    for index, our_index in added.items():
        ours_at, theirs_at = our_new[our_index], their_new[index]
        if ours[ours_at]["cell_type"] == theirs[theirs_at]["cell_type"]:
            partner[theirs_at] = ours_at
    return partner


def _moved(to_base: Mapping[int, int]) -> bool:
    places = [to_base[index] for index in sorted(to_base)]
    return places != sorted(places)


def _common(order: Sequence[_Versions]) -> list[int]:
    return [
        id(versions)
        for versions in order
        if versions.ours is not None and versions.theirs is not None
    ]
