"""What comes before the kernel is asked: may the run start, and is it durable that it does (RUN-9, RUN-15)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.engine.execution.attempt import Attempt
from jupyter_tandem.engine.execution.ledger import RETRY_S, RunLedger
from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.engine.execution.order import Order
from jupyter_tandem.engine.execution.place import Place
from jupyter_tandem.errors import LeaseLost, StoreError
from jupyter_tandem.protocol.reason import CELL_GONE, RIGHT_GONE, Reason
from jupyter_tandem.protocol.run import Run, RunState
from jupyter_tandem.types import Action

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Start:
    """Starts runs of one document, as far as the document and the store are concerned."""

    def __init__(self, means: Means, place: Place, ledger: RunLedger) -> None:
        """Look at ``place``, write in ``ledger``."""
        self._means = means
        self._place = place
        self._ledger = ledger

    async def obstacle(self, run: Run, order: Order) -> Reason | None:
        """Why the run cannot be started after all (RUN-15)."""
        if order.grants is not None and Action.RUN not in await order.grants.actions():
            return RIGHT_GONE
        cells = self._place.cells()
        return None if cells is None or cells.holds(run.cell) else CELL_GONE

    async def enter(self, started: Run, then: Callable[[], T]) -> T | None:
        """Make it durable that the run starts, and do ``then``; ``None``: not now, try again (RUN-9)."""
        try:
            return await self._ledger.enter_and([started], then)
        except LeaseLost:
            raise
        except StoreError as error:
            _log.warning("No cell can be started: %s", error)
            await asyncio.sleep(RETRY_S)
            return None

    async def pass_over(self, run: Run) -> bool:
        """A cell without code ends as it begins, without a kernel; what it showed is cleared.

        Returns:
            Whether it could be made durable that it starts.
        """
        book, now = self._ledger.book, self._means.clock.wall()
        if await self.enter(book.started(run, "", "", now), lambda: True) is None:
            return False

        def write(cells: RunCells) -> None:
            cells.begin(run.cell)
            cells.end(run.cell, None, None, idle=not book.waits(run.cell))

        self._place.write(write, run.username)
        self._ledger.changed(book.ended(run.id, RunState.FINISHED, now))
        return True

    def attempt(self, run: Run) -> Attempt:
        """What collects what the kernel says of ``run``."""

        def write(change: Callable[[RunCells], None]) -> bool:
            return self._place.write(change, run.username)

        return Attempt(run, write, self._means.output_bytes)
