"""The shared cells of a notebook, found and read without reading what they have printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, TypeVar

from pycrdt import Array, Map, Subscription

# What is behind the library's own shared types; only their wrappers are exported.
from pycrdt._pycrdt import Map as HeldMap
from pycrdt._pycrdt import Text as HeldText

from jupyter_tandem.core.document.cell_code import CellCode
from jupyter_tandem.core.document.json_form import as_json

T = TypeVar("T")

_STEPS: Final = 5_000_000
"""The library counts from the first cell to find one, 10 ns for each: so many together take 50 ms."""

_ONE_BY_ONE: Final = 20_000
"""With more cells than that finding each of them takes longer than anybody waits for."""


class CellRow:
    """Knows in which order the cells are, by their ids, and reads single ones.

    The library tells which cells come and go; their ids are kept. They say where a cell should be, not that it is there:
    a cell may be given another id. Shared cells themselves are not kept: the library frees those that are deleted.

    Not safe for use by several threads at once. Must be closed, as every subscription.
    """

    __slots__ = ("_cells", "_ids", "_subscription")

    def __init__(self, cells: Array[Any]) -> None:
        """Follow ``cells`` from now on; there must be none yet."""
        self._cells = cells
        self._ids: list[Any] | None = []
        self._subscription: Subscription | None = cells.integrated.observe(self._note)

    def close(self) -> None:
        """Follow them no more; again does nothing."""
        self._ids = None
        if self._subscription is not None:
            self._subscription.drop()
            self._subscription = None

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self._cells)

    def ids(self) -> list[Any]:
        """What each cell had for an id when it came, as it seems; ``None`` where it had none."""
        if self._ids is None or len(self._ids) != len(self._cells):
            self._ids = self.ids_now()
        return self._ids

    def ids_now(self) -> list[Any]:
        """The id of each cell. Where finding all would take longer than 50 ms everything is read instead."""
        with self._cells.doc.transaction() as transaction:
            inside: Any = transaction._txn  # noqa: SLF001
            count = self._cells.integrated.len(inside)
            if count * count // 2 <= _STEPS:
                self._ids = [_value(self._at(n, inside), "id", inside) for n in range(count)]
            else:
                self._ids = [_id_in(cell) for cell in as_json(self._cells)]
        return self._ids

    def at(self, place: int) -> Map[Any] | None:
        """The cell at ``place``, for one use within this turn; ``None``: there is none, or it is no shared cell."""
        with self._cells.doc.transaction() as transaction:
            found = self._at(place, transaction._txn)  # noqa: SLF001
        return Map(_doc=self._cells.doc, _integrated=found) if isinstance(found, HeldMap) else None

    def id_at(self, place: int) -> Any:
        """The id of the cell at ``place``; ``None`` where there is no shared cell, or it has none."""
        with self._cells.doc.transaction() as transaction:
            return _value(self._at(place, transaction._txn), "id", transaction._txn)  # noqa: SLF001

    def codes(self, places: Collection[int]) -> dict[int, tuple[Any, CellCode | None]]:
        """The ids of the cells at ``places``, and their code where they are code.

        Where finding so many would take longer than 50 ms everything is read instead.
        """
        if sum(places) > _STEPS:
            listed = as_json(self._cells)
            there = [place for place in places if 0 <= place < len(listed)]
            return {place: (_id_in(listed[place]), _code_in(listed[place])) for place in there}
        with self._cells.doc.transaction() as transaction:
            inside = transaction._txn  # noqa: SLF001
            cells = {place: self._at(place, inside) for place in places}
            return {
                place: (_value(cell, "id", inside), _code(cell, inside))
                for place, cell in cells.items()
                if isinstance(cell, HeldMap)
            }

    def read(self, of_cell: Callable[[Any], T], *, one_by_one: bool) -> list[T]:
        """What ``of_cell`` makes of the JSON of each cell.

        Bytes become lists of numbers, ``undefined`` and numbers that are not finite become ``None``.

        Args:
            of_cell: Is given each cell in turn.
            one_by_one: Whether other threads are to get on between two cells: for each the library counts from the first.
        """
        found: list[T] = []
        with self._cells.doc.transaction() as transaction:
            inside: Any = transaction._txn  # noqa: SLF001
            count = self._cells.integrated.len(inside)
            for place in range(count if one_by_one and count <= _ONE_BY_ONE else 0):
                cell = self._at(place, inside)
                if not isinstance(cell, HeldMap):
                    break
                found.append(of_cell(json.loads(cell.to_json(inside))))
        if len(found) < count:
            # What a faulty client put there lies among them: the library knows what it is as JSON.
            found += [of_cell(cell) for cell in as_json(self._cells)[len(found) :]]
        return found

    # -- inside ----------------------------------------------------------------

    def _at(self, place: int, inside: Any) -> Any:
        cells = self._cells.integrated
        return cells.get(inside, place) if 0 <= place < cells.len(inside) else None

    def _note(self, event: Any) -> None:
        # Whatever goes wrong in here, they are read anew when they are wanted.
        ids, self._ids = self._ids, None
        if ids is not None:
            _follow(ids, event.delta, event.transaction)
            self._ids = ids


def _follow(ids: list[Any], delta: Iterable[Mapping[str, Any]], inside: Any) -> None:
    at = 0
    for part in delta:
        if "insert" in part:
            ids[at:at] = [_value(cell, "id", inside) for cell in part["insert"]]
            at += len(part["insert"])
        elif "delete" in part:
            del ids[at : at + part["delete"]]
        else:
            at += part["retain"]


def _id_in(cell: Any) -> Any:
    return cell.get("id") if isinstance(cell, dict) else None


def _code_in(cell: Any) -> CellCode | None:
    """What the JSON of a cell asks for; ``None`` where it is not code."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    metadata, source = cell.get("metadata"), cell.get("source", "")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return CellCode.of(source, tags) if isinstance(source, str) else None


def _code(cell: Any, inside: Any) -> CellCode | None:
    """The same of a shared cell."""
    if _value(cell, "cell_type", inside) != "code":
        return None
    source = _value(cell, "source", inside)
    if isinstance(source, HeldText):
        source = source.get_string(inside)
    tags = _value(_value(cell, "metadata", inside), "tags", inside)
    # Nobody shares a list of tags for others to edit; as JSON it is one all the same.
    tags = json.loads(tags.to_json(inside)) if hasattr(tags, "to_json") else tags
    found = "" if source is None else source
    return CellCode.of(found, tags) if isinstance(found, str) else None


def _value(shared: Any, key: str, inside: Any) -> Any:
    if isinstance(shared, dict):
        return shared.get(key)
    if not isinstance(shared, HeldMap):
        return None
    try:
        return shared.get(inside, key)
    except ValueError:
        # It has no such key.
        return None
