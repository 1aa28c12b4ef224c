"""The shared cells of a notebook, each of them at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeGuard, TypeVar

from pycrdt import Array, Map, Subscription

# What is behind the library's own shared types; only their wrappers are exported.
from pycrdt._pycrdt import Map as HeldMap
from pycrdt._pycrdt import Text as HeldText

from jupyter_tandem.core.document.cell_code import CellCode
from jupyter_tandem.core.document.guard import CrdtGuard
from jupyter_tandem.core.document.json_form import as_json

T = TypeVar("T")


class CellRow:
    """Has every shared cell of a notebook in its hand, in order.

    The library counts from the first cell to find one, which takes 50 µs in ten thousand, and what it returns costs
    some microseconds more. It tells which cells come and go, and with each new one gives a hold on it: these are
    kept. A cell that was deleted must never be touched again, since the library frees it when the transaction ends.
    It tells of the deletion before that, so what is kept is safe at any time. In the middle of a transaction that has
    put in or taken out cells it is out of date: where the count does not agree, cells are counted out as before, and
    likewise when the library has failed.

    Not safe for use by several threads at once. Must be closed, as every subscription.
    """

    __slots__ = ("_cells", "_guard", "_held", "_subscription")

    def __init__(self, cells: Array[Any], guard: CrdtGuard) -> None:
        """Hold the cells in ``cells`` from now on; there must be none yet. ``guard`` knows whether the library failed."""
        self._cells = cells
        self._guard = guard
        self._held: list[Any] | None = []
        self._subscription: Subscription | None = cells.integrated.observe(self._note)

    def close(self) -> None:
        """Let go; again does nothing. Cells are counted out from now on."""
        self._held = None
        if self._subscription is not None:
            self._subscription.drop()
            self._subscription = None

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self._cells)

    def at(self, place: int) -> Map[Any] | None:
        """The cell at ``place``, for one use within this turn; ``None``: there is none, or it is no shared cell."""
        with self._cells.doc.transaction() as transaction:
            held = self._at(place, transaction._txn)  # noqa: SLF001
        return Map(_doc=self._cells.doc, _integrated=held) if isinstance(held, HeldMap) else None

    def value(self, place: int, key: str) -> Any:
        """What the cell at ``place`` has under ``key``; ``None`` where it has nothing or there is no such cell."""
        with self._cells.doc.transaction() as transaction:
            return _value(self._at(place, transaction._txn), key, transaction._txn)  # noqa: SLF001

    def values(self, key: str) -> list[Any]:
        """What each cell has under ``key``: 0.4 µs each."""
        with self._cells.doc.transaction() as transaction:
            inside = transaction._txn  # noqa: SLF001
            return [_value(cell, key, inside) for cell in self._all(inside)]

    def codes(self, places: Collection[int]) -> dict[int, CellCode]:
        """What those cells at ``places`` ask for that are code: 3 µs each.

        Raises:
            IndexError: there are fewer cells.
        """
        found: dict[int, CellCode] = {}
        with self._cells.doc.transaction() as transaction:
            inside = transaction._txn  # noqa: SLF001
            held = self._all(inside)
            for place in places:
                cell = held[place]
                if _value(cell, "cell_type", inside) == "code":
                    source = _text(_value(cell, "source", inside), inside)
                    tags = _value(_value(cell, "metadata", inside), "tags", inside)
                    found[place] = CellCode.of(source, tags)
        return found

    def read(self, of_cell: Callable[[Any], T]) -> list[T]:
        """What ``of_cell`` makes of the JSON of each cell. Other threads get on between two of them.

        Bytes become lists of numbers, ``undefined`` and numbers that are not finite become ``None``.
        """
        with self._cells.doc.transaction() as transaction:
            inside = transaction._txn  # noqa: SLF001
            held = self._all(inside)
            if all(isinstance(cell, HeldMap) for cell in held):
                return [of_cell(json.loads(cell.to_json(inside))) for cell in held]
        # What a faulty client put there lies among them: the library knows what it is as JSON.
        return [of_cell(cell) for cell in as_json(self._cells)]

    # -- inside ----------------------------------------------------------------

    def _all(self, inside: Any) -> list[Any]:
        cells = self._cells.integrated
        held, count = self._held, cells.len(inside)
        if self._agrees(held, count):
            return held
        return [cells.get(inside, place) for place in range(count)]

    def _at(self, place: int, inside: Any) -> Any:
        cells = self._cells.integrated
        held, count = self._held, cells.len(inside)
        if not 0 <= place < count:
            return None
        if self._agrees(held, count):
            return held[place]
        return cells.get(inside, place)

    def _agrees(self, held: list[Any] | None, count: int) -> TypeGuard[list[Any]]:
        return held is not None and len(held) == count and not self._guard.tripped

    def _note(self, event: Any) -> None:
        # Whatever goes wrong in here, nothing that may be gone is kept.
        held, self._held = self._held, None
        if held is not None:
            _follow(held, event.delta)
            self._held = held


def _follow(held: list[Any], delta: Iterable[Mapping[str, Any]]) -> None:
    at = 0
    for part in delta:
        if "insert" in part:
            held[at:at] = part["insert"]
            at += len(part["insert"])
        elif "delete" in part:
            del held[at : at + part["delete"]]
        else:
            at += part["retain"]


def _value(held: Any, key: str, inside: Any) -> Any:
    if isinstance(held, dict):
        return held.get(key)
    if not isinstance(held, HeldMap):
        return None
    try:
        return held.get(inside, key)
    except ValueError:
        # It has no such key.
        return None


def _text(value: Any, inside: Any) -> str:
    if isinstance(value, HeldText):
        text: str = value.get_string(inside)
        return text
    return "" if value is None else str(value)
