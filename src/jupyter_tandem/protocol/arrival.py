"""What arrives at a signaling server's door, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """What of an HTTP request decides.

    Attributes:
        direct: The address the connection comes from.
        method: ``GET`` and so on.
        target: Path and query.
        upgrade: Whether it asks for a WebSocket.
        origin: The Origin header, which browsers always send with a WebSocket handshake.
        authorization: The Authorization header.
        forwarded: The X-Forwarded-For headers.
    """

    direct: str
    method: str = "GET"
    target: str = "/"
    upgrade: bool = False
    origin: str | None = None
    authorization: str = ""
    forwarded: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Admit:
    """Let the client in; the limits count it under ``address``."""

    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the request and close the connection.

    Attributes:
        status: HTTP status.
        body: Text.
        content_type: Its media type.
        allow_origin: The page that may read the answer.
        reason: Why a client was refused, for the counters; empty when it was not.
    """

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"
    allow_origin: str | None = None
    reason: str = ""
