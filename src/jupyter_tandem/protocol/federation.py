"""Many rooms over one connection: the frames between a single-user server and the Hub's service (docs/spec/hub.md).

A message is the number of a channel, the number of its kind, and its body. A channel is one server's
connection to one document; what goes through it is the wire protocol of :mod:`.frames`. Channel 0 is the
connection itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from jupyter_tandem.errors import MalformedFrame
from jupyter_tandem.protocol.lib0 import (
    read_var_bytes,
    read_var_string,
    read_var_uint,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)

FEDERATION_VERSION: Final = 1
"""Told in :class:`Welcome`; a server that knows another one says so and does not go on."""

HEADER_BYTES: Final = 32
"""More than a channel, a kind and a length take before a frame."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """The service's first word: ``protocol``, ``user``, ``server`` and ``documents``, those whose file the
    server keeps.
    """

    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Open:
    """A server wants to enter a document, going on with ``lineage``, or with what is there when empty."""

    channel: int
    document: str
    lineage: str


@dataclass(frozen=True, slots=True)
class Carried:
    """One frame of the wire protocol."""

    channel: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class Shut:
    """A channel has ended, with a close code of the wire protocol. It is answered by nothing."""

    channel: int
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """How the document's file stands, from the server that keeps it: ``state``, ``saved_at``, ``reason``."""

    channel: int
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """What is shared with the server's person is not what it was: ask again."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Somebody elsewhere wants something of the document's kernel: to the server that keeps the file.

    Attributes:
        number: Names it in the :class:`Outcome`.
        username: Who it is, as the Hub knows them.
        command: Body of a Run command; not shown, because it may hold a password.
    """

    channel: int
    number: int
    username: str
    display_name: str
    command: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an :class:`Errand`: the body of a Run answer."""

    channel: int
    number: int
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """How the document's kernel and runs stand, from the server that keeps its file: the body of an Execution frame."""

    channel: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Warrant:
    """Whether somebody may run code at the server that keeps the file.

    Attributes:
        may_run: The service's word; ``None`` asks for it, and from the service says that there is none.
    """

    channel: int
    username: str
    may_run: bool | None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about a shared folder, from a server to the service or on from there to the one that has it.

    ``want``, ``folder`` (its id at the service) and ``path`` in it; ``number`` names it in what answers.
    """

    number: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an :class:`Ask`; with ``reason`` and ``message`` a refusal. Pieces may follow one."""

    number: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a file that was asked for; none at its end."""

    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Credit:
    """So many bytes more may be sent in pieces; 0: nothing more is wanted."""

    number: int
    size: int


FederationMessage: TypeAlias = (
    Welcome
    | Open
    | Carried
    | Shut
    | Report
    | News
    | Errand
    | Outcome
    | Told
    | Warrant
    | Ask
    | Reply
    | Piece
    | Credit
)

_WELCOME: Final = 0
_OPEN: Final = 1
_CARRIED: Final = 2
_SHUT: Final = 3
_REPORT: Final = 4
_NEWS: Final = 5
_ERRAND: Final = 6
_OUTCOME: Final = 7
_TOLD: Final = 8
_WARRANT: Final = 9
_ASK: Final = 10
_REPLY: Final = 11
_PIECE: Final = 12
_CREDIT: Final = 13

_OF_THE_CONNECTION: Final = frozenset({_WELCOME, _NEWS, _ASK, _REPLY, _PIECE, _CREDIT})

_CONNECTION: Final = 0


def decode_federation(data: bytes) -> FederationMessage:
    """Read one message.

    Raises:
        MalformedFrame: it is none.
    """
    channel, pos = read_var_uint(data, 0)
    kind, pos = read_var_uint(data, pos)
    if kind == _CARRIED:
        frame, pos = read_var_bytes(data, pos)
        _check(pos == len(data) and channel != _CONNECTION)
        return Carried(channel, frame)
    if kind == _PIECE:
        number, pos = read_var_uint(data, pos)
        piece, pos = read_var_bytes(data, pos)
        _check(pos == len(data) and channel == _CONNECTION)
        return Piece(number, piece)
    text, pos = read_var_string(data, pos)
    _check(pos == len(data) and (channel == _CONNECTION) == (kind in _OF_THE_CONNECTION))
    return _spoken(channel, kind, _object(text))


def encode_federation(message: FederationMessage) -> bytes:  # noqa: C901  (one case a message)
    """The inverse of :func:`decode_federation`."""
    match message:
        case Carried(channel, frame):
            return write_var_uint(channel) + bytes((_CARRIED,)) + write_var_bytes(frame)
        case Welcome(body):
            return _text(_CONNECTION, _WELCOME, body)
        case Open(channel, document, lineage):
            return _text(channel, _OPEN, {"document": document, "lineage": lineage})
        case Shut(channel, code, reason):
            return _text(channel, _SHUT, {"code": code, "reason": reason})
        case Report(channel, body):
            return _text(channel, _REPORT, body)
        case News():
            return _text(_CONNECTION, _NEWS, {})
        case Errand(channel, number, username, display_name, command):
            user = {"username": username, "display_name": display_name}
            return _text(channel, _ERRAND, {"number": number, "user": user, "command": command})
        case Outcome(channel, number, answer):
            return _text(channel, _OUTCOME, {"number": number, "answer": answer})
        case Told(channel, body):
            return _text(channel, _TOLD, body)
        case Warrant(channel, username, may_run):
            return _text(channel, _WARRANT, {"username": username, "may_run": may_run})
        case Piece(number, data):
            head = write_var_uint(_CONNECTION) + bytes((_PIECE,)) + write_var_uint(number)
            return head + write_var_bytes(data)
        case Ask(number, body):
            return _text(_CONNECTION, _ASK, {"number": number, "body": body})
        case Reply(number, body):
            return _text(_CONNECTION, _REPLY, {"number": number, "body": body})
        case Credit(number, size):
            return _text(_CONNECTION, _CREDIT, {"number": number, "size": size})


def _spoken(channel: int, kind: int, body: dict[str, Any]) -> FederationMessage:
    match kind:
        case 0:
            return Welcome(body)
        case 1:
            return Open(channel, _string(body, "document"), _string(body, "lineage"))
        case 3:
            return Shut(channel, _number(body, "code"), _string(body, "reason"))
        case 4:
            return Report(channel, body)
        case 5:
            return News()
        case _:
            return _about_runs(channel, kind, body)


def _about_runs(channel: int, kind: int, body: dict[str, Any]) -> FederationMessage:
    match kind:
        case 6:
            user = _part(body, "user")
            names = (_string(user, "username"), _string(user, "display_name"))
            return Errand(channel, _number(body, "number"), *names, _part(body, "command"))
        case 7:
            return Outcome(channel, _number(body, "number"), _part(body, "answer"))
        case 8:
            return Told(channel, _execution(body))
        case 9:
            may_run = body.get("may_run")
            word = may_run if isinstance(may_run, bool) else None
            return Warrant(channel, _string(body, "username"), word)
        case _:
            return _about_folders(kind, body)


def _about_folders(kind: int, body: dict[str, Any]) -> FederationMessage:
    match kind:
        case 10:
            return Ask(_number(body, "number"), _part(body, "body"))
        case 11:
            return Reply(_number(body, "number"), _part(body, "body"))
        case 13:
            return Credit(_number(body, "number"), max(0, _number(body, "size")))
        case _:
            raise MalformedFrame(f"There is no federation message {kind}.")


def _text(channel: int, kind: int, body: dict[str, Any]) -> bytes:
    encoded = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return write_var_uint(channel) + bytes((kind,)) + write_var_string(encoded)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedFrame("The message holds no valid JSON.") from error
    if not isinstance(found, dict):
        raise MalformedFrame("The message holds JSON that is no object.")
    return found


def _string(body: dict[str, Any], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str):
        raise MalformedFrame(f"`{name}` must be a string.")
    return found


def _execution(body: dict[str, Any]) -> dict[str, Any]:
    """The body of an Execution frame, as far as the service reads it; people's front ends read the rest."""
    for name in ("kernel", "input"):
        if body.get(name) is not None:
            _part(body, name)
    runs = body.get("runs")
    if not isinstance(runs, list):
        raise MalformedFrame("`runs` must be a list.")
    for run in runs:
        if not isinstance(run, dict):
            raise MalformedFrame("A run must be an object.")
        _number(run, "id")
        _string(run, "state")
        user = _part(run, "user")
        _string(user, "username")
    return body


def _number(body: dict[str, Any], name: str) -> int:
    found = body.get(name)
    if not isinstance(found, int):
        raise MalformedFrame(f"`{name}` must be a number.")
    return found


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    if not isinstance(found, dict):
        raise MalformedFrame(f"`{name}` must be an object.")
    return found


def _check(fits: bool) -> None:
    if not fits:
        raise MalformedFrame("The message does not fit its channel or its length.")
