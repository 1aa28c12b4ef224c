"""Tells which cells of a notebook changed since it was asked last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pycrdt import Array, Map, Subscription

from jupyter_tandem.core.document.cell import is_cell
from jupyter_tandem.core.document.cell_row import CellRow
from jupyter_tandem.core.document.guard import CrdtGuard
from jupyter_tandem.core.document.json_form import as_json

NEW: Final = -1
"""Place of a cell that was not there before."""


@dataclass(frozen=True, slots=True)
class CellPlaces:
    """How the cells of one moment came from those of an earlier one.

    Attributes:
        former: For each cell the place it had, or :data:`NEW`.
        changed: Places, as they were, of the cells that were changed since; those that are gone may be among them.
    """

    former: tuple[int, ...]
    changed: frozenset[int]

    def wanting(self) -> list[int]:
        """Places, as they are, of the cells that are new or were changed."""
        changed = self.changed
        return [place for place, was in enumerate(self.former) if was == NEW or was in changed]


class CellChanges:
    """Watches a notebook. Each transaction costs it some microseconds; must be closed, as every subscription."""

    __slots__ = ("_changed", "_former", "_guard", "_moved", "_row", "_strange", "_subscriptions")

    def __init__(self, cells: Array[Any], row: CellRow, meta: Map[Any], guard: CrdtGuard) -> None:
        """Watch from now on; every cell counts as it is. What the library fails at trips ``guard``."""
        self._row = row
        self._guard = guard
        # The library's own events: those that it wraps up in Python take ten times as long, for what is not wanted here.
        self._subscriptions: list[Subscription] = [
            cells.integrated.observe_deep(self._note),
            meta.integrated.observe_deep(self._note_meta),
        ]
        self.restart()

    def close(self) -> None:
        """Stop watching; again does nothing."""
        for subscription in self._subscriptions:
            subscription.drop()
        self._subscriptions.clear()

    def restart(self) -> int:
        """Let every cell count as it is now; returns how many there are."""
        self._former = list(range(self._count()))
        self._changed: set[int] = set()
        self._moved = False
        self._strange = False
        return len(self._former)

    @property
    def orderly(self) -> bool:
        """Whether the cells are the same in the same order, and nothing but cells changed."""
        return not self._moved and not self._strange

    def places(self) -> CellPlaces | None:
        """What became of the cells; ``None``: more than cells changed, or it cannot be told."""
        if self._strange or len(self._former) != self._count():
            return None
        return CellPlaces(tuple(self._former), frozenset(self._changed))

    def read(self, places: Iterable[int]) -> dict[int, Any]:
        """What is at these places, not in normal form yet; ``None`` where that is no cell."""
        with self._guard:
            return {place: self._read(place) for place in places}

    # -- inside ----------------------------------------------------------------

    def _count(self) -> int:
        with self._guard:
            return len(self._row)

    def _read(self, place: int) -> Any:
        shared = self._row.at(place)
        cell = None if shared is None else as_json(shared)
        return cell if is_cell(cell) else None

    def _note(self, events: list[Any]) -> None:
        touched = []
        for event in events:
            path = event.path
            if path:
                touched.append(path[0])
            else:
                self._note_order(event.delta)
        # Paths are those after the transaction, whichever event came first.
        for place in touched:
            if not 0 <= place < len(self._former):
                self._strange = True
            elif self._former[place] != NEW:
                self._changed.add(self._former[place])

    def _note_order(self, delta: Iterable[Mapping[str, Any]]) -> None:
        self._moved = True
        at = 0
        for part in delta:
            if "insert" in part:
                count = len(part["insert"])
                self._former[at:at] = [NEW] * count
                at += count
            elif "delete" in part:
                del self._former[at : at + part["delete"]]
            else:
                at += part["retain"]

    def _note_meta(self, _: list[Any]) -> None:
        self._strange = True
