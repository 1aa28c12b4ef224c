"""HUBRUN-13: what somebody else's server says of its runs is kept within bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_tandem.engine.federation.distant_board import MOST_RUNS, DistantBoard
from jupyter_tandem.protocol.federation import Told, decode_federation, encode_federation
from jupyter_tandem.protocol.run import Run, RunState

pytestmark = pytest.mark.spec("HUBRUN-13")


def run(number: int, state: RunState = RunState.QUEUED, username: str = "bob") -> dict[str, Any]:
    names = ("k" * 36, "c" * 36, username, "Bob " * 10, "a" * 64)
    changed = tuple(f"Somebody with the name {n}" for n in range(10))
    return Run(number, *names, 1e9, state, 1e9, 1e9, 3, "r" * 300, changed_by=changed).body()


def through(body: dict[str, Any]) -> dict[str, Any]:
    """As it comes out at the other end of the connection."""
    told = decode_federation(encode_federation(Told(1, body)))
    assert isinstance(told, Told)
    return told.body


def known(board: DistantBoard) -> list[dict[str, Any]]:
    return list(board.whole().body["runs"])


def test_ten_thousand_cells_that_were_run_and_wait_again_are_all_shown() -> None:
    board = DistantBoard()
    ended = [run(n, RunState.FINISHED) for n in range(1, 10_001)]
    waiting = [run(n) for n in range(10_001, 20_001)]
    kernel = {"id": "k", "name": "python3", "state": "busy", "reason": "", "why": []}
    question = {"id": 1, "prompt": "Which? " * 10_000, "password": False}
    told = {"full": True, "kernel": kernel, "input": question, "runs": ended}
    assert board.post(through(told)) == (told, ())
    for first in range(0, 10_000, 1_000):
        portion = {"runs": waiting[first : first + 1_000]}
        assert board.post(through(portion)) == (portion, ())
    assert board.whole().body == {**told, "runs": ended + waiting}
    assert board.names("bob")
    assert board.awaited() == {"bob"}


def test_of_too_many_those_that_wait_and_the_newest_stay() -> None:
    board = DistantBoard()
    board.post({"runs": [run(1), *[run(n, RunState.FINISHED) for n in range(2, MOST_RUNS + 1)]]})
    _, forgotten = board.post({"runs": [run(MOST_RUNS + 1, RunState.RUNNING, "carol")]})
    assert forgotten == tuple(range(2, 2 + len(forgotten)))
    assert len(known(board)) == MOST_RUNS + 1 - len(forgotten)
    assert known(board)[0]["id"] == 1
    assert board.awaited() == {"bob", "carol"}
    doras = run(0, username="dora")
    for first in range(MOST_RUNS, 4 * MOST_RUNS, 5_000):
        board.post({"runs": [{**doras, "id": first + n} for n in range(5_000)]})
        assert len(known(board)) <= MOST_RUNS
    assert not board.names("carol")


def test_one_message_with_too_many_keeps_the_newest() -> None:
    board = DistantBoard()
    fit, forgotten = board.post({"full": True, "runs": [run(n) for n in range(MOST_RUNS + 500)]})
    assert (len(fit["runs"]), forgotten) == (MOST_RUNS, ())
    assert known(board)[0]["id"] == 500


def test_a_run_that_is_told_of_at_length_is_kept_in_brief() -> None:
    board = DistantBoard()
    long = {
        **run(1, RunState.FINISHED, "u" * 100_000),
        "state": "s" * 100_000,
        "reason": "r" * 100_000,
        "why": ["w"] * 100_000,
        "number": 10**4_000,
        **{f"more{n}": {"x": "y" * 100} for n in range(10_000)},
        "n" * 100_000: 1,
    }
    nested: Any = []
    for _ in range(500):
        nested = [nested]
    board.post(through({"runs": [long, {**run(2), "why": [nested] * 50}]}))
    brief, other = known(board)
    assert len(json.dumps([brief, other])) < 5_000
    assert (brief["id"], brief["cell"], brief["started_at"]) == (1, "c" * 36, 1e9)
    assert brief["user"] == {"username": "u" * 255, "display_name": ""}
    assert "why" not in other
    board.post(through({"kernel": {"name": "k" * 10**6}, "input": {"x": [""] * 10**5}, "runs": []}))
    assert (board.whole().body["kernel"], board.whole().body["input"]) == (None, None)


def test_what_is_no_run_is_not_kept() -> None:
    board = DistantBoard()
    nonsense: list[Any] = [7, {}, {"id": "1"}, {**run(1), "user": 5}, {**run(1), "state": None}]
    board.post({"runs": [*nonsense, run(-1), run(2**60), run(3)]})
    board.post({"runs": None})
    assert [one["id"] for one in known(board)] == [3]
