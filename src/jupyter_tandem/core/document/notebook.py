"""A shared notebook: ``cells``: Array of cells, ``meta``: Map{nbformat, nbformat_minor, metadata: Map}."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from pycrdt import Array, Doc, Map

from jupyter_tandem.core.alignment import align
from jupyter_tandem.core.document.cell import is_cell, new_cell, write_cell, write_map
from jupyter_tandem.core.document.cell_row import CellRow
from jupyter_tandem.core.document.json_form import as_json
from jupyter_tandem.core.document.source_scan import SourceScan
from jupyter_tandem.core.document.trust_scan import TrustScan
from jupyter_tandem.core.notebook_form import (
    IDS_SINCE_MINOR,
    NBFORMAT,
    PLACEHOLDERS,
    fresh_id,
    identify_cells,
    normalise_cell,
)
from jupyter_tandem.core.value import same_value, weight
from jupyter_tandem.protocol.portions import PORTION_BYTES

T = TypeVar("T")

_METADATA: Final = "metadata"
_LAST_MINOR: Final = 99
"""No format 4 will get there; beyond, somebody wrote nonsense."""
_FREED_AT_ONCE: Final = 100
"""Cells whose memory is freed in one step, of some 1.5 ms."""
_NO_CELL: Final[dict[str, Any]] = {"cell_type": ""}
"""Stands for something in the list of cells that is none; it matches no cell."""


class SharedNotebook:
    """Reads and writes the notebook in a CRDT document.

    Attributes:
        row: Its cells.
        large: Whether cells are read one by one, between which other threads get on.
    """

    __slots__ = ("_crdt", "large", "row")

    def __init__(self, crdt: Doc[Any]) -> None:
        """``crdt`` holds no cells yet."""
        self._crdt = crdt
        self.row = CellRow(self.cells())
        self.large = False

    def close(self) -> None:
        """See :class:`.shared.Shared`."""
        self.row.close()

    def take_apart(self) -> None:
        """Take out many cells, a few at a time: the library frees all that is still there in one go."""
        cells = self.cells()
        left = len(cells)
        while left > _FREED_AT_ONCE:
            # From the beginning: finding a place takes time in proportion to its index.
            del cells[:_FREED_AT_ONCE]
            left -= _FREED_AT_ONCE

    def roots(self) -> dict[str, Any]:
        """The shared types, for comparing peers."""
        return {"cells": self._read(_itself), "meta": as_json(self.meta())}

    def read(self, of_cell: Callable[[dict[str, Any]], Any] | None = None) -> dict[str, Any]:
        """The notebook; not yet in normal form. What a faulty client wrote does not make it unreadable.

        Args:
            of_cell: What is wanted of a cell; everything when left out.
        """

        def take(cell: Any) -> Any:
            if not is_cell(cell):
                return _NO_CELL
            return cell if of_cell is None else of_cell(cell)

        cells = [cell for cell in self._read(take) if cell is not _NO_CELL]
        meta = as_json(self.meta())
        metadata, minor = meta.get(_METADATA), meta.get("nbformat_minor")
        return {
            "cells": cells,
            "metadata": metadata if isinstance(metadata, dict) else {},
            "nbformat": NBFORMAT,
            "nbformat_minor": minor if _is_minor(minor) else IDS_SINCE_MINOR,
        }

    def writer(self, wanted: Mapping[str, Any]) -> Callable[[], None]:
        """What makes the shared notebook hold ``wanted`` (in normal form), in a transaction."""
        return lambda: self._write(wanted)

    def fillers(self, wanted: Mapping[str, Any]) -> Iterator[Callable[[], None]]:
        """What makes an empty shared notebook hold ``wanted`` (in normal form), each in a transaction of its own.

        Cells are taken out of ``wanted`` as they go in: two of a large one take much memory.
        """
        cells: list[Any] = wanted["cells"]
        if sum(map(weight, cells)) < 2 * PORTION_BYTES:
            yield self.writer(wanted)
            return
        yield lambda: self._write_meta(wanted)
        left = self._identified([], cells, {})
        cells.clear()
        self.large = True
        while left:
            yield lambda: self._insert_last(left)

    def _insert_last(self, left: list[Mapping[str, Any]]) -> None:
        """Put cells from the end of ``left`` to the beginning, as many as make a portion."""
        shared, room = self.cells(), PORTION_BYTES
        while left and room > 0:
            room -= weight(left[-1])
            shared.insert(0, new_cell(left.pop()))

    def _read(self, of_cell: Callable[[Any], T]) -> list[T]:
        return self.row.read(of_cell, one_by_one=self.large)

    def _write(self, wanted: Mapping[str, Any]) -> None:
        self._write_meta(wanted)
        self._write_cells(wanted["cells"])

    def watch_trust(self) -> TrustScan:
        """Look at what the next transactions put into cells."""
        return TrustScan(self.cells())

    def watch_sources(self) -> SourceScan:
        """Look at what the next transactions change in the sources of cells."""
        return SourceScan(self.cells())

    def cells(self) -> Array[Any]:
        """The shared list of cells."""
        cells: Array[Any] = self._crdt.get("cells", type=Array)
        return cells

    def meta(self) -> Map[Any]:
        """What the notebook says of itself."""
        meta: Map[Any] = self._crdt.get("meta", type=Map)
        return meta

    def _write_meta(self, wanted: Mapping[str, Any]) -> None:
        meta = self.meta()
        held = as_json(meta)
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
        shared = self.cells()
        held = self._read(_normal)
        matched = _matching(held, wanted)
        staying = set(_longest_increasing([matched[index] for index in sorted(matched)]))
        for index, old in matched.items():
            if old in staying:
                _rewrite(shared, old, held[old], {"id": held[old].get("id"), **wanted[index]})
        _delete_all_but(shared, staying)
        missing = [index for index in range(len(wanted)) if matched.get(index, -1) not in staying]
        cells = self._identified(held, wanted, matched)
        for run in _runs(missing):
            # Backwards at one place: finding the place takes time in proportion to its index.
            for index in reversed(run):
                shared.insert(run[0], new_cell(cells[index]))

    def _identified(
        self,
        held: Sequence[Mapping[str, Any]],
        wanted: Sequence[Mapping[str, Any]],
        matched: Mapping[int, int],
    ) -> list[Mapping[str, Any]]:
        """The wanted cells with ids: their own, else of the cell they were, else new ones."""
        taken = {cell["id"] for cell in (*held, *wanted) if "id" in cell}
        cells: list[Mapping[str, Any]] = []
        for index, cell in enumerate(wanted):
            before = held[matched[index]] if index in matched else {}
            cell_id = cell.get("id") or before.get("id")
            if not cell_id:
                cell_id = fresh_id(taken, self._crdt.client_id, index)
                taken.add(cell_id)
            cells.append({**cell, "id": cell_id})
        return cells


def _itself(cell: Any) -> Any:
    return cell


def _normal(cell: Any) -> dict[str, Any]:
    return normalise_cell(cell if is_cell(cell) else _NO_CELL)


def _is_minor(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST_MINOR


def _rewrite(
    shared: Array[Any], index: int, held: Mapping[str, Any], wanted: Mapping[str, Any]
) -> None:
    if same_value(held, wanted):
        return
    cell = shared[index]
    if isinstance(cell, Map):
        write_cell(cell, held, wanted)
    else:
        del shared[index]
        shared.insert(index, new_cell(wanted))


def _runs(indices: Sequence[int]) -> Iterator[list[int]]:
    """Stretches of consecutive numbers."""
    run: list[int] = []
    for index in indices:
        if run and index != run[-1] + 1:
            yield run
            run = []
        run.append(index)
    if run:
        yield run


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
