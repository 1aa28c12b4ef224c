r"""What signaling processes say to each other over a relay.

``tandem-signal/1 <origin> <bytes of the topic>\n<topic><body>`` holds a published message; the body is
the publisher's, without ``clients``, which each process adds for its own subscribers.
``tandem-missed/1 <origin> <seconds>\n`` says that a process has not heard the others for so long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.signaling import SignalingLimits

_HEAD: Final = re.compile(rb"tandem-signal/1 ([\w-]{1,64}) (\d{1,6})\n", re.ASCII)
_MISSED: Final = re.compile(rb"tandem-missed/1 ([\w-]{1,64}) (\d{1,9})\n", re.ASCII)
_HEAD_BYTES: Final = 128
"""More than the longest head has."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """A message that was published at one of the processes.

    Attributes:
        origin: Which process sent it; every process hears itself.
        topic: Where it was published.
        body: The publish message.
    """

    origin: str
    topic: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Missed:
    """A process is back and may have missed what was said in the last ``seconds``."""

    origin: str
    seconds: int


def encode_relayed(message: Relayed | Missed) -> bytes:
    """Return the bytes of ``message``."""
    if isinstance(message, Missed):
        return b"tandem-missed/1 %b %d\n" % (message.origin.encode(), message.seconds)
    topic = message.topic.encode()
    return b"tandem-signal/1 %b %d\n%b%b" % (
        message.origin.encode(),
        len(topic),
        topic,
        message.body,
    )


def decode_relayed(data: bytes, limits: SignalingLimits) -> Relayed | Missed:
    """Read one message of the relay.

    Raises:
        LimitExceeded: it is longer than any process of this version and these limits would send.
        MalformedFrame: it is something else; another program may use the relay's channel.
    """
    if len(data) > limits.message_bytes + limits.topic_bytes + _HEAD_BYTES:
        raise LimitExceeded("A message on the relay is too long.")
    if missed := _MISSED.fullmatch(data):
        return Missed(missed[1].decode("ascii"), int(missed[2]))
    head = _HEAD.match(data)
    if head is None:
        raise MalformedFrame("A message on the relay is none of a signaling server.")
    start = head.end()
    end = start + int(head[2])
    body = data[end:]
    if end == start or not body.endswith(b"}"):
        raise MalformedFrame("A message on the relay is cut short.")
    try:
        topic = data[start:end].decode()
    except UnicodeDecodeError:
        raise MalformedFrame("A topic on the relay is not UTF-8.") from None
    return Relayed(head[1].decode("ascii"), topic, body)
