"""What the document says of its cells while they wait and run: their execution state (RUN-24)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.engine.execution.place import Place
from jupyter_tandem.protocol.run import Run

PORTION: Final = 100
"""Cells marked in one write: about 10 ms among ten thousand cells, where finding each takes up to 0.1 ms."""

PAUSE_S: Final = 0.02
"""Pause between portions. Nobody looks at more cells than one portion has, and those that run need the time."""


class CellMarks:
    """Marks cells as running, from the moment they wait, and as idle.

    The cells of a large command are marked by and by. Each gets the state that is right when its turn comes.
    """

    def __init__(self, place: Place, busy: Callable[[str], bool]) -> None:
        """Mark cells in ``place``; ``busy`` says which of them wait or run."""
        self._place = place
        self._busy = busy
        self._due: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None

    def wait(self, runs: Sequence[Run]) -> None:
        """``runs`` of one person are to be started."""
        if runs:
            self._mark([run.cell for run in runs], runs[0].username)

    def wait_no_more(self, runs: Sequence[Run]) -> None:
        """``runs`` will not be started."""
        self._mark([run.cell for run in runs], "")

    def left_behind(self, runs: Sequence[Run]) -> None:
        """An earlier server was killed when these were under way or waited: their cells do not run now."""
        self._due.update((run.cell, "") for run in runs)
        self.tidy()

    def tidy(self) -> None:
        """Go on where the document was not open."""
        if self._due and self._timer is None:
            self._write_some()

    def close(self) -> None:
        """Mark nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def end(self, runs: Sequence[Run]) -> None:
        """The server stops, and ``runs`` with it: return when the document says so, if it is open."""
        self.close()
        self._due.update((run.cell, "") for run in runs)
        while self._due and self._place.live is not None:
            self._write_portion()
            await asyncio.sleep(0)

    # -- inside ------------------------------------------------------------------------------------

    def _mark(self, cells: Sequence[str], author: str) -> None:
        if not cells:
            return
        now, later = cells[:PORTION], cells[PORTION:]
        self._due.update((cell, author) for cell in later)
        if not self._write(now, author):
            self._due.update((cell, author) for cell in now)
        elif self._due and self._timer is None:
            self._write_later()

    def _write_some(self) -> None:
        self._timer = None
        if self._write_portion() and self._due:
            self._write_later()

    def _write_portion(self) -> bool:
        author = next(iter(self._due.values()))
        portion: list[str] = []
        for cell, whose in self._due.items():
            if whose != author or len(portion) == PORTION:
                break
            portion.append(cell)
        return self._write(portion, author)

    def _write_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PAUSE_S, self._write_some)

    def _write(self, cells: Sequence[str], author: str) -> bool:
        """Whether the document is open."""

        def write(shared: RunCells) -> None:
            for cell in cells:
                shared.set_state(cell, "running" if self._busy(cell) else "idle")

        if not self._place.write(write, author):
            return False
        for cell in cells:
            self._due.pop(cell, None)
        return True
