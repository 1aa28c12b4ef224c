"""Ten thousand runs in one book: what one costs does not depend on how many there are."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from jupyter_tandem.core.execution.book import RunBook
from jupyter_tandem.protocol.execution import CellWish, RunCells
from jupyter_tandem.protocol.reason import AFTER_FAILURE, DIED, RESTARTED
from jupyter_tandem.protocol.run import Run, RunState
from tests.unit.core.room_bench import person

MANY = 10_000
FEW = 100
CYCLES = 50

LIMIT = 15
"""Looking at all runs for each question made it some two hundred times as dear."""


def book_of(count: int) -> RunBook:
    book = RunBook()
    wishes = tuple(CellWish(f"c{n}", "hash") for n in range(count))
    book.enter(book.plan(wishes, person("ana"), RunCells(1, "key", wishes), 1.0))
    return book


def cycle(book: RunBook) -> None:
    """What a desk asks and does for one run from its start to its end."""
    run = book.next
    assert run is not None
    book.forget()
    book.enter([book.started(run, "kernel", "message", 2.0)])
    assert book.running is not None
    assert not book.idle
    assert not book.waits(run.cell)
    book.ended(run.id, RunState.FINISHED, 3.0)
    assert book.has_room(0)
    assert not book.taken_over({run.cell}, 4.0)


def cost(count: int) -> float:
    """Processor seconds of some cycles among so many runs: the best of several, for what disturbs only adds."""
    found = []
    for _ in range(5):
        book = book_of(count)
        started = time.thread_time()
        for _ in range(CYCLES):
            cycle(book)
        found.append(time.thread_time() - started)
    return min(found)


@pytest.mark.spec("RUN-39")
def test_a_run_costs_the_same_however_many_wait() -> None:
    assert cost(MANY) <= LIMIT * cost(FEW)


@pytest.mark.spec("RUN-10")
def test_a_failure_takes_its_persons_others_along_and_no_more() -> None:
    book = book_of(100)
    wishes = (CellWish("c1", ""), CellWish("other", ""))
    book.enter(book.plan(wishes, person("bo"), RunCells(2, "", wishes), 1.0))
    run = book.next
    assert run is not None
    book.enter([book.started(run, "kernel", "message", 2.0)])
    changed = book.ended(run.id, RunState.FAILED, 3.0)
    assert [r.state for r in changed] == [RunState.FAILED, *[RunState.CANCELLED] * 99]
    assert {r.why for r in changed[1:]} == {AFTER_FAILURE.why}
    assert [r.cell for r in book.queued] == ["c1", "other"]
    assert book.waits("c1")
    assert not book.waits("c2")
    assert book.cancel([r.id for r in book.queued], 4.0, RESTARTED) is not None
    assert book.idle
    assert not book.waits("c1")


@pytest.mark.spec("RUN-5")
def test_a_key_is_known_as_long_as_its_runs_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_tandem.core.execution.book.MOST_ENDED", 10)
    book = book_of(30)
    assert [run.id for run in book.known("key", "ana")] == list(range(1, 31))
    assert book.known("key", "bo") == book.known("", "ana") == []
    book.cancel_queued(2.0, DIED)
    assert book.forget() == list(range(1, 21))
    assert [run.id for run in book.known("key", "ana")] == list(range(21, 31))


@pytest.mark.spec("RUN-37")
def test_how_a_run_ends_is_all_that_changes_with_it() -> None:
    run = Run(
        1, "k", "c", "ana", "Ana", "h", 1.0, RunState.RUNNING, 2.0, None, 3, "", 4, "K", "m", True
    )
    sentence, why = DIED.sentence, DIED.why
    ended = replace(run, state=RunState.INTERRUPTED, ended_at=9.0, reason=sentence, why=why)
    assert run.ending(RunState.INTERRUPTED, 9.0, sentence, why) == ended
