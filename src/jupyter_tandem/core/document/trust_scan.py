"""Finds the cells that transactions brought trust to."""

from __future__ import annotations

from typing import Any, Final

from pycrdt import Array, ArrayEvent, Map, MapEvent

from jupyter_tandem.core.notebook_form import TRUSTED

_METADATA: Final = "metadata"


class TrustScan:
    """Watches a notebook's cells and remembers those whose metadata may have become trusted.

    Events say what changed; looking at every cell instead would take a second in a large notebook.
    """

    __slots__ = ("_cells", "_plain", "_subscription", "_suspects")

    def __init__(self, cells: Array[Any]) -> None:
        """Start to watch; end it with :meth:`close`."""
        self._cells = cells
        self._suspects: list[Map[Any]] = []
        self._plain: list[Map[Any]] = []
        self._subscription = cells.observe_deep(self._note)

    def close(self) -> None:
        """Stop watching."""
        self._cells.unobserve(self._subscription)

    def strip(self) -> None:
        """Remove the key from what was seen. Call it in a transaction."""
        for metadata in self._suspects:
            if TRUSTED in metadata:
                del metadata[TRUSTED]
        for cell in self._plain:
            plain = cell.get(_METADATA)
            if isinstance(plain, dict):
                cell[_METADATA] = Map({k: v for k, v in plain.items() if k != TRUSTED})

    # The library's stubs do not know the attributes of its events, hence Any.
    def _note(self, events: list[Any]) -> None:
        for event in events:
            if type(event) is ArrayEvent:
                self._note_array(event)
            elif type(event) is MapEvent:
                self._note_map(event)

    def _note_array(self, event: Any) -> None:
        """Cells that are new in the list."""
        if not event.path:
            for part in event.delta:
                for cell in part.get("insert", ()):
                    self._note_cell(cell)

    def _note_map(self, event: Any) -> None:
        """A cell whose metadata was replaced, or metadata that became trusted."""
        if len(event.path) == 1 and _METADATA in event.keys:
            self._note_cell(event.target)
        elif len(event.path) > 1 and event.path[1] == _METADATA and TRUSTED in event.keys:
            self._suspects.append(event.target)

    def _note_cell(self, cell: Any) -> None:
        metadata = cell.get(_METADATA) if isinstance(cell, Map) else None
        if isinstance(metadata, Map):
            self._suspects.append(metadata)
        elif isinstance(metadata, dict) and TRUSTED in metadata:
            self._plain.append(cell)
