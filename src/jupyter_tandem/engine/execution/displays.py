"""Where outputs with a display id are, in all cells that have run on one kernel (RUN-23)."""

from __future__ import annotations

from collections import defaultdict

from jupyter_tandem.core.execution.outputs import CellOutputs


class Displays:
    """Remembers the places of displays of cells that have ended; forgets a cell that runs anew."""

    def __init__(self) -> None:
        """There is none."""
        self._places: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)

    def keep(self, cell: str, outputs: CellOutputs) -> None:
        """A cell has ended with these outputs."""
        for display_id, index in outputs.display_ids():
            self._places[display_id].setdefault(cell, []).append(index)

    def forget(self, cell: str) -> None:
        """A cell's outputs were cleared."""
        for display_id in list(self._places):
            self._places[display_id].pop(cell, None)
            if not self._places[display_id]:
                del self._places[display_id]

    def of(self, display_id: str) -> list[tuple[str, int]]:
        """Cells and places with this display id."""
        cells = self._places.get(display_id, {})
        return [(cell, index) for cell, places in cells.items() for index in places]

    def clear(self) -> None:
        """The kernel is another one."""
        self._places.clear()
