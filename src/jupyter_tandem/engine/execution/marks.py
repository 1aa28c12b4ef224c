"""What the document says of its cells while they wait and run: their execution state (RUN-24)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.engine.execution.place import Place
from jupyter_tandem.protocol.run import Run


class CellMarks:
    """Marks cells as running, from the moment they wait, and as idle."""

    def __init__(self, place: Place, busy: Callable[[str], bool]) -> None:
        """Mark cells in ``place``; ``busy`` says which of them wait or run."""
        self._place = place
        self._busy = busy
        self._left_behind: set[str] = set()

    def wait(self, runs: Sequence[Run]) -> None:
        """``runs`` of one person are to be started."""
        self._mark([run.cell for run in runs], "running", runs[0].username)

    def wait_no_more(self, runs: Sequence[Run]) -> None:
        """``runs`` will not be started."""
        self._mark([run.cell for run in runs if not self._busy(run.cell)], "idle")

    def left_behind(self, runs: Sequence[Run]) -> None:
        """An earlier server was killed when these were under way or waited: their cells do not run now."""
        self._left_behind.update(run.cell for run in runs)
        self.tidy()

    def tidy(self) -> None:
        """Say so in the document, as soon as it is open."""
        if self._mark([cell for cell in self._left_behind if not self._busy(cell)], "idle"):
            self._left_behind.clear()

    def _mark(self, cells: Sequence[str], state: str, author: str = "") -> bool:
        def write(shared: RunCells) -> None:
            for cell in cells:
                shared.set_state(cell, state)

        return bool(cells) and self._place.write(write, author)
