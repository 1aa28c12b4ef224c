"""What the queue remembers, and for how long."""

from __future__ import annotations

import pytest

from jupyter_tandem.core.execution import book as module
from jupyter_tandem.core.execution.book import RunBook
from jupyter_tandem.protocol.execution import CellWish, RunCells
from jupyter_tandem.protocol.run import Run, RunState, decode_run
from tests.unit.core.room_bench import person


def asked(book: RunBook, *cells: str, who: str = "ana", key: str = "") -> list[Run]:
    wishes = tuple(CellWish(cell, "hash") for cell in cells)
    runs = book.plan(wishes, person(who), RunCells(1, key, wishes), 10.0)
    book.enter(runs)
    return runs


def run_next(book: RunBook, state: RunState = RunState.FINISHED) -> Run:
    run = book.next
    assert run is not None
    book.enter([book.started(run, "kernel", "message", 11.0)])
    return book.ended(run.id, state, 12.0)[0]


@pytest.mark.spec("RUN-17")
def test_what_is_held_stays_until_its_cell_is_run() -> None:
    book = RunBook()
    asked(book, "a", "b")
    book = RunBook(book.runs)
    assert [run.state for run in book.stop(20.0)] == [RunState.HELD] * 2
    assert book.next is None
    asked(book, "a")
    assert [(run.cell, run.state) for run in book.taken_over({"a"}, 21.0)] == [
        ("a", RunState.CANCELLED)
    ]
    assert [run.cell for run in book.runs if run.state is RunState.HELD] == ["b"]


@pytest.mark.spec("RUN-18")
def test_a_run_whose_kernel_survived_stays_under_way() -> None:
    book = RunBook()
    asked(book, "a", "b")
    run = book.next
    assert run is not None
    book.enter([book.started(run, "kernel", "message", 11.0)])
    changed = book.stop(20.0, survivor=True)
    assert [run.state for run in changed] == [RunState.HELD]
    assert book.running is not None


@pytest.mark.spec("RUN-7")
def test_only_so_many_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    book = RunBook()
    asked(book, "a", "b")
    assert book.has_room(1)
    assert not book.has_room(2)


@pytest.mark.spec("RUN-32")
def test_records_outlive_what_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ENDED", 10)
    book = RunBook()
    asked(book, "rare", who="bo")
    run_next(book)
    for _ in range(30):
        asked(book, "often")
        run_next(book)
    forgotten = book.forget()
    kept = [run.id for run in book.runs]
    assert kept == [1, *range(22, 32)]
    assert forgotten == list(range(2, 22))
    assert book.forget() == []


@pytest.mark.spec("RUN-6")
def test_a_run_is_kept_as_text() -> None:
    book = RunBook()
    asked(book, "a", key="k")
    ended = run_next(book, RunState.FAILED)
    assert decode_run(ended.encode()) == ended
