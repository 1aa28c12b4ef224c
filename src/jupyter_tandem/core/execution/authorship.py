"""Who else changed cells since each person last ran them (RUN-38)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from jupyter_tandem.core.execution.book import RunBook
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import User

MOST_NAMES: Final = 10
"""Names that are kept of one run; whoever reads them has long understood that it is not what they ran."""


class Authorship:
    """Writes into each person's newest run of a cell who has changed the cell since."""

    def __init__(self) -> None:
        """Nothing has changed."""
        self._noted: dict[str, set[str]] = {}

    def began(self, runs: Iterable[Run]) -> None:
        """These are different: who changes their cells from now on is to be looked at again."""
        for run in runs:
            self._noted.pop(run.cell, None)

    def note(
        self, book: RunBook, user: User, cells: Collection[str], unsettled: Collection[int]
    ) -> list[Run]:
        """``user`` has changed the sources of ``cells``.

        Args:
            book: Where runs are looked up, and entered as they are now.
            user: Who it was.
            cells: Their ids.
            unsettled: Runs that are being written down; they are left alone this time.

        Returns:
            The runs that have ended and are different now. One under way tells it when it ends.
        """
        # Somebody who types changes a cell again and again.
        fresh = {cell for cell in cells if user.username not in self._noted.get(cell, ())}
        if not fresh:
            return []
        changed: list[Run] = []
        for run in _records(book, fresh):
            if run.id in unsettled:
                fresh.discard(run.cell)
            elif run.username != user.username and user.display_name not in run.changed_by:
                names = (*run.changed_by, user.display_name)[:MOST_NAMES]
                changed.append(replace(run, changed_by=names))
        for cell in fresh:
            self._noted.setdefault(cell, set()).add(user.username)
        book.enter(changed)
        return [run for run in changed if run.ended]


def _records(book: RunBook, cells: Collection[str]) -> list[Run]:
    """Each person's newest run of each of ``cells`` that was started."""
    started = (run for run in book.runs if run.cell in cells and run.started_at is not None)
    return list({(run.cell, run.username): run for run in started}.values())
