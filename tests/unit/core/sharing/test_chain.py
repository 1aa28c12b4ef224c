"""The audit log's chain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.sharing.chain import LONGEST_DETAIL, ORIGIN, first_break, follow
from jupyter_tandem.sharing import AuditEntry, AuditEvent

events = st.builds(
    AuditEvent,
    st.floats(0, 4e9),
    st.text(max_size=8),
    st.text(max_size=8),
    st.text(max_size=8),
    st.dictionaries(
        st.text(max_size=4),
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
        max_size=3,
    ),
)


def chained(recorded: list[AuditEvent]) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    previous = ORIGIN
    for number, event in enumerate(recorded, 1):
        entries.append(follow(number, previous, event))
        previous = entries[-1].digest
    return entries


@pytest.mark.spec("AUDIT-1")
@given(st.lists(events, max_size=5))
def test_what_was_recorded_holds(recorded: list[AuditEvent]):
    assert first_break(chained(recorded)) is None


def other_detail(entry: AuditEntry) -> AuditEntry:
    return replace(entry, event=replace(entry.event, details={"role": "viewer"}))


@pytest.mark.spec("AUDIT-4")
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda e: replace(e, event=replace(e.event, actor="user:eve")), id="actor"),
        pytest.param(lambda e: replace(e, event=replace(e.event, kind="x")), id="kind"),
        pytest.param(lambda e: replace(e, event=replace(e.event, at=e.event.at + 1)), id="time"),
        pytest.param(lambda e: replace(e, event=replace(e.event, file_id="x")), id="file"),
        pytest.param(other_detail, id="detail"),
        pytest.param(lambda e: replace(e, digest="0" * 64), id="digest"),
        pytest.param(lambda e: replace(e, previous="0" * 63 + "1"), id="previous"),
        pytest.param(
            lambda e: follow(e.sequence, e.previous, replace(e.event, kind="x")), id="redone"
        ),
    ],
)
def test_a_changed_entry_is_found(place: int, change):
    entries = chained([AuditEvent(1.0, kind, "user:ada") for kind in "abcd"])
    entries[place] = change(entries[place])
    assert first_break(entries) is not None


@pytest.mark.spec("AUDIT-4")
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_missing_entry_is_found(place: int):
    entries = chained([AuditEvent(1.0, kind, "user:ada") for kind in "abcd"])
    del entries[place]
    assert "missing" in (first_break(entries) or "")


@pytest.mark.spec("AUDIT-4")
def test_swapped_entries_are_found():
    entries = chained([AuditEvent(1.0, kind, "user:ada") for kind in "abcd"])
    entries[1], entries[2] = entries[2], entries[1]
    assert first_break(entries) is not None


def test_a_long_detail_is_cut():
    entry = follow(1, ORIGIN, AuditEvent(1.0, "a", "b", "c", {"name": "x" * 10**6}))
    assert entry.event.details["name"] == "x" * LONGEST_DETAIL
    assert first_break([entry]) is None
