"""The codec of the wire protocol: what was encoded is decoded, everything else is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.errors import LimitExceeded, MalformedFrame, ProtocolError
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits

LIMITS = Limits()
numbers = st.integers(0, 2**53 - 1)
objects = st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.booleans())
states = st.lists(st.builds(f.AwarenessState, numbers, numbers, st.text()), max_size=5).map(tuple)
both_ways = [
    st.builds(f.SyncStep1, st.binary()),
    st.builds(f.SyncStep2, st.binary()),
    st.builds(f.Update, st.binary()),
    st.builds(f.Awareness, states),
]
commands = st.builds(
    lambda number, runs: {"type": "cancel", "number": number, "runs": runs},
    numbers,
    st.lists(numbers, max_size=3),
)
from_client = st.one_of(
    *both_ways,
    st.builds(f.SaveRequest, numbers),
    st.builds(f.MergeRequest.of, objects),
    st.just(f.Ping()),
    st.builds(f.RunCommand, commands),
)
from_server = st.one_of(
    *both_ways,
    st.builds(f.StockNotice, objects),
    st.builds(f.Hello, objects),
    st.builds(f.Acknowledgement, numbers),
    st.builds(f.Status, objects),
    st.builds(f.Notice, objects),
    st.builds(f.MergeAnswer, objects),
    st.just(f.Pong()),
    st.builds(f.RunAnswer, objects),
    st.builds(f.Execution, objects),
)


@pytest.mark.spec("WIRE-8")
@given(from_client)
def test_client_messages_survive_the_wire(message: f.ClientMessage) -> None:
    assert f.decode_client(f.encode(message), LIMITS) == message


@pytest.mark.spec("WIRE-8")
@given(from_server)
def test_server_messages_survive_the_wire(message: f.ServerMessage) -> None:
    assert f.decode_server(f.encode(message)) == message


@pytest.mark.spec("WIRE-8")
@given(st.binary())
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        f.decode_client(data, LIMITS)
    with contextlib.suppress(ProtocolError):
        f.decode_server(data)


@pytest.mark.spec("WIRE-3")
@given(from_client, st.data())
def test_a_truncated_or_continued_frame_is_malformed(
    message: f.ClientMessage, data: st.DataObject
) -> None:
    frame = f.encode(message)
    cut = data.draw(st.integers(0, len(frame) - 1))
    with pytest.raises(MalformedFrame):
        f.decode_client(frame[:cut], LIMITS)
    with pytest.raises(MalformedFrame):
        f.decode_client(frame + b"\x00", LIMITS)


@pytest.mark.spec("WIRE-3")
@pytest.mark.parametrize(
    "frame",
    [
        b"\x05",
        b"\x00\x07\x00",
        b"\x02\x04load\x01",
        b"\x54\x63",
        b"\x54\x00\x02{}",
        b"\x54\x08\x01[",
    ],
    ids=["kind", "sync step", "request", "tandem kind", "server's hello", "broken JSON"],
)
def test_messages_a_client_cannot_send(frame: bytes) -> None:
    with pytest.raises(MalformedFrame):
        f.decode_client(frame, LIMITS)


@pytest.mark.spec("WIRE-10")
def test_what_is_handed_in_is_read_when_it_is_asked_for() -> None:
    message = f.decode_client(b"\x54\x04\x01[", LIMITS)
    assert isinstance(message, f.MergeRequest)
    with pytest.raises(MalformedFrame):
        _ = message.body
    for encoding in ("utf-16", "latin-1"):
        with pytest.raises(MalformedFrame):
            _ = f.MergeRequest('{"ours": "é"}'.encode(encoding)).body


@pytest.mark.spec("WIRE-10")
@pytest.mark.parametrize("part", ["{}", "[]"])
def test_json_of_too_many_parts_is_refused_unread(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(parts: int) -> dict[str, object]:
        few = {"number": 1, "type": "cancel", "runs": []}
        return {**few, "more": [{} if part == "{}" else []] * (parts - 3)}

    f.decode_client(f.encode(f.RunCommand(asked(f.COMMAND_PARTS))), LIMITS)
    monkeypatch.setattr(f, "MERGE_PARTS", 1_000)
    assert f.MergeRequest.of(asked(1_000)).body
    monkeypatch.setattr(json, "loads", None)
    with pytest.raises(LimitExceeded, match="parts"):
        f.decode_client(f.encode(f.RunCommand(asked(f.COMMAND_PARTS + 1))), LIMITS)
    with pytest.raises(LimitExceeded, match="parts"):
        _ = f.MergeRequest.of(asked(1_001)).body


@pytest.mark.spec("WIRE-10")
@pytest.mark.parametrize("number", [0, 2, 3, 5, 9, 10])
def test_what_only_a_server_sends_is_not_read(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", None)
    with pytest.raises(MalformedFrame):
        f.decode_client(bytes((0x54, number)) + b"\x02{}", LIMITS)


@pytest.mark.spec("WIRE-1")
def test_one_byte_over_the_frame_limit_is_refused_undecoded() -> None:
    limits = Limits(frame_bytes=10)
    assert f.decode_client(b"\x00\x02\x07" + bytes(7), limits) == f.Update(bytes(7))
    with pytest.raises(LimitExceeded, match="11 bytes; the server takes at most 10"):
        f.decode_client(b"\xff" * 11, limits)


@pytest.mark.spec("WIRE-2")
def test_a_count_that_the_bytes_cannot_hold_is_refused() -> None:
    claim = b"\xff\xff\xff\x7f"
    payload = claim + b"\x01\x01\x00"
    with pytest.raises(LimitExceeded, match="claims"):
        f.decode_client(b"\x01" + bytes((len(payload),)) + payload, LIMITS)


@pytest.mark.spec("WIRE-2")
def test_awareness_has_limits_of_its_own() -> None:
    state = f.AwarenessState(1, 1, "x" * 200)
    frame = f.encode(f.Awareness((state,)))
    with pytest.raises(LimitExceeded, match="awareness"):
        f.decode_client(frame, Limits(awareness_bytes=100))
