"""How an owner's server says that its kernel and its runs stand, as far as others keep it and pass it on (HUBRUN-13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from jupyter_tandem.core.board import Board
from jupyter_tandem.protocol.frames import Execution
from jupyter_tandem.protocol.run import RunState

MOST_RUNS: Final = 20_000
"""Runs of one document. The largest notebooks have ten thousand cells: each was run once, and waits to be run again."""

HEAVIEST_RUN: Final = 4 * 1024
"""What a run may take of the memory, by a rough estimate, to be kept with all that is said of it; most take 1.3 kB."""

HEAVIEST_FACT: Final = 256 * 1024
"""The same of how the kernel stands, and of the question that it asks."""

_FORGOTTEN_AT_ONCE: Final = MOST_RUNS // 20
_LARGEST_ID: Final = 2**53
"""Front ends know whole numbers up to this one."""

_LONGEST_NAME: Final = 255
_LONGEST_WORD: Final = 20
_MOST_PARTS: Final = 20
_BRIEF: Final = 200
_PART_BYTES: Final = 50
"""What Python takes for anything beside its text."""

_LIVE: Final = frozenset({RunState.QUEUED.value, RunState.RUNNING.value})


class DistantBoard:
    """A :class:`~jupyter_tandem.core.board.Board` of what somebody else's server says."""

    def __init__(self) -> None:
        """Nothing has been said."""
        self._board = Board()
        self._people: dict[int, tuple[bool, str]] = {}
        self._runs_of: Counter[str] = Counter()

    def post(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[int, ...]]:
        """Take news, as :meth:`jupyter_tandem.core.board.Board.post`.

        Returns:
            What is fit to be passed on of it, and the runs that are forgotten for it: of too many those with the
            lowest numbers, first of all those that nothing is expected of any more.
        """
        fit = _fit(body)
        if fit.get("full") is True:
            self._people.clear()
            self._runs_of.clear()
        for run in fit["runs"]:
            self._drop(run["id"])
            username = run["user"]["username"]
            self._people[run["id"]] = (run["state"] in _LIVE, username)
            self._runs_of[username] += 1
        forgotten = self._forget()
        self._board.post(fit, forgotten)
        return fit, forgotten

    def whole(self) -> Execution:
        """Everything, for a newcomer."""
        return self._board.whole()

    def names(self, username: str) -> bool:
        """Whether a run of this person's is known."""
        return username in self._runs_of

    def awaited(self) -> set[str]:
        """Those whose runs wait or are under way."""
        return {username for live, username in self._people.values() if live}

    def _forget(self) -> tuple[int, ...]:
        over = len(self._people) - MOST_RUNS
        if over <= 0:
            return ()
        # Looking at all of them is worth it once in many times only.
        oldest = sorted(self._people, key=lambda run_id: (self._people[run_id][0], run_id))
        forgotten = tuple(oldest[: over + _FORGOTTEN_AT_ONCE])
        for run_id in forgotten:
            self._drop(run_id)
        return forgotten

    def _drop(self, run_id: int) -> None:
        _, username = self._people.pop(run_id, (False, None))
        if username is not None:
            self._runs_of[username] -= 1
            if not self._runs_of[username]:
                del self._runs_of[username]


def _fit(body: Mapping[str, Any]) -> dict[str, Any]:
    fit = {
        name: told if _within(told, HEAVIEST_FACT) else None
        for name, told in body.items()
        if name != "runs"
    }
    runs = body.get("runs")
    # The newest are the last ones.
    newest = runs[-MOST_RUNS:] if isinstance(runs, list) else []
    return {**fit, "runs": [_fit_run(run) for run in newest if _is_run(run)]}


def _is_run(run: object) -> bool:
    if not isinstance(run, dict):
        return False
    number, state, user = run.get("id"), run.get("state"), run.get("user")
    if not isinstance(number, int) or not isinstance(state, str) or not isinstance(user, dict):
        return False
    return 0 <= number <= _LARGEST_ID and isinstance(user.get("username"), str)


def _fit_run(run: Mapping[str, Any]) -> Mapping[str, Any]:
    if _within(run, HEAVIEST_RUN):
        return run
    brief = {
        name: told
        for name, told in islice(run.items(), _MOST_PARTS)
        if len(name) <= _LONGEST_WORD and _within(told, _BRIEF)
    }
    user = {"username": run["user"]["username"][:_LONGEST_NAME], "display_name": ""}
    return {**brief, "id": run["id"], "state": run["state"][:_LONGEST_WORD], "user": user}


def _within(told: object, most: int) -> bool:
    """Whether this takes no more than so many bytes of the memory, roughly. What is told was JSON."""
    weight, parts = 0, [told]
    while parts and weight <= most:
        part = parts.pop()
        if isinstance(part, dict):
            # The names and the plain values of ten thousand runs: nothing slower will do.
            weight += len("".join(part)) + _PART_BYTES * len(part)
            for value in part.values():
                if isinstance(value, str):
                    weight += len(value)
                elif isinstance(value, (list, dict, int)):
                    parts.append(value)
        elif isinstance(part, list):
            weight += _PART_BYTES * len(part)
            parts += part[:most]
        elif isinstance(part, str):
            weight += len(part)
        elif isinstance(part, int):
            weight += part.bit_length() >> 3
    return weight <= most
