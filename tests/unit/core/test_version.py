"""Entries gathered into versions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.version import LONGEST_S, PAUSE_S, Stamp, Version, versions


def test_typing_without_a_pause_is_one_version() -> None:
    stamps = [Stamp(n, "ana", float(n)) for n in range(1, 6)]
    assert versions(stamps) == [Version(5, 5.0)]


def test_a_pause_or_another_author_begins_a_new_version() -> None:
    stamps = [
        Stamp(1, "", 0.0),
        Stamp(2, "ana", 1.0),
        Stamp(3, "ana", 1.0 + PAUSE_S),
        Stamp(4, "bo", 2.0 + PAUSE_S),
    ]
    assert [v.sequence for v in versions(stamps)] == [1, 2, 3, 4]


def test_steady_typing_is_cut_after_a_minute() -> None:
    stamps = [Stamp(n, "ana", n * 5.0) for n in range(1, 40)]
    found = versions(stamps)
    assert found[0].at - 5.0 < LONGEST_S
    assert found[-1].sequence == 39


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(-1e9, 1e9))))
def test_order_is_the_sequence_s_whatever_the_clock_says(made: list[tuple[str, float]]) -> None:
    stamps = [Stamp(n, author, at) for n, (author, at) in enumerate(made, 1)]
    found = [v.sequence for v in versions(stamps)]
    assert found == sorted(set(found))
    assert found[-1:] == [s.sequence for s in stamps][-1:]
