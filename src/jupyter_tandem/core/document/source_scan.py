"""Finds the cells whose sources transactions changed."""

from __future__ import annotations

from typing import Any, Final

from pycrdt import Array, Map, MapEvent

_SOURCE: Final = "source"


class SourceScan:
    """Watches a notebook's cells and remembers whose source was changed. New and moved cells are none of them.

    Attributes:
        cells: Their ids.
    """

    __slots__ = ("_cells", "_subscription", "cells")

    def __init__(self, cells: Array[Any]) -> None:
        """Start to watch; end it with :meth:`close`."""
        self._cells = cells
        self.cells: set[str] = set()
        self._subscription = cells.observe_deep(self._note)

    def close(self) -> None:
        """Stop watching."""
        self._cells.unobserve(self._subscription)

    # The library's stubs do not know the attributes of its events, hence Any.
    def _note(self, events: list[Any]) -> None:
        for event in events:
            path = event.path
            if len(path) == 2 and path[1] == _SOURCE:
                self._note_cell(self._cells[path[0]])
            elif len(path) == 1 and type(event) is MapEvent:
                self._note_map(event)

    def _note_map(self, event: Any) -> None:
        """A cell whose source may have been replaced by another one."""
        if _SOURCE in event.keys:
            self._note_cell(event.target)

    def _note_cell(self, cell: Any) -> None:
        cell_id = cell.get("id") if isinstance(cell, Map) else None
        if isinstance(cell_id, str):
            self.cells.add(cell_id)
