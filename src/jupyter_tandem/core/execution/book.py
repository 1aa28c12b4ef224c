"""The runs of one document: which wait, which one is under way, what became of the others (RUN-4 to RUN-17)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from jupyter_tandem.core.execution.register import RunRegister
from jupyter_tandem.protocol.execution import CellWish, RunCells
from jupyter_tandem.protocol.reason import AFTER_FAILURE, LOST, NONE, TAKEN_OVER, Reason
from jupyter_tandem.protocol.run import WAITING, Run, RunState
from jupyter_tandem.types import User

MOST_WAITING: Final = 10_000
"""Runs of a document that may wait; the largest notebooks have as many cells."""

MOST_ENDED: Final = 1_000
"""Runs that are remembered beside each cell's records: for as long a key is recognised."""


class RunBook:
    """Decides about runs; knows no clock, kernel or store.

    Every change is returned as the runs that are different now, for storing and telling. What
    :meth:`plan` and :meth:`started` return is entered with :meth:`enter` once it is durable.
    """

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        """Begin with what was stored."""
        self._register = RunRegister()
        self.enter(sorted(runs, key=lambda run: run.id))
        self._last = max((run.id for run in self._register), default=0)
        self._kept = 0

    @property
    def runs(self) -> list[Run]:
        """All that are remembered, in order."""
        return list(self._register)

    @property
    def running(self) -> Run | None:
        """The one that is under way."""
        return next(iter(self._register.running.values()), None)

    @property
    def next(self) -> Run | None:
        """The one to be started next: the first that waits when nothing is under way (RUN-8)."""
        if self._register.running:
            return None
        return next(iter(self._register.queued.values()), None)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or queued."""
        return not self._register.running and not self._register.queued

    @property
    def queued(self) -> list[Run]:
        """Those that wait, in the order in which they will run."""
        return list(self._register.queued.values())

    def get(self, run_id: int) -> Run | None:
        """One run."""
        return self._register.get(run_id)

    # -- asking ------------------------------------------------------------------------------------

    def known(self, key: str, username: str) -> list[Run]:
        """The runs that this person's command with ``key`` queued before (RUN-5)."""
        return self._register.of_key(key, username) if key else []

    def has_room(self, count: int, *, anew: bool = False) -> bool:
        """Whether so many more may wait; ``anew``: when those that wait now do so no more (RUN-13)."""
        waiting = 0 if anew else len(self._register.queued)
        return waiting + count <= MOST_WAITING

    def plan(self, cells: Sequence[CellWish], user: User, wish: RunCells, now: float) -> list[Run]:
        """The runs of ``cells`` that ``user`` wishes, in order; their numbers are used up."""
        runs = []
        for cell in cells:
            self._last += 1
            names = (wish.key, cell.cell, user.username, user.display_name, cell.source_hash)
            runs.append(Run(self._last, *names, now, timing=wish.timing))
        return runs

    def enter(self, runs: Iterable[Run]) -> None:
        """Take runs as they are now."""
        for run in runs:
            self._register.put(run)

    def waits(self, cell: str) -> bool:
        """Whether a cell is to be run (again)."""
        return self._register.waits(cell)

    def taken_over(self, cells: Collection[str], now: float) -> list[Run]:
        """What was held for cells that are run anew (RUN-17)."""
        held = [run for run in self._register.held.values() if run.cell in cells]
        return self._end(held, RunState.CANCELLED, now, TAKEN_OVER)

    def cancel(self, ids: Collection[int], now: float, reason: Reason) -> list[Run] | None:
        """Take runs out of the queue, all or none; ``None`` when one does not wait (RUN-11)."""
        runs = [self._register.get(run_id) for run_id in ids]
        waiting = [run for run in runs if run is not None and run.state in WAITING]
        if len(waiting) != len(runs):
            return None
        return self._end(waiting, RunState.CANCELLED, now, reason)

    # -- running -----------------------------------------------------------------------------------

    @staticmethod
    def started(run: Run, kernel: str, message: str, now: float) -> Run:
        """``run`` as it will be when it is started; to be entered, and started, when that is durable (RUN-9)."""
        state = RunState.RUNNING
        return replace(run, state=state, kernel=kernel, message=message, started_at=now)

    def ended(
        self,
        run_id: int,
        state: RunState,
        now: float,
        *,
        count: int | None = None,
        reason: Reason = NONE,
        left_out: int = 0,
        expected: bool = False,
    ) -> list[Run]:
        """The run under way has ended; one that did not end well takes its person's others along (RUN-10).

        Args:
            run_id: Which run.
            state: How it ended.
            now: Unix seconds.
            count: The execution count.
            reason: Why it ended so.
            left_out: Bytes of text that are not kept.
            expected: Whether an error was expected and stops nothing.
        """
        run = self._register.get(run_id)
        if run is None or run.state is not RunState.RUNNING:
            return []
        ended = replace(run, count=count, left_out=left_out)
        changed = self._end([ended], state, now, reason)
        if state is RunState.FINISHED or expected:
            return changed
        others = [other for other in self.queued if other.username == run.username]
        return changed + self._end(others, RunState.CANCELLED, now, AFTER_FAILURE)

    def cancel_queued(
        self, now: float, reason: Reason, but: Collection[int] = frozenset()
    ) -> list[Run]:
        """Nothing that waits can be run, ``but`` for these: what it builds on is gone (RUN-13, RUN-14)."""
        waiting = [run for run in self.queued if run.id not in but]
        return self._end(waiting, RunState.CANCELLED, now, reason)

    def stop(self, now: float, *, survivor: bool = False) -> list[Run]:
        """The server stops, or stopped without a word: tell the truth (RUN-16).

        Args:
            now: Unix seconds.
            survivor: Whether the kernel goes on with the run that is under way (RUN-18).
        """
        running = [run] if (run := self.running) is not None and not survivor else []
        changed = self._end(running, RunState.INTERRUPTED, now, LOST)
        held = [replace(run, state=RunState.HELD) for run in self.queued]
        self.enter(held)
        return changed + held

    # -- forgetting --------------------------------------------------------------------------------

    def forget(self) -> list[int]:
        """Drop what nobody needs any more: beyond the newest, all but each person's last run of a cell.

        Returns:
            The numbers that are not remembered now.
        """
        # Looking at all of them is worth it once in many times only.
        if self._register.ended < max(2 * MOST_ENDED, self._kept + MOST_ENDED):
            return []
        ended = [run for run in self._register if run.ended]
        records = {(r.cell, r.username): r.id for r in ended if r.started_at is not None}
        keep = set(records.values())
        dropped = [run.id for run in ended[:-MOST_ENDED] if run.id not in keep]
        for run_id in dropped:
            self._register.drop(run_id)
        self._kept = self._register.ended
        return dropped

    def _end(self, runs: Sequence[Run], state: RunState, now: float, reason: Reason) -> list[Run]:
        ended = [run.ending(state, now, reason.sentence, reason.why) for run in runs]
        self.enter(ended)
        return ended
