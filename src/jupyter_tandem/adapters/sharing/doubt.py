"""Commits whose answer was lost: they are looked up, and nobody's audit entries are recorded twice because of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import sqlalchemy as sa

from jupyter_tandem.adapters.sharing import audit
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.sharing import AuditEvent

Result = TypeVar("Result")


class InDoubt(StoreUnavailable):
    """The database went away while it committed, and does not say yet whether it did."""

    def __init__(self, mark: audit.Mark) -> None:
        """``mark`` is that of the last entry, where it did."""
        super().__init__(
            "The database went away in the middle of this; whether it was done shows when it is back."
        )
        self.mark = mark


class Transact(Protocol):
    """Does some work in one transaction."""

    def __call__(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Do it.

        Raises:
            StoreUnavailable: it failed, or the answer to its commit was lost.
        """


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What was recorded, if the commit took place, and the mark of the last of it."""

    events: tuple[AuditEvent, ...]
    mark: audit.Mark


class Commits:
    """Transactions that write. Used on one thread."""

    def __init__(self, transact: Transact) -> None:
        """Each is done by ``transact``."""
        self._transact = transact
        self._doubts: list[_Doubt] = []

    def write(self, work: Callable[[sa.Connection], Result], recorded: bool) -> Result:
        """Do ``work``; where it ``recorded`` anything a lost answer is looked up.

        Raises:
            InDoubt: nobody can say what became of it. StoreUnavailable: nothing was changed.
        """
        tried: list[tuple[Result, audit.Mark]] = []

        def marked(connection: sa.Connection) -> Result:
            result = work(connection)
            if recorded:
                tried.append((result, audit.newest(connection)))
            return result

        try:
            return self._transact(marked)
        except StoreUnavailable:
            if not tried or not self._took_place(tried[0][1]):
                raise
            return tried[0][0]

    def append(self, events: Sequence[AuditEvent]) -> None:
        """Record ``events``; those that were brought before, and are there though nobody knew, are left out.

        Args:
            events: After a failure those that failed come first again.

        Raises:
            As :meth:`write`.
        """
        left: Sequence[AuditEvent] = ()

        def work(connection: sa.Connection) -> None:
            nonlocal left
            audit.lock(connection)
            left = self._without_recorded(connection, events)
            audit.append(connection, left)

        try:
            self.write(work, bool(events))
        except InDoubt as error:
            if left:
                self._doubts.append(_Doubt(tuple(left), error.mark))
            raise
        self._doubts.clear()

    def _without_recorded(
        self, connection: sa.Connection, events: Sequence[AuditEvent]
    ) -> Sequence[AuditEvent]:
        # Whatever was under way had the lock and has ended: what is not there now does not come any more.
        self._doubts = [doubt for doubt in self._doubts if audit.holds(connection, doubt.mark)]
        for doubt in self._doubts:
            if tuple(events[: len(doubt.events)]) == doubt.events:
                events = events[len(doubt.events) :]
        return events

    def _took_place(self, mark: audit.Mark) -> bool:
        def look(connection: sa.Connection) -> bool:
            audit.lock(connection)
            return audit.holds(connection, mark)

        try:
            return self._transact(look)
        except StoreUnavailable as error:
            raise InDoubt(mark) from error
