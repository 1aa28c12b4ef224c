"""RUN-38: who else changed cells since each person last ran them."""

from __future__ import annotations

import pytest

from jupyter_tandem.core.execution.authorship import MOST_NAMES, Authorship
from jupyter_tandem.core.execution.book import RunBook
from jupyter_tandem.protocol.execution import CellWish, RunCells
from jupyter_tandem.protocol.run import Run, RunState, decode_run
from tests.unit.core.room_bench import person

pytestmark = pytest.mark.spec("RUN-38")


class Desk:
    def __init__(self) -> None:
        self.book = RunBook()
        self.authorship = Authorship()

    def begin(self, who: str, cell: str = "c") -> Run:
        wishes = (CellWish(cell, "hash"),)
        [run] = self.book.plan(wishes, person(who), RunCells(1, "", wishes), 10.0)
        started = self.book.started(run, "k", "m", 11.0)
        self.book.enter([started])
        self.authorship.began([started])
        return started

    def run(self, who: str, cell: str = "c") -> int:
        run = self.begin(who, cell)
        self.book.ended(run.id, RunState.FINISHED, 12.0)
        return run.id

    def edit(self, who: str, *cells: str, unsettled: tuple[int, ...] = ()) -> dict[int, list[str]]:
        changed = self.authorship.note(self.book, person(who), cells, unsettled)
        return {run.id: list(run.changed_by) for run in changed}

    def names(self, run_id: int) -> list[str]:
        run = self.book.get(run_id)
        assert run is not None
        return list(run.changed_by)


def test_each_person_s_newest_run_of_the_cell_says_who() -> None:
    desk = Desk()
    old, ana, bo, other = (
        desk.run("ana"),
        desk.run("ana"),
        desk.run("bo"),
        desk.run("ana", "other"),
    )
    assert desk.edit("bo", "c") == {ana: ["Bo"]}
    assert desk.edit("eve", "c") == {ana: ["Bo", "Eve"], bo: ["Eve"]}
    assert desk.names(old) == desk.names(other) == []
    kept = desk.book.get(ana)
    assert kept is not None
    assert decode_run(kept.encode()) == kept


def test_who_types_is_told_of_once_and_again_after_the_next_run() -> None:
    desk = Desk()
    ana = desk.run("ana")
    assert desk.edit("bo", "c") == {ana: ["Bo"]}
    assert desk.edit("bo", "c") == {}
    again = desk.run("ana")
    assert desk.names(again) == []
    assert desk.edit("bo", "c") == {again: ["Bo"]}
    assert desk.names(ana) == ["Bo"]


def test_a_run_under_way_tells_it_when_it_ends() -> None:
    desk = Desk()
    run = desk.begin("ana")
    assert desk.edit("bo", "c") == {}
    [ended] = desk.book.ended(run.id, RunState.FAILED, 12.0)
    assert ended.changed_by == ("Bo",)


def test_a_run_that_is_being_written_down_is_looked_at_again() -> None:
    desk = Desk()
    ana = desk.run("ana")
    assert desk.edit("bo", "c", unsettled=(ana,)) == {}
    assert desk.names(ana) == []
    assert desk.edit("bo", "c") == {ana: ["Bo"]}


def test_a_cell_nobody_ran_has_nobody_to_tell() -> None:
    desk = Desk()
    assert desk.edit("bo", "c") == {}
    ana = desk.run("ana")
    assert desk.edit("bo", "c") == {ana: ["Bo"]}


def test_only_so_many_names_are_kept() -> None:
    desk = Desk()
    ana = desk.run("ana")
    for number in range(MOST_NAMES + 2):
        desk.edit(f"p{number}", "c")
    assert len(desk.names(ana)) == MOST_NAMES
