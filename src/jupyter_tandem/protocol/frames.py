"""Frames of the wire protocol: bytes to messages and back (docs/spec/wire.md).

The sync and awareness frames are those of y-protocols (https://github.com/yjs/y-protocols, ``PROTOCOL.md``);
number 2 is the save request of jupyter-collaboration; number 84 is Tandem's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.execution import parse_command
from jupyter_tandem.protocol.lib0 import (
    put_together,
    read_var_bytes,
    read_var_string,
    read_var_uint,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)
from jupyter_tandem.protocol.limits import Limits

SYNC: Final = 0
AWARENESS: Final = 1
STOCK: Final = 2
TANDEM: Final = 0x54


@dataclass(frozen=True, slots=True)
class SyncStep1:
    """A state vector; asks for what it lacks."""

    state_vector: bytes


@dataclass(frozen=True, slots=True)
class SyncStep2:
    """The answer to :class:`SyncStep1`: an update with what was lacking."""

    update: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """A change."""

    update: bytes


@dataclass(frozen=True, slots=True)
class AwarenessState:
    """One client's ephemeral state: ``json`` is ``"null"`` when it has gone."""

    client: int
    clock: int
    json: str


@dataclass(frozen=True, slots=True)
class Awareness:
    """Some clients' ephemeral states."""

    states: tuple[AwarenessState, ...]


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """Write the file now; answered with a :class:`StockNotice`."""

    number: int


@dataclass(frozen=True, slots=True)
class StockNotice:
    """JSON from the server in the form stock clients read."""

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame a Tandem session gets."""

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """``count`` of the session's SyncStep2 and Update frames are durable."""

    count: int


@dataclass(frozen=True, slots=True)
class Status:
    """State of journal, file and rights."""

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the person: ``code`` and ``message``."""

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """Edits of another lineage, as JSON that is not read before it is known whether its sender may merge.

    Attributes:
        raw: An object with ``base``, ``ours`` and ``lineage``, in UTF-8.
    """

    raw: bytes

    @classmethod
    def of(cls, body: dict[str, Any]) -> MergeRequest:
        """The request with this body."""
        return cls(_json_text(body).encode())

    @property
    def body(self) -> dict[str, Any]:
        """It, read now.

        Raises:
            LimitExceeded: it has more than :data:`MERGE_PARTS` parts. MalformedFrame: it is no JSON object.
        """
        return _json_object(self.raw, MERGE_PARTS)


@dataclass(frozen=True, slots=True)
class MergeAnswer:
    """What became of a :class:`MergeRequest`."""

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Pong:
    """Yes."""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """Something to be done with the document's kernel; :mod:`jupyter_tandem.protocol.execution` reads it."""

    body: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """What became of a :class:`RunCommand`."""

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Execution:
    """How the document's kernel and runs stand, or what of it has changed."""

    body: dict[str, Any]


ClientMessage: TypeAlias = (
    SyncStep1 | SyncStep2 | Update | Awareness | SaveRequest | MergeRequest | Ping | RunCommand
)
"""What a client may send to the server."""

ServerMessage: TypeAlias = (
    SyncStep1
    | SyncStep2
    | Update
    | Awareness
    | StockNotice
    | Hello
    | Acknowledgement
    | Status
    | Notice
    | MergeAnswer
    | Pong
    | RunAnswer
    | Execution
)
"""What the server may send to a client."""

_Json: TypeAlias = Hello | Status | Notice | MergeAnswer | RunAnswer | Execution

_MERGE_REQUEST: Final = 4
_RUN_COMMAND: Final = 8
_NEWS_KINDS: Final[dict[int, type[_Json]]] = {
    0: Hello,
    2: Status,
    3: Notice,
    5: MergeAnswer,
    9: RunAnswer,
    10: Execution,
}
_JSON_NUMBERS: Final[dict[type[_Json | RunCommand], int]] = {
    RunCommand: _RUN_COMMAND,
    **{cls: number for number, cls in _NEWS_KINDS.items()},
}
_ACKNOWLEDGEMENT: Final = 1
_PING: Final = 6
_PONG: Final = 7

_SHORT_HEAD: Final = 3
_TWO_BYTES: Final = 0x80
"""From here on a length takes more than one byte."""

COMMAND_BYTES: Final = 4 * 1024 * 1024
"""Longest Run command: as many cells as one may name, each with its hash."""

COMMAND_PARTS: Final = 50_000
"""Objects and lists in a Run command, some for each cell. Seven bytes of JSON make an object of two hundred."""

MERGE_PARTS: Final = 2_000_000
"""The same in what is handed in for a merge, braces and brackets in texts included."""


def decode_client(frame: bytes, limits: Limits) -> ClientMessage:
    """Decode what a client sent.

    Raises:
        LimitExceeded: the frame or a count in it passes ``limits``; it was not decoded.
        MalformedFrame: it is no message a client may send.
    """
    if len(frame) > limits.frame_bytes:
        raise LimitExceeded(
            f"The message has {len(frame)} bytes; the server takes at most {limits.frame_bytes}."
        )
    kind, pos = read_var_uint(frame, 0)
    if kind == SYNC:
        return _decode_sync(frame, pos)
    if kind == AWARENESS:
        return _decode_awareness(frame, pos, limits)
    if kind == STOCK:
        return _decode_save(frame, pos)
    if kind == TANDEM:
        return _decode_request(frame, pos)
    raise MalformedFrame(f"A client cannot send messages of kind {kind}.")


def decode_server(frame: bytes) -> ServerMessage:
    """Decode what a server sent.

    Raises:
        MalformedFrame: it is no message a server may send.
    """
    kind, pos = read_var_uint(frame, 0)
    if kind == SYNC:
        return _decode_sync(frame, pos)
    if kind == AWARENESS:
        return _decode_awareness(frame, pos, Limits(awareness_bytes=len(frame)))
    if kind == STOCK:
        raw, pos = read_var_bytes(frame, pos)
        _expect_end(frame, pos)
        return StockNotice(_json_object(raw))
    if kind == TANDEM:
        return _decode_news(frame, pos)
    raise MalformedFrame(f"A server cannot send messages of kind {kind}.")


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """Encode a message; the inverse of :func:`decode_client` and :func:`decode_server`."""
    match message:
        case Update(update):
            return _sync(b"\x00\x02", update)
        case SyncStep1(state_vector):
            return _sync(b"\x00\x00", state_vector)
        case SyncStep2(update):
            return _sync(b"\x00\x01", update)
        case Awareness(states):
            return _encode_awareness(states)
        case Acknowledgement(count):
            return b"\x54\x01" + write_var_uint(count)
        case SaveRequest(number):
            return b"\x02" + write_var_string("save") + write_var_uint(number)
        case StockNotice(body):
            return b"\x02" + write_var_string(_json_text(body))
        case Ping() | Pong():
            return bytes((TANDEM, _PING if isinstance(message, Ping) else _PONG))
        case MergeRequest(raw):
            return bytes((TANDEM, _MERGE_REQUEST)) + write_var_bytes(raw)
        case _:
            number = _JSON_NUMBERS[type(message)]
            return bytes((TANDEM, number)) + write_var_string(_json_text(message.body))


def short_update(frame: bytes) -> bytes | None:
    """The update in an encoded :class:`Update` of less than 128 bytes; ``None`` for any other frame."""
    if frame[:2] != b"\x00\x02" or len(frame) <= _SHORT_HEAD:
        return None
    size = frame[2]
    if size >= _TWO_BYTES or size != len(frame) - _SHORT_HEAD:
        return None
    return frame[_SHORT_HEAD:]


def as_update(frame: bytes) -> bytes:
    """An encoded :class:`SyncStep2` as an :class:`Update` with the same payload."""
    return put_together((b"\x00\x02", memoryview(frame)[2:]))


def as_answer(frame: bytes) -> bytes:
    """An encoded :class:`Update` as a :class:`SyncStep2` with the same payload."""
    return put_together((b"\x00\x01", memoryview(frame)[2:]))


def _sync(head: bytes, payload: bytes) -> bytes:
    # Joined at once: a whole document is copied once, not twice.
    return put_together((head, write_var_uint(len(payload)), payload))


def _decode_sync(frame: bytes, pos: int) -> SyncStep1 | SyncStep2 | Update:
    step, pos = read_var_uint(frame, pos)
    payload, pos = read_var_bytes(frame, pos)
    _expect_end(frame, pos)
    if step == 2:
        return Update(payload)
    if step == 0:
        return SyncStep1(payload)
    if step == 1:
        return SyncStep2(payload)
    raise MalformedFrame(f"There is no synchronisation step {step}.")


def _decode_awareness(frame: bytes, pos: int, limits: Limits) -> Awareness:
    if len(frame) > limits.awareness_bytes:
        raise LimitExceeded(
            f"An awareness message has {len(frame)} bytes; at most {limits.awareness_bytes} are taken."
        )
    payload, pos = read_var_bytes(frame, pos)
    _expect_end(frame, pos)
    count, pos = read_var_uint(payload, 0)
    # A state takes three bytes at least: two numbers and an empty string.
    if count > limits.awareness_states or count * 3 > len(payload) - pos:
        raise LimitExceeded(f"An awareness message claims {count} states.")
    states = []
    for _ in range(count):
        client, pos = read_var_uint(payload, pos)
        clock, pos = read_var_uint(payload, pos)
        text, pos = read_var_string(payload, pos)
        states.append(AwarenessState(client, clock, text))
    _expect_end(payload, pos)
    return Awareness(tuple(states))


def _encode_awareness(states: tuple[AwarenessState, ...]) -> bytes:
    payload = bytearray(write_var_uint(len(states)))
    for state in states:
        payload += write_var_uint(state.client)
        payload += write_var_uint(state.clock)
        payload += write_var_string(state.json)
    return b"\x01" + write_var_bytes(bytes(payload))


def _decode_save(frame: bytes, pos: int) -> SaveRequest:
    word, pos = read_var_string(frame, pos)
    if word != "save":
        raise MalformedFrame("The only request of kind 2 is `save`.")
    number, pos = read_var_uint(frame, pos)
    _expect_end(frame, pos)
    return SaveRequest(number)


def _decode_request(frame: bytes, pos: int) -> MergeRequest | Ping | RunCommand:
    number, pos = read_var_uint(frame, pos)
    if number == _PING:
        _expect_end(frame, pos)
        return Ping()
    if number not in (_MERGE_REQUEST, _RUN_COMMAND):
        raise MalformedFrame(f"A client cannot send a Tandem message {number}.")
    if number == _RUN_COMMAND and len(frame) > COMMAND_BYTES:
        raise LimitExceeded(f"A run command has at most {COMMAND_BYTES} bytes.")
    raw, pos = read_var_bytes(frame, pos)
    _expect_end(frame, pos)
    if number == _MERGE_REQUEST:
        return MergeRequest(raw)
    body = _json_object(raw, COMMAND_PARTS)
    parse_command(body)
    return RunCommand(body)


def _decode_news(frame: bytes, pos: int) -> _Json | Acknowledgement | Pong:
    number, pos = read_var_uint(frame, pos)
    if number == _ACKNOWLEDGEMENT:
        count, pos = read_var_uint(frame, pos)
        _expect_end(frame, pos)
        return Acknowledgement(count)
    if number == _PONG:
        _expect_end(frame, pos)
        return Pong()
    cls = _NEWS_KINDS.get(number)
    if cls is None:
        raise MalformedFrame(f"A server cannot send a Tandem message {number}.")
    raw, pos = read_var_bytes(frame, pos)
    _expect_end(frame, pos)
    return cls(_json_object(raw))


def _expect_end(data: bytes, pos: int) -> None:
    if pos != len(data):
        raise MalformedFrame(f"{len(data) - pos} bytes follow the message.")


def _json_object(raw: bytes, most_parts: int | None = None) -> dict[str, Any]:
    if most_parts is not None and len(raw) > most_parts:
        parts = raw.count(b"{") + raw.count(b"[")
        if parts > most_parts:
            raise LimitExceeded(f"The message has {parts} parts; at most {most_parts} are taken.")
    try:
        # Text: of bytes the library would take other encodings, too.
        value = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedFrame("The message holds no valid JSON.") from error
    if not isinstance(value, dict):
        raise MalformedFrame("The message holds JSON that is no object.")
    return value


def _json_text(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
