"""The short reading of what most edits are says the same as the long one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Text

from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol import nesting, update
from jupyter_tandem.protocol.insertion import Insertion, read_insertion
from jupyter_tandem.protocol.nesting import NestingWatch
from jupyter_tandem.protocol.update import UpdateShape, inspect
from tests.unit.protocol.update_bytes import STRING, number
from tests.unit.protocol.update_bytes import update as one_update

_small = st.integers(0, 5)
_references = st.lists(st.tuples(_small, _small), min_size=1, max_size=2)


def inserted(client: int, clock: int, references: list[tuple[int, int]], text: bytes) -> bytes:
    """Text with a left neighbour, or with one on both sides."""
    flags = 0x80 if len(references) == 1 else 0xC0
    beside = b"".join(number(at) + number(there) for at, there in references)
    struct = bytes([STRING | flags]) + beside + number(len(text)) + text
    return one_update(struct, client=client, clock=clock)


def read_long(data: bytes, monkeypatch: pytest.MonkeyPatch) -> UpdateShape | str:
    """What is found without the short reading."""
    with monkeypatch.context() as patch:
        patch.setattr(update, "read_insertion", lambda _: None)
        return shape_or_error(data)


def shape_or_error(data: bytes) -> UpdateShape | str:
    try:
        return inspect(data)
    except ProtocolError as error:
        return str(error)


def test_typing_is_read_short() -> None:
    doc: Doc[Any] = Doc(client_id=4_000_000_000)
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    text = doc.get("source", type=Text)
    for piece in ("a", "c", "b"):
        text.insert(1 if piece == "b" else len(text), piece)
    text += "ü"
    del text[0]
    doc.unobserve(subscription)
    me = 4_000_000_000
    assert [read_insertion(update) for update in made] == [
        None,
        Insertion(me, 1, 2, ((me, 0),)),
        Insertion(me, 2, 3, ((me, 0), (me, 1))),
        None,
        None,
    ]


@given(client=_small, clock=_small, references=_references, text=st.text(max_size=3))
def test_both_readings_agree(
    client: int, clock: int, references: list[tuple[int, int]], text: str
) -> None:
    data = inserted(client, clock, references, text.encode())
    with pytest.MonkeyPatch.context() as patch:
        assert shape_or_error(data) == read_long(data, patch)


@given(
    references=_references,
    at=st.integers(0, 20),
    byte=st.integers(0, 255),
    end=st.integers(0, 20),
)
def test_both_readings_agree_about_damaged_ones(
    references: list[tuple[int, int]], at: int, byte: int, end: int
) -> None:
    data = bytearray(inserted(3, 2, references, b"xyz"))
    data[at % len(data)] = byte
    for damaged in (bytes(data), bytes(data[:end]), bytes(data) + b"\x00"):
        with pytest.MonkeyPatch.context() as patch:
            assert shape_or_error(damaged) == read_long(damaged, patch)


@given(st.lists(st.tuples(_small, _references), max_size=8))
def test_depths_are_the_same_whichever_way_items_were_read(
    items: list[tuple[int, list[tuple[int, int]]]],
) -> None:
    long, short = NestingWatch(), NestingWatch()
    clocks: dict[int, int] = {}
    for client, references in items:
        clock = clocks.get(client, 0)
        data = inserted(client, clock, references, b"x")
        outcomes = []
        for watch, reader in ((long, lambda _: None), (short, read_insertion)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(nesting, "read_insertion", reader)
                try:
                    watch.admit([data])
                    outcomes.append("")
                except ProtocolError as error:
                    outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]
        if not outcomes[0]:
            clocks[client] = clock + 1
    for client, clock in clocks.items():
        assert [long._clients[client].at(n) for n in range(clock)] == [
            short._clients[client].at(n) for n in range(clock)
        ]
