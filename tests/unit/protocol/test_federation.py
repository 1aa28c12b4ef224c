"""HUB-14: messages between servers and the service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.errors import MalformedFrame
from jupyter_tandem.protocol.federation import (
    Ask,
    Carried,
    Credit,
    Errand,
    FederationMessage,
    News,
    Open,
    Outcome,
    Piece,
    Reply,
    Report,
    Shut,
    Told,
    Warrant,
    Welcome,
    decode_federation,
    encode_federation,
)

MESSAGES: list[FederationMessage] = [
    Welcome({"protocol": 1, "documents": []}),
    Open(1, "doc", ""),
    Carried(300, b"\x00\x02\x01\x00"),
    Carried(2, b""),
    Shut(2**31, 4403, "It is over \u2026"),
    Report(4, {"state": "in_file"}),
    News(),
    Errand(7, 1, "bob", "Bob", {"type": "interrupt", "number": 1}),
    Outcome(7, 1, {"status": "accepted"}),
    Told(7, {"full": True, "runs": []}),
    Warrant(7, "bob", None),
    Warrant(7, "bob", may_run=False),
    Ask(3, {"want": "list", "folder": "d", "path": ""}),
    Reply(3, {"entries": []}),
    Piece(300, b"\x00\xff"),
    Piece(3, b""),
    Credit(3, 0),
]


@pytest.mark.spec("HUB-14")
@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_messages_go_there_and_back(message: FederationMessage) -> None:
    assert decode_federation(encode_federation(message)) == message


@pytest.mark.spec("HUBRUN-3")
def test_what_is_answered_to_a_kernel_is_not_shown() -> None:
    errand = Errand(7, 1, "bob", "Bob", {"type": "answer", "number": 1, "value": "hush"})
    assert "hush" not in repr(errand)


@pytest.mark.spec("HUB-14")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x00\x02\x00",
        b"\x01\x00\x02{}",
        b"\x00\x01\x02{}",
        b"\x01\x09\x02{}",
        b"\x01\x01\x02[]",
        b"\x01\x01\x02{}",
        b"\x01\x03\x02{}",
        b"\x01\x02\x05abc",
        b"\x01\x02\x01ab",
        b"\x01\x04\x02{}x",
        b"\x01\x06\x02{}",
        b"\x01\x07\x02{}",
        b"\x01\x7f\x02{}",
        b"\x01\x08\x02{}",
        b'\x01\x08\x0a{"runs":7}',
        b'\x01\x08\x0c{"runs":[7]}',
        b'\x01\x08\x15{"runs":[],"kernel":7}',
        b'\x01\x08\x13{"runs":[{"id":1}]}',
        b"\x01\x0c\x01\x00",
        b"\x00\x0c\x01\x05abc",
        b"\x00\x0a\x02{}",
        b"\x01\x0d\x02{}",
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_federation(data)


@pytest.mark.spec("HUB-14")
@given(st.binary(max_size=64))
def test_random_bytes_raise_nothing_else(data: bytes) -> None:
    try:
        decode_federation(data)
    except MalformedFrame:
        return
