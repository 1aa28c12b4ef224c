"""Runs by what is asked of them all the time, so that no question takes longer the more of them there are."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping

from jupyter_tandem.protocol.run import Run, RunState


class RunRegister:
    """Runs by number, those that have not ended also by state, cell and key.

    Attributes:
        running: The one under way.
        queued: Those that wait, in the order in which they came.
        held: Those that waited when a server went away.
    """

    def __init__(self) -> None:
        """There is none."""
        self._runs: dict[int, Run] = {}
        self._keys: dict[tuple[str, str], dict[int, None]] = {}
        self._waiting: Counter[str] = Counter()
        self.running: dict[int, Run] = {}
        # What is taken from its front again and again: a plain dict would skip all that was there before.
        self.queued: OrderedDict[int, Run] = OrderedDict()
        self.held: dict[int, Run] = {}
        self._live: Mapping[RunState, dict[int, Run]] = {
            RunState.RUNNING: self.running,
            RunState.QUEUED: self.queued,
            RunState.HELD: self.held,
        }

    def __iter__(self) -> Iterator[Run]:
        """All of them, in the order in which they came."""
        return iter(self._runs.values())

    @property
    def ended(self) -> int:
        """How many have ended."""
        return len(self._runs) - sum(map(len, self._live.values()))

    def get(self, run_id: int) -> Run | None:
        """One run."""
        return self._runs.get(run_id)

    def of_key(self, key: str, username: str) -> list[Run]:
        """What one command of a person asked for."""
        return [self._runs[run_id] for run_id in self._keys.get((username, key), ())]

    def waits(self, cell: str) -> bool:
        """Whether a run of the cell is queued."""
        return cell in self._waiting

    def put(self, run: Run) -> None:
        """Take a run as it is now."""
        before = self._runs.get(run.id)
        self._runs[run.id] = run
        if before is None:
            if run.key:
                self._keys.setdefault((run.username, run.key), {})[run.id] = None
        else:
            self._leave(before, run)
        if run.state in self._live:
            self._live[run.state][run.id] = run
        if run.state is RunState.QUEUED and (before is None or before.state is not run.state):
            self._waiting[run.cell] += 1

    def drop(self, run_id: int) -> None:
        """Forget a run that has ended."""
        run = self._runs.pop(run_id)
        if run.key:
            numbers = self._keys[run.username, run.key]
            del numbers[run_id]
            if not numbers:
                del self._keys[run.username, run.key]

    def _leave(self, before: Run, now: Run) -> None:
        if before.state is now.state:
            return
        if before.state in self._live:
            del self._live[before.state][before.id]
        if before.state is RunState.QUEUED:
            self._waiting[before.cell] -= 1
            if not self._waiting[before.cell]:
                del self._waiting[before.cell]
