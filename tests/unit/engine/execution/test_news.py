"""News of many runs: in portions, in order, and never of what is past."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from jupyter_tandem.engine.execution import news
from jupyter_tandem.engine.execution.news import RunNews
from jupyter_tandem.protocol.run import Run, RunState

RUNS = [Run(number, "", f"c{number}", "ana", "Ana", "", 1.0) for number in range(1, 8)]


class Told:
    """What was told, portion by portion."""

    def __init__(self) -> None:
        self.portions: list[list[tuple[int, str]]] = []
        self.forgotten: list[tuple[int, ...]] = []

    def __call__(self, runs: Sequence[Run], forgotten: tuple[int, ...]) -> None:
        self.portions.append([(run.id, run.state.value) for run in runs])
        self.forgotten.append(forgotten)


@pytest.fixture(autouse=True)
def three_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "PORTION", 3)


@pytest.mark.spec("RUN-39")
async def test_few_are_told_at_once() -> None:
    told = Told()
    RunNews(told).add(RUNS[:3], [9])
    assert told.portions == [[(1, "queued"), (2, "queued"), (3, "queued")]]
    assert told.forgotten == [(9,)]


@pytest.mark.spec("RUN-39", "RUN-9")
async def test_many_are_told_in_order_and_as_they_are_by_then() -> None:
    told = Told()
    book = RunNews(told)
    book.add(RUNS, [9])
    assert len(told.portions) == 1
    book.add([replace(RUNS[0], state=RunState.RUNNING)])
    book.add([replace(run, state=RunState.CANCELLED) for run in RUNS[5:]], [8])
    await book.told()
    assert told.portions[1:] == [
        [(4, "queued"), (5, "queued"), (6, "cancelled")],
        [(7, "cancelled"), (1, "running")],
    ]
    # Nothing is forgotten before the last word on it.
    assert told.forgotten == [(), (), (9, 8)]
    await book.told()
    book.add(RUNS[1:2])
    assert told.portions[3:] == [[(2, "queued")]]


async def test_nothing_is_told_after_the_end() -> None:
    told = Told()
    book = RunNews(told)
    book.add(RUNS)
    book.close()
    with pytest.raises(asyncio.CancelledError):
        await book.told()
    assert len(told.portions) == 1
