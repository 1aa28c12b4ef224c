"""A shared notebook: ``cells``: Array of cells, ``meta``: Map{nbformat, nbformat_minor, metadata: Map}."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pycrdt import Array, Doc, Map

from jupyter_tandem.core.alignment import align
from jupyter_tandem.core.document.cell import new_cell, read_cell, write_cell, write_map
from jupyter_tandem.core.notebook_form import (
    IDS_SINCE_MINOR,
    NBFORMAT,
    PLACEHOLDERS,
    TRUSTED,
    fresh_id,
    identify_cells,
    normalise_cell,
)

_METADATA: Final = "metadata"


class SharedNotebook:
    """Reads and writes the notebook in a CRDT document."""

    __slots__ = ("_crdt",)

    def __init__(self, crdt: Doc[Any]) -> None:
        self._crdt = crdt

    def roots(self) -> dict[str, Any]:
        """The shared types, for comparing peers."""
        return {"cells": self._cells().to_py(), "meta": self._meta().to_py()}

    def read(self) -> dict[str, Any]:
        """The notebook; not yet in normal form."""
        meta = self._meta().to_py() or {}
        cells = [read_cell(shared) for shared in self._cells()]
        return {
            "cells": [cell for cell in cells if cell is not None],
            "metadata": meta.get(_METADATA),
            "nbformat": int(meta.get("nbformat", NBFORMAT)),
            "nbformat_minor": int(meta.get("nbformat_minor", IDS_SINCE_MINOR)),
        }

    def write(self, wanted: Mapping[str, Any]) -> None:
        """Make the shared notebook hold ``wanted`` (in normal form)."""
        self._write_meta(wanted)
        self._write_cells(wanted["cells"])

    def strip_trust(self) -> None:
        """Remove the key that makes JupyterLab run outputs from every cell's metadata."""
        for cell in self._cells():
            metadata = cell.get(_METADATA) if isinstance(cell, Map) else None
            if isinstance(metadata, Map) and TRUSTED in metadata:
                del metadata[TRUSTED]
            elif isinstance(metadata, dict) and TRUSTED in metadata:
                cell[_METADATA] = Map({k: v for k, v in metadata.items() if k != TRUSTED})

    def _cells(self) -> Array[Any]:
        cells: Array[Any] = self._crdt.get("cells", type=Array)
        return cells

    def _meta(self) -> Map[Any]:
        meta: Map[Any] = self._crdt.get("meta", type=Map)
        return meta

    def _write_meta(self, wanted: Mapping[str, Any]) -> None:
        meta = self._meta()
        held = meta.to_py() or {}
        for key in ("nbformat", "nbformat_minor"):
            if held.get(key) != wanted[key]:
                meta[key] = wanted[key]
        metadata = {**PLACEHOLDERS, **wanted[_METADATA]}
        shared = meta.get(_METADATA)
        if isinstance(shared, Map):
            write_map(shared, metadata)
        else:
            meta[_METADATA] = Map(metadata)

    def _write_cells(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Update cells in place, keep the longest run that is in order, delete and insert the rest."""
        shared = self._cells()
        cells = list(shared)
        held = [_held_cell(cell) for cell in cells]
        matched = _matching(held, wanted)
        staying = set(_longest_increasing([matched[index] for index in sorted(matched)]))
        for index, old in matched.items():
            if old in staying:
                write_cell(cells[old], held[old], {"id": held[old].get("id"), **wanted[index]})
        _delete_all_but(shared, staying)
        taken = {cell["id"] for cell in (*held, *wanted) if "id" in cell}
        for index, cell in enumerate(wanted):
            moved = matched.get(index, -1)
            if moved in staying:
                continue
            cell_id = cell.get("id") or (held[moved].get("id") if moved >= 0 else None)
            if not cell_id:
                cell_id = fresh_id(taken, self._crdt.client_id, index)
                taken.add(cell_id)
            shared.insert(index, new_cell({**cell, "id": cell_id}))


def _held_cell(shared: Any) -> dict[str, Any]:
    """The normal form of a shared cell; of something else, a cell that matches nothing."""
    cell = read_cell(shared)
    return normalise_cell(cell if cell is not None else {"cell_type": ""})


def _matching(held: list[dict[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Which held cell becomes which wanted one; a cell that changes its type is made anew."""
    identified = identify_cells(held)
    present = [index for index, cell in enumerate(identified) if cell is not None]
    versions = [cell for cell in identified if cell is not None]
    return {
        index: present[old]
        for index, old in align(versions, wanted).items()
        if versions[old]["cell_type"] == wanted[index]["cell_type"]
    }


def _delete_all_but(shared: Array[Any], staying: set[int]) -> None:
    end = len(shared)
    while end:
        start = end
        while start and start - 1 not in staying:
            start -= 1
        if start < end:
            del shared[start:end]
        end = start - 1 if start else 0


def _longest_increasing(numbers: Sequence[int]) -> list[int]:
    """A longest increasing subsequence of distinct numbers (patience sorting)."""
    tails: list[int] = []
    tail_at: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        pile = bisect_left(tails, number)
        before.append(tail_at[pile - 1] if pile else -1)
        if pile == len(tails):
            tails.append(number)
            tail_at.append(index)
        else:
            tails[pile] = number
            tail_at[pile] = index
    run: list[int] = []
    index = tail_at[-1] if tail_at else -1
    while index >= 0:
        run.append(numbers[index])
        index = before[index]
    return run[::-1]
