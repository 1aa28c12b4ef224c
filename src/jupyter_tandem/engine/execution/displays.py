"""Outputs with a display id, in all cells that have run on one kernel, and their updates (RUN-23)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.execution.outputs import CellOutputs, display_id_of
from jupyter_tandem.engine.execution.attempt import EVERY_S, Attempt
from jupyter_tandem.engine.execution.place import Place


class Displays:
    """Remembers the places of displays of cells that have ended; forgets a cell that runs anew."""

    def __init__(self, place: Place) -> None:
        """There is none; updates are written in ``place``."""
        self._place = place
        self._places: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
        self._of_cell: defaultdict[str, set[str]] = defaultdict(set)
        self._updates: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def keep(self, cell: str, outputs: CellOutputs) -> None:
        """A cell has ended with these outputs."""
        for display_id, index in outputs.display_ids():
            self._places[display_id].setdefault(cell, []).append(index)
            self._of_cell[cell].add(display_id)

    def forget(self, cell: str) -> None:
        """A cell is run anew: where its displays were there will be others, also for updates that wait already."""
        self._updates = {
            (other, index): content
            for (other, index), content in self._updates.items()
            if other != cell
        }
        for display_id in self._of_cell.pop(cell, ()):
            self._places[display_id].pop(cell, None)
            if not self._places[display_id]:
                del self._places[display_id]

    def clear(self) -> None:
        """The kernel is another one. The last updates of the one before are still to be written."""
        self._places.clear()
        self._of_cell.clear()

    def update(self, content: Mapping[str, Any], attempt: Attempt | None) -> None:
        """The kernel has changed a display; ``attempt`` is the run under way."""
        display_id = display_id_of(content)
        if not display_id:
            return
        if attempt is not None:
            attempt.outputs.update_display(display_id, content)
            attempt.changed()
        running = None if attempt is None else attempt.run.cell
        for cell, places in self._places.get(display_id, {}).items():
            if cell != running:
                self._updates.update({(cell, index): content for index in places})
        if self._updates and self._timer is None:
            author = "" if attempt is None else attempt.run.username
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self.flush, author)

    def flush(self, author: str) -> None:
        """Write the updates that wait, as edits of ``author``."""
        self.close()
        updates, self._updates = self._updates, {}

        def write(cells: RunCells) -> None:
            for (cell, index), content in updates.items():
                cells.replace_display(cell, index, content)

        if updates:
            self._place.write(write, author)

    def close(self) -> None:
        """Write nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
