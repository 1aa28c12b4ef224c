"""Messages of y-webrtc's signaling protocol: one JSON object in each WebSocket text frame.

The protocol is the one of the npm package ``y-webrtc`` 10 (its client ``src/y-webrtc.js`` and its server
``bin/server.js``). What is published is never taken apart: subscribers get the publisher's own bytes with
``clients`` added, so numbers, key order and encrypted payloads arrive as they were sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, NoReturn

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.values import check_json

KIB = 1024

GOING_AWAY: Final = 1001
NOT_TEXT: Final = 1003
SERVICE_RESTART: Final = 1012
TRY_AGAIN_LATER: Final = 1013
MALFORMED: Final = MalformedFrame.close_code
LIMIT: Final = LimitExceeded.close_code
TOO_MANY_MESSAGES: Final = 4429

PONG: Final = b'{"type":"pong"}'

_DEPTH: Final = 64
"""Deepest nesting of a message; a session description nests four levels."""

_WHITE_SPACE: Final = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class SignalingLimits:
    """What one message may be.

    Attributes:
        message_bytes: Longest message. A session description with many network interfaces takes some
            10 kB, a third more when it is encrypted.
        topic_bytes: Longest topic in UTF-8. A hash takes 64; old clients use the room's name itself.
        topics: Most topics in one message, which is also the most one connection may subscribe to: a
            client that comes back names all of its rooms at once. Every open document is a room.
    """

    message_bytes: int = 64 * KIB
    topic_bytes: int = 256
    topics: int = 100


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Send me what is published under these topics."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Send me no more of these topics."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publish:
    """Pass ``body``, the message as it came, to everybody who subscribed to ``topic``."""

    topic: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a type this version does not know; to be ignored, as y-webrtc's server does."""


SignalingMessage = Subscribe | Unsubscribe | Publish | Ping | Unknown


def decode_message(data: bytes, limits: SignalingLimits) -> SignalingMessage:
    """Read one message of a client.

    Args:
        data: The text frame's payload.
        limits: Checked before anything is parsed where that is possible.

    Raises:
        LimitExceeded: the message, a topic or the list of topics is too long, or nested too deep.
        MalformedFrame: not UTF-8, not JSON as a browser parses it, or not a message's shape.
    """
    if len(data) > limits.message_bytes:
        raise LimitExceeded(f"A message may have at most {limits.message_bytes} bytes.")
    message = _parse(data)
    kind = message.get("type")
    if kind == "publish":
        return Publish(_topic(message.get("topic"), limits), data)
    if kind == "subscribe":
        return Subscribe(_topics(message.get("topics"), limits))
    if kind == "unsubscribe":
        return Unsubscribe(_topics(message.get("topics"), limits))
    return Ping() if kind == "ping" else Unknown()


def encode_published(body: bytes, clients: int) -> bytes:
    """Return a published message as its subscribers get it.

    ``clients`` is written behind everything else, so that it also overrules a ``clients`` of the
    publisher: of two members with one name a JSON parser keeps the last.

    Args:
        body: A publish message that :func:`decode_message` has accepted.
        clients: Number of subscribers the topic has.
    """
    return b'%b,"clients":%d}' % (body.rstrip(_WHITE_SPACE)[:-1], clients)


def encode_refusal(code: str, topics: tuple[str, ...]) -> bytes:
    """Return a message that says which topics could not be subscribed to.

    y-webrtc's client ignores types it does not know, so it is safe to send to everybody.

    Args:
        code: ``topic-full``, ``too-many-topics`` or ``server-full``.
        topics: What was refused.
    """
    message = {"type": "error", "code": code, "topics": topics}
    return json.dumps(message, separators=(",", ":")).encode()


def _parse(data: bytes) -> dict[str, object]:
    try:
        text = data.decode()
        if data.count(b"{") + data.count(b"[") > _DEPTH:
            check_json(text, depth=_DEPTH)
        # float: Python's own integers cost quadratic time on thousands of digits, and none is read.
        message = json.loads(text, parse_constant=_refuse_constant, parse_int=float)
    except (ValueError, RecursionError):
        raise MalformedFrame("A message must be JSON.") from None
    if not isinstance(message, dict):
        raise MalformedFrame("A message must be a JSON object.")
    return message


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities: Python reads them, a browser's parser throws."""
    raise ValueError(f"{name} is not JSON")


def _topics(value: object, limits: SignalingLimits) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise MalformedFrame("topics must be a list.")
    if len(value) > limits.topics:
        raise LimitExceeded(f"A message may name at most {limits.topics} topics.")
    return tuple(_topic(item, limits) for item in value)


def _topic(value: object, limits: SignalingLimits) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedFrame("A topic must be a text that is not empty.")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise MalformedFrame("A topic must be valid Unicode.") from None
    if size > limits.topic_bytes:
        raise LimitExceeded(f"A topic may have at most {limits.topic_bytes} bytes.")
    return value
