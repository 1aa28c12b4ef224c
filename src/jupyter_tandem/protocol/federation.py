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


FederationMessage: TypeAlias = Welcome | Open | Carried | Shut | Report | News

_WELCOME: Final = 0
_OPEN: Final = 1
_CARRIED: Final = 2
_SHUT: Final = 3
_REPORT: Final = 4
_NEWS: Final = 5

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
    text, pos = read_var_string(data, pos)
    _check(pos == len(data) and (channel == _CONNECTION) == (kind in {_WELCOME, _NEWS}))
    return _spoken(channel, kind, _object(text))


def encode_federation(message: FederationMessage) -> bytes:
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


def _spoken(channel: int, kind: int, body: dict[str, Any]) -> FederationMessage:
    match kind:
        case 0:
            return Welcome(body)
        case 1:
            return Open(channel, _string(body, "document"), _string(body, "lineage"))
        case 3:
            code = body.get("code")
            if not isinstance(code, int):
                raise MalformedFrame("A closed channel says no code.")
            return Shut(channel, code, _string(body, "reason"))
        case 4:
            return Report(channel, body)
        case 5:
            return News()
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


def _check(fits: bool) -> None:
    if not fits:
        raise MalformedFrame("The message does not fit its channel or its length.")
