"""The queue as a state machine: people ask, cancel and leave, cells fail, servers die, stores forget nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jupyter_tandem.core.execution.book import RunBook
from jupyter_tandem.protocol.execution import CellWish, RunCells
from jupyter_tandem.protocol.reason import NONE, RESTARTED
from jupyter_tandem.protocol.run import Run, RunState
from tests.unit.core.room_bench import person

PEOPLE = ("ana", "bo", "cy")
CELLS = ("c1", "c2", "c3", "c4")
ENDS = (RunState.FINISHED, RunState.FAILED, RunState.INTERRUPTED)


class Queue(RuleBasedStateMachine):
    """A book, the store behind it, and a kernel that counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.book = RunBook()
        self.store: dict[int, Run] = {}
        self.started: Counter[int] = Counter()
        self.order: list[int] = []
        self.asked: dict[tuple[str, str], list[int]] = {}
        self.batches: list[list[int]] = []
        self.now = 0.0

    def keep(self, runs: list[Run]) -> None:
        self.store.update((run.id, run) for run in runs)

    @rule(
        who=st.sampled_from(PEOPLE),
        cells=st.lists(st.sampled_from(CELLS), min_size=1, max_size=4),
        key=st.sampled_from(["", "k1", "k2", "k3"]),
    )
    def ask(self, who: str, cells: list[str], key: str) -> None:
        self.now += 1
        known = [run.id for run in self.book.known(key, who)]
        if known:
            assert known == self.asked[who, key]
            return
        wishes = tuple(CellWish(cell, "") for cell in cells)
        runs = self.book.plan(wishes, person(who), RunCells(1, key, wishes), self.now)
        self.keep(runs)
        self.book.enter(runs)
        self.keep(self.book.taken_over(set(cells), self.now))
        if key:
            self.asked[who, key] = [run.id for run in runs]
        self.batches.append([run.id for run in runs])

    @precondition(lambda self: self.book.next is not None)
    @rule(
        crash=st.sampled_from([None, "before the store", "before the kernel", "after the kernel"])
    )
    def start(self, crash: str | None) -> None:
        run = self.book.next
        assert run is not None
        started = self.book.started(run, "k", f"m{run.id}", self.now)
        if crash == "before the store":
            return self.die()
        self.keep([started])
        if crash == "before the kernel":
            return self.die()
        self.book.enter([started])
        self.started[run.id] += 1
        self.order.append(run.id)
        return self.die() if crash else None

    @precondition(lambda self: self.book.running is not None)
    @rule(how=st.sampled_from(ENDS), expected=st.booleans())
    def end(self, how: RunState, expected: bool) -> None:
        running = self.book.running
        assert running is not None
        mine = [run.id for run in self.book.queued if run.username == running.username]
        others = [run.id for run in self.book.queued if run.username != running.username]
        self.keep(self.book.ended(running.id, how, self.now, count=1, expected=expected))
        waiting = [run.id for run in self.book.queued]
        stops = how is not RunState.FINISHED and not expected
        assert waiting == sorted(others if stops else [*others, *mine])

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        ids = data.draw(st.lists(st.sampled_from([*self.store, 999]), max_size=3, unique=True))
        before = [self.book.get(run_id) for run_id in ids]
        cancelled = self.book.cancel(ids, self.now, NONE)
        may = all(run is not None and run.state.value in {"queued", "held"} for run in before)
        assert (cancelled is not None) == may
        self.keep(cancelled or [])

    @rule()
    def lose_kernel(self) -> None:
        running = self.book.running
        if running is not None:
            self.keep(self.book.ended(running.id, RunState.INTERRUPTED, self.now))
        self.keep(self.book.cancel_queued(self.now, RESTARTED))
        assert self.book.next is None

    @rule()
    def die(self) -> None:
        """The server is killed; the next one knows what was stored."""
        self.book = RunBook(self.store.values())
        self.keep(self.book.stop(self.now))
        assert self.book.running is None
        assert self.book.next is None
        assert not any(run.state is RunState.QUEUED for run in self.store.values())

    @invariant()
    def nothing_is_started_twice(self) -> None:
        assert all(count == 1 for count in self.started.values())

    @invariant()
    def the_store_tells_the_truth(self) -> None:
        for run in self.store.values():
            if self.started[run.id]:
                assert run.started_at is not None
                assert run.state not in {RunState.QUEUED, RunState.HELD, RunState.CANCELLED}
            elif run.state in {RunState.FINISHED, RunState.FAILED}:
                raise AssertionError(f"{run} ended without having been started")

    @invariant()
    def runs_are_started_in_the_order_of_acceptance(self) -> None:
        assert self.order == sorted(self.order)

    @invariant()
    def book_and_store_agree(self) -> None:
        assert {run.id: run for run in self.book.runs} == self.store

    @invariant()
    def at_most_one_is_under_way(self) -> None:
        assert sum(run.state is RunState.RUNNING for run in self.book.runs) <= 1


Queue.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestQueue = pytest.mark.spec("RUN-4", "RUN-5", "RUN-8", "RUN-9", "RUN-10", "RUN-11", "RUN-16")(
    Queue.TestCase
)
