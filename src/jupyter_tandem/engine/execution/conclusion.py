"""The end of a run: its last outputs, its place in the book, and who is told when all of it is on disk."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.engine.execution.attempt import Attempt
from jupyter_tandem.engine.execution.displays import Displays
from jupyter_tandem.engine.execution.ledger import RunLedger
from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.engine.execution.place import Place
from jupyter_tandem.protocol.run import Run

_log = logging.getLogger(__name__)


class Conclusion:
    """Writes what is left of runs that have ended."""

    def __init__(self, means: Means, place: Place, ledger: RunLedger, displays: Displays) -> None:
        """Write in ``place`` and ``ledger``."""
        self._means = means
        self._place = place
        self._ledger = ledger
        self._displays = displays

    def write(self, attempt: Attempt, *, expected: bool) -> Sequence[Run]:
        """Write the last outputs, and the end into the book; nothing of it is durable yet.

        Args:
            attempt: It is done.
            expected: Whether an error was expected and stops nothing.

        Returns:
            The run as it is now, and those that end with it.
        """
        run, outcome = attempt.run, attempt.done.result()
        attempt.finish(idle=not self._ledger.book.waits(run.cell))
        self._displays.flush(run.username)
        self._displays.keep(run.cell, attempt.outputs)
        if outcome.next_input is not None:
            self._put_next(run, outcome.next_input)
        return self._ledger.book.ended(
            run.id,
            outcome.state,
            self._means.clock.wall(),
            count=outcome.count,
            reason=outcome.reason,
            left_out=attempt.outputs.left_out,
            expected=attempt.alone or expected,
        )

    async def settle(self, runs: Sequence[Run]) -> None:
        """Return when the end of ``runs`` is durable with what they left in the document, and told (RUN-9).

        Raises:
            LeaseLost: another server writes now.
        """
        await self._ledger.conclude(runs, self._place.settle)
        document_id = self._place.address.document_id
        _log.info("Run %d of %s: %s", runs[0].id, document_id, runs[0].state.value)

    def _put_next(self, run: Run, wish: Mapping[str, Any]) -> None:
        """Put what the kernel wants into this cell or a new one behind it (RUN-26)."""
        text = str(wish.get("text", ""))
        new_id = self._means.entropy.token()[:16]

        def write(cells: RunCells) -> None:
            if wish.get("replace"):
                cells.set_source(run.cell, text)
            else:
                cells.insert_after(run.cell, new_id, text)

        self._place.write(write, run.username)
