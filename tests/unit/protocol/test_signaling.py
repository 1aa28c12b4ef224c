from __future__ import annotations

import json

import pytest

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.signaling import (
    Ping,
    Publish,
    SignalingLimits,
    Subscribe,
    Unknown,
    Unsubscribe,
    decode_message,
    encode_published,
    encode_refusal,
)

LIMITS = SignalingLimits(message_bytes=2_000, topic_bytes=8, topics=3)


def test_the_four_messages_of_a_client() -> None:
    assert decode_message(b'{"type":"subscribe","topics":["a","b"]}', LIMITS) == Subscribe(
        ("a", "b")
    )
    assert decode_message(b'{"topics":["a"],"type":"unsubscribe"}', LIMITS) == Unsubscribe(("a",))
    body = b'{"type":"publish","topic":"a","data":{"x":[1]}}'
    assert decode_message(body, LIMITS) == Publish("a", body)
    assert decode_message(b' {"type":"ping"}\n', LIMITS) == Ping()


@pytest.mark.spec("SIGNAL-3")
@pytest.mark.parametrize("text", ['{"type":"hello"}', "{}", '{"type":null}', '{"type":["ping"]}'])
def test_an_unknown_type_is_no_error(text: str) -> None:
    assert decode_message(text.encode(), LIMITS) == Unknown()


@pytest.mark.spec("SIGNAL-3")
def test_a_missing_list_of_topics_is_an_empty_one() -> None:
    assert decode_message(b'{"type":"subscribe"}', LIMITS) == Subscribe(())


@pytest.mark.spec("SIGNAL-9")
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b'"ping"',
        b"null",
        b'{"type":"ping"} x',
        b'{"type":"publish","topic":"a","data":NaN}',
        b'{"type":"publish","topic":"a","data":-Infinity}',
        b'{"type":"publish"}',
        b'{"type":"publish","topic":7}',
        b'{"type":"publish","topic":""}',
        rb'{"type":"publish","topic":"\ud800"}',
        b'{"type":"subscribe","topics":"a"}',
        b'{"type":"subscribe","topics":[["a"]]}',
        b'{"type":"subscribe","topics":[null]}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_message(data, LIMITS)


@pytest.mark.spec("SIGNAL-8")
def test_one_byte_over_the_limit_is_not_even_parsed() -> None:
    message = b'{"type":"ping"}'
    at_limit = message + b" " * (LIMITS.message_bytes - len(message))
    assert decode_message(at_limit, LIMITS) == Ping()
    with pytest.raises(LimitExceeded):
        decode_message(at_limit + b"\xff", LIMITS)


@pytest.mark.spec("SIGNAL-9")
@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"type": "subscribe", "topics": ["a"] * 4}).encode(),
        json.dumps({"type": "subscribe", "topics": ["123456789"]}).encode(),
        json.dumps({"type": "publish", "topic": "ööööö"}).encode(),
        b'{"type":"publish","topic":"a","data":' + b"[" * 90 + b"]" * 90 + b"}",
    ],
)
def test_what_is_too_much(data: bytes) -> None:
    with pytest.raises(LimitExceeded):
        decode_message(data, LIMITS)


def test_a_topic_is_measured_in_bytes() -> None:
    message = decode_message(json.dumps({"type": "publish", "topic": "öööö"}).encode(), LIMITS)
    assert isinstance(message, Publish)


def test_many_brackets_that_are_not_deep_pass() -> None:
    data = json.dumps({"type": "publish", "topic": "a", "data": [[] for _ in range(200)]})
    assert isinstance(decode_message(data.encode(), LIMITS), Publish)


def test_digits_without_end_cost_nothing() -> None:
    limits = SignalingLimits(message_bytes=2_000_000)
    data = b'{"type":"publish","topic":"a","data":' + b"1" * 1_000_000 + b"}"
    assert isinstance(decode_message(data, limits), Publish)


@pytest.mark.spec("SIGNAL-1")
def test_the_publishers_bytes_stay_as_they_were() -> None:
    body = b'{"type":"publish", "topic":"a","n":1e400,"big":12345678901234567890, "t":"\\u00e9"} \n'
    assert encode_published(body, 3) == body.rstrip()[:-1] + b',"clients":3}'


@pytest.mark.spec("SIGNAL-2")
def test_a_publishers_own_count_is_overruled() -> None:
    body = b'{"clients":99,"type":"publish","topic":"a","clients":98}'
    assert json.loads(encode_published(body, 2))["clients"] == 2


def test_a_refusal_is_json() -> None:
    assert json.loads(encode_refusal("topic-full", ("a", "ö"))) == {
        "type": "error",
        "code": "topic-full",
        "topics": ["a", "ö"],
    }
