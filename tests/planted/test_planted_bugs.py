"""The suite finds bugs: each is planted into a run of the checks that have to fail with it.

A planted bug is a module beside this one that changes Tandem when it is imported; pytest imports it before
the checks (``-p``).
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]

_SIMULATION = "tests/sim/test_simulation.py::test_promises_hold_whatever_happens"
_ROOM_PEOPLE = "tests/unit/core/test_room_people.py"
_STORES = "tests/contract/test_stores.py"
_BY_SEQUENCE = "test_order_is_by_sequence_whatever_the_times"

PLANTED = {
    "ack_before_fsync": [
        _SIMULATION,
        "tests/unit/engine/test_committer.py::test_a_failed_append_is_told_and_repeated",
    ],
    "shown_before_written_down": [
        _SIMULATION,
        "tests/unit/engine/test_live_room.py::test_an_edit_is_written_down_before_anybody_sees_it",
    ],
    "order_by_time": [
        _SIMULATION,
        f"{_STORES}::TestMemoryJournal::{_BY_SEQUENCE}",
        f"{_STORES}::TestSqliteJournal::{_BY_SEQUENCE}",
    ],
    "no_role_check_on_step_2": [
        _SIMULATION,
        f"{_ROOM_PEOPLE}::test_a_reader_changes_nothing_by_any_frame",
    ],
    "no_comparison_before_pruning": [
        "tests/unit/engine/test_rooms.py::test_a_snapshot_that_differs_deletes_nothing",
        "tests/unit/engine/test_compaction.py::test_a_state_that_says_something_else_is_not_written",
    ],
    "merge_across_lineages": [
        _SIMULATION,
        f"{_ROOM_PEOPLE}::test_another_lineage_is_turned_away_before_anything_is_said",
    ],
    "broken_connections_stay": [
        _SIMULATION,
        f"{_ROOM_PEOPLE}::test_who_comes_back_with_edits_takes_over_from_the_broken_connection",
    ],
    "state_vectors_as_bytes": [
        _SIMULATION,
        "tests/unit/engine/test_compaction.py",
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("bug", PLANTED)
def test_every_check_that_is_named_finds_the_planted_bug(bug: str) -> None:
    options = ["--sim-start", "0", "--sim-seeds", "300", "--tb=line", "-p", "no:cacheprovider"]
    plant = ["-q", "-p", f"tests.planted.{bug}"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *plant, *options, *PLANTED[bug]],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = set(re.findall(r"^FAILED ([^\s\[]+)", run.stdout, re.MULTILINE))
    blind = [check for check in PLANTED[bug] if not any(f.startswith(check) for f in failed)]
    assert not blind, f"{blind} did not notice {bug}:\n{run.stdout}\n{run.stderr}"
