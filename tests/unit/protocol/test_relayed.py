from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.relayed import Missed, Relayed, decode_relayed, encode_relayed
from jupyter_tandem.protocol.signaling import SignalingLimits

LIMITS = SignalingLimits()


@given(
    topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    body=st.binary(max_size=200),
)
def test_what_is_encoded_is_decoded(topic: str, body: bytes) -> None:
    message = Relayed("a-process_1", topic, body + b"}")
    assert decode_relayed(encode_relayed(message), LIMITS) == message


@given(seconds=st.integers(0, 10**9 - 1))
def test_what_was_missed(seconds: int) -> None:
    message = Missed("a-process_1", seconds)
    assert decode_relayed(encode_relayed(message), LIMITS) == message


@pytest.mark.spec("SIGNAL-31")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"tandem-signal/2 a 1\nt{}",
        b"tandem-signal/1 a 1\n",
        b"tandem-signal/1 a 9\nt{}",
        b"tandem-signal/1 a 1\nt{",
        b"tandem-signal/1 a 0\n{}",
        b"tandem-signal/1 a -1\nt{}",
        b"tandem-signal/1 a 1\n\xff{}",
        b"tandem-missed/1 a 1",
        b"tandem-missed/1 a 1\nx",
        b"tandem-missed/1 a 1234567890\n",
    ],
)
def test_what_others_say_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_relayed(data, LIMITS)


@pytest.mark.spec("SIGNAL-31")
def test_what_no_process_would_send_is_not_looked_at() -> None:
    with pytest.raises(LimitExceeded):
        decode_relayed(b"x" * 100_000, LIMITS)


@pytest.mark.spec("SIGNAL-31")
@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        message = decode_relayed(data, LIMITS)
    except MalformedFrame:
        return
    assert encode_relayed(message) == data
