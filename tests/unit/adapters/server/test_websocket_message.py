"""WebSocket messages, as a client sends them and a server takes them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from jupyter_tandem.adapters.server import websocket_message as m
from jupyter_tandem.errors import LimitExceeded, MalformedFrame, ProtocolError

LIMIT = 1 << 20


def client_frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """What a conforming client puts on the wire."""
    return Frame(Opcode(opcode), payload, fin=fin).serialize(mask=True)


def messages(reader: m.MessageReader, data: bytes) -> list[bytes]:
    return [e.payload for e in reader.feed(data) if isinstance(e, m.Message)]


@given(
    st.lists(st.binary(max_size=70_000), max_size=5),
    st.lists(st.integers(1, 5_000), min_size=1, max_size=20),
)
def test_messages_arrive_whole_and_in_order_however_they_are_cut(
    payloads: list[bytes], cuts: list[int]
) -> None:
    wire = b"".join(client_frame(2, p) for p in payloads)
    reader = m.MessageReader(LIMIT)
    got: list[bytes] = []
    position = turn = 0
    while position < len(wire):
        step = cuts[turn % len(cuts)]
        got += messages(reader, wire[position : position + step])
        position += step
        turn += 1
    assert got == payloads


@given(st.lists(st.binary(max_size=300), min_size=2, max_size=6))
def test_fragments_make_one_message_with_control_frames_between(parts: list[bytes]) -> None:
    wire = client_frame(2, parts[0], fin=False)
    for part in parts[1:-1]:
        wire += client_frame(9, b"?") + client_frame(0, part, fin=False)
    wire += client_frame(0, parts[-1])
    events = m.MessageReader(LIMIT).feed(wire)
    assert [e for e in events if isinstance(e, m.Message)] == [m.Message(b"".join(parts))]
    assert events.count(m.Ping(b"?")) == len(parts) - 2


@pytest.mark.spec("HOST-8", "WIRE-1")
def test_a_gigabyte_is_refused_by_its_header() -> None:
    header = b"\x82\xff" + (1 << 30).to_bytes(8, "big")
    with pytest.raises(LimitExceeded):
        m.MessageReader(LIMIT).feed(header)


@pytest.mark.spec("HOST-8")
def test_fragments_are_counted_together() -> None:
    reader = m.MessageReader(100)
    assert reader.feed(client_frame(2, bytes(60), fin=False)) == []
    with pytest.raises(LimitExceeded):
        reader.feed(client_frame(0, bytes(60), fin=False)[:2])


def test_one_byte_over_is_refused_and_the_limit_itself_is_not() -> None:
    assert messages(m.MessageReader(100), client_frame(2, bytes(100))) == [bytes(100)]
    with pytest.raises(LimitExceeded):
        m.MessageReader(100).feed(client_frame(2, bytes(101)))


@pytest.mark.spec("HOST-17")
@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(client_frame(1, b"text"), id="text"),
        pytest.param(b"\x82\x01x", id="unmasked"),
        pytest.param(b"\xc2\x80" + bytes(4), id="compressed"),
        pytest.param(client_frame(0, b"x"), id="nothing to continue"),
        pytest.param(
            client_frame(2, b"x", fin=False) + client_frame(2, b"y"), id="two messages at once"
        ),
        pytest.param(b"\x09\x80" + bytes(4), id="ping in parts"),
        pytest.param(b"\x89\xfe\x00\x80" + bytes(4), id="long ping"),
        pytest.param(b"\x83\x80" + bytes(4), id="unknown opcode"),
    ],
)
def test_what_no_client_sends_is_refused(wire: bytes) -> None:
    with pytest.raises(MalformedFrame):
        m.MessageReader(LIMIT).feed(wire)


@given(st.binary(max_size=2_000))
def test_garbage_never_raises_anything_else(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        m.MessageReader(500).feed(data)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_what_we_send_is_what_a_client_reads(size: int) -> None:
    payload = bytes(size)
    assert parse(m.encode_message(payload)) == Frame(Opcode.BINARY, payload)


def test_a_close_reason_is_cut_to_what_a_frame_can_hold() -> None:
    frame = parse(m.encode_close(4413, "é" * 200))
    assert frame.opcode is Opcode.CLOSE
    assert len(frame.data) <= 125
    assert bytes(frame.data[2:]).decode() == "é" * 61


def parse(wire: bytes) -> Frame:
    """Read with another implementation than ours."""
    stream = StreamReader()
    stream.feed_data(wire)
    parsing = Frame.parse(stream.read_exact, mask=False, max_size=None)
    try:
        next(parsing)
    except StopIteration as stop:
        frame = stop.value
        assert isinstance(frame, Frame)
        return frame
    raise AssertionError("The frame is not whole.")
