"""Random bytes and random damage: the walker answers, and the document survives what it lets through."""

from __future__ import annotations

from contextlib import suppress

import pycrdt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.document import Document
from jupyter_tandem.errors import DocumentError, ProtocolError
from jupyter_tandem.protocol.update import UpdateLimits, decode_state_vector, inspect
from jupyter_tandem.types import DocumentKind

LIMITS = UpdateLimits(clients=50, structs=1_000, values=5_000, json_bytes=1_000, depth=10)


def _updates() -> list[bytes]:
    """A text, a map and nested values, edited by two peers."""
    one, two = pycrdt.Doc(client_id=2**40), pycrdt.Doc(client_id=9)
    emitted: list[bytes] = []
    one.observe(lambda event: emitted.append(event.update))
    source, state = one.get("source", type=pycrdt.Text), one.get("state", type=pycrdt.Map)
    source += "first line\nsecond 😀 line\n"
    state["path"] = "a.txt"
    state["values"] = {"a": [1, 2.5, None, True, "x"], "b": {"c": {"d": []}}}
    two.apply_update(one.get_update())
    other = two.get("source", type=pycrdt.Text)
    other.insert(6, "é inserted")
    del source[0:3]
    one.apply_update(two.get_update(one.get_state()))
    state["path"] = "b.txt"
    source.format(0, 3, {"bold": True})
    return [*emitted, one.get_update()]


UPDATES = _updates()
DAMAGE = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 4), st.binary(min_size=0, max_size=6)),
    min_size=1,
    max_size=4,
)


def damaged(update: bytes, damage: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, inserted in damage:
        at = place % (len(update) + 1)
        update = update[:at] + inserted + update[at + removed :]
    return update


@pytest.mark.spec("UPD-3")
@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(data):
    for read in (inspect, decode_state_vector):
        with suppress(ProtocolError):
            read(data, LIMITS)


@pytest.mark.spec("UPD-3", "UPD-6")
@given(st.sampled_from(UPDATES), DAMAGE)
def test_a_document_survives_what_the_walker_lets_through(update, damage):
    hostile = damaged(update, damage)
    try:
        shape = inspect(hostile, LIMITS)
    except ProtocolError:
        return
    document = Document(DocumentKind("text", "file"), 1)
    document.load([UPDATES[-1]])
    known = decode_state_vector(document.state_vector())
    try:
        document.apply([hostile])
    except DocumentError:
        assert document.damaged or decode_state_vector(document.state_vector()) == known
        return
    after = decode_state_vector(document.state_vector())
    if all(known.get(client, 0) >= clock for client, clock in shape.needs.items()):
        for client, (_, end) in shape.blocks.items():
            assert after[client] >= end
    assert isinstance(document.content(), str)
    document.close()


@pytest.mark.spec("UPD-3")
@given(st.sampled_from(UPDATES), st.integers(0, 400))
def test_a_truncated_update_is_refused(update, end):
    cut = update[: end % len(update)]
    with pytest.raises(ProtocolError):
        inspect(cut)
