"""One client's connection: asyncio's bytes on one side, ``websockets``' Sans-I/O protocol in between.

No task, future or lock belongs to a connection, so thousands of idle ones cost memory only; and each
gets a bounded share of a loop turn, however fast it sends.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from jupyter_tandem.ports.signaling import Visit
from jupyter_tandem.protocol.arrival import Answer, Request
from jupyter_tandem.protocol.signaling import KIB, NOT_TEXT

if TYPE_CHECKING:
    from jupyter_tandem.adapters.signaling.listener import Listener

READ_BYTES: Final = 4 * KIB
"""Most that is read from one client in one loop turn: a few hundred of the smallest frames."""

_MESSAGES_A_TURN: Final = 8
"""Most messages of one client in one loop turn; each may go to a hundred others."""

_LAST_WORDS_BYTES: Final = 256 * KIB
"""Most that is read, and thrown away, from a client whose connection is being closed."""

_REASON_BYTES: Final = 123
"""What fits into a close frame."""

_BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

_silence = logging.Logger("jupyter_tandem.signaling.frames", logging.CRITICAL + 1)  # noqa: LOG001
"""The library would log requests with their tokens, and frames with their content.

No logger of the process's tree: whoever configures logging there would wake it.
"""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How a connection is treated.

    Attributes:
        message_bytes: Longest message; a longer one ends the connection when its length is read.
        queue_bytes: Most bytes that wait for a client to take them. A client that has more waiting is
            closed, because a signaling message that is left out would leave it half connected.
        handshake_s: Seconds a client may take for its request, and for TLS before it.
        closing_s: Seconds it may take to hang up after it was told to.
        ping_s: Seconds of silence after which it is asked whether it is there.
        idle_s: Seconds of silence after which it is gone.
    """

    message_bytes: int
    queue_bytes: int = 256 * KIB
    handshake_s: float = 10.0
    closing_s: float = 5.0
    ping_s: float = 30.0
    idle_s: float = 75.0


class _Stage(enum.Enum):
    REQUEST = enum.auto()
    OPEN = enum.auto()
    CLOSING = enum.auto()
    GONE = enum.auto()


class WebSocketLine(asyncio.BufferedProtocol):
    """A connection; implements :class:`jupyter_tandem.ports.signaling.Line`."""

    __slots__ = (
        "_direct",
        "_fragments",
        "_last_words",
        "_listener",
        "_paused",
        "_settings",
        "_stage",
        "_transport",
        "_visit",
        "_waiting",
        "_websocket",
        "deadline",
        "heard_at",
        "slot",
    )

    def __init__(self, listener: Listener, settings: LineSettings) -> None:
        self._listener = listener
        self._settings = settings
        self._stage = _Stage.REQUEST
        self._visit: Visit | None = None
        self._websocket = ServerProtocol(max_size=settings.message_bytes, logger=_silence)
        self._fragments: list[bytes] | None = None
        self._waiting: deque[bytes] | None = None
        self._paused = False
        self._last_words = 0
        self.heard_at = listener.clock.monotonic()
        self.deadline = self.heard_at + settings.handshake_s
        self.slot = 0

    # -- asyncio calls these -------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or drop it; go on over TLS when it was taken before."""
        self._transport = cast("asyncio.Transport", transport)
        if self._visit is not None:
            return
        name = transport.get_extra_info("peername")
        self._direct = str(name[0]) if isinstance(name, tuple) else ""
        self._visit = self._listener.desk.arrive(self._direct)
        if self._visit is None:
            self._stage = _Stage.GONE
            self._transport.abort()
            return
        self._listener.add(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Lend the buffer that all connections share: it is emptied before the next one reads."""
        return self._listener.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what has been read."""
        if self._stage is _Stage.CLOSING:
            self._last_words += nbytes
            if self._last_words > _LAST_WORDS_BYTES:
                self._end("")
        if self._stage not in (_Stage.REQUEST, _Stage.OPEN):
            return
        self.heard_at = self._listener.clock.monotonic()
        self._websocket.receive_data(bytes(self._listener.buffer[:nbytes]))
        if self._stage is _Stage.REQUEST:
            self._take_request()
        else:
            self._take_frames()
        self._flush()

    def eof_received(self) -> bool:
        """Take the end of what the client says; the transport closes itself."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the connection, once."""
        if self._stage is _Stage.OPEN and self._visit is not None:
            self._listener.desk.ended(self._visit, "lost")
        self._stage = _Stage.GONE
        self._waiting = None
        if self._visit is not None:
            visit, self._visit = self._visit, None
            self._listener.remove(self)
            self._listener.desk.leave(visit)

    # -- the service calls these ---------------------------------------------

    def send(self, payload: bytes) -> bool:
        """Queue one text frame; False when the queue is full."""
        if self._is_open:
            queued = self._transport.get_write_buffer_size()
            if queued + len(payload) > self._settings.queue_bytes:
                return False
            self._websocket.send_text(payload)
            self._flush()
        return True

    def close(self, code: int, reason: str) -> None:
        """Say goodbye and hang up; the client's own goodbye is waited for, but not read."""
        if self._is_open:
            cut = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
            self._websocket.send_close(code, cut)
            self._flush()
            self._hang_up()

    @property
    def _is_open(self) -> bool:
        """Frames may be sent: nobody has begun to close, not even inside the library."""
        return self._stage is _Stage.OPEN and self._websocket.state is State.OPEN

    # -- the listener calls these --------------------------------------------

    def check_alive(self, now: float) -> None:
        """Ask a silent client whether it is there, end one that did not answer."""
        silent_s = now - self.heard_at
        if self._stage is not _Stage.OPEN:
            return
        if silent_s >= self._settings.idle_s:
            self._end("silent")
        elif silent_s >= self._settings.ping_s:
            self._websocket.send_ping(b"")
            self._flush()

    def check_deadline(self, now: float) -> None:
        """End a connection that took too long to ask or to close."""
        if now >= self.deadline:
            self._end("handshake-timeout" if self._stage is _Stage.REQUEST else "")

    def abort(self) -> None:
        """End the connection without ceremony."""
        self._transport.abort()

    # -- the request ---------------------------------------------------------

    def _take_request(self) -> None:
        events = self._websocket.events_received()
        if self._websocket.handshake_exc is not None:
            self._refuse_garbage()
        elif len(events) == 1 and isinstance(events[0], HttpRequest):
            self._decide(events[0])
        elif events:
            self._end("impatient")

    def _refuse_garbage(self) -> None:
        answer = b"".join(self._websocket.data_to_send()) or _BAD_REQUEST
        self._transport.write(answer)
        self._hang_up()

    def _decide(self, http: HttpRequest) -> None:
        assert self._visit is not None  # noqa: S101 - buffer_updated has looked
        decision = self._listener.desk.ask(self._visit, _request(http, self._direct))
        if isinstance(decision, Answer):
            self._websocket.send_response(_response(self._websocket, decision))
            self._begin_to_close()
            return
        response = self._websocket.accept(http)
        self._websocket.send_response(response)
        if response.status_code != 101:
            self._begin_to_close()
            return
        self._stage = _Stage.OPEN
        self._listener.let_rest(self)
        self._listener.desk.join(self._visit, self)

    # -- frames --------------------------------------------------------------

    def _take_frames(self) -> None:
        fidgets = 0
        messages: list[bytes] = []
        for frame in self._websocket.events_received():
            if not isinstance(frame, Frame):
                continue
            message = self._assemble(frame)
            if message is None:
                fidgets += 1
            else:
                messages.append(message)
        if self._stage is not _Stage.OPEN or self._visit is None:
            return
        if fidgets:
            self._listener.desk.fidget(self._visit, fidgets)
        if messages:
            self._say(messages)
        if self._websocket.state is not State.OPEN and self._stage is _Stage.OPEN:
            self._listener.desk.ended(self._visit, _why(self._websocket))
            self._begin_to_close()

    def _assemble(self, frame: Frame) -> bytes | None:
        """Return a whole text message; None for what is none, or not yet."""
        if frame.opcode is Opcode.BINARY:
            self._refuse_binary()
            return None
        if frame.opcode is Opcode.TEXT:
            if frame.fin:
                return bytes(frame.data)
            self._fragments = [bytes(frame.data)]
        elif frame.opcode is Opcode.CONT and self._fragments is not None:
            self._fragments.append(bytes(frame.data))
            if frame.fin:
                message = b"".join(self._fragments)
                self._fragments = None
                return message
        return None

    def _refuse_binary(self) -> None:
        if self._is_open and self._visit is not None:
            self._listener.desk.ended(self._visit, "malformed")
            self.close(NOT_TEXT, "Messages are JSON in text frames.")

    def _say(self, messages: list[bytes]) -> None:
        if self._waiting is not None:
            self._waiting.extend(messages)
            return
        self._waiting = deque(messages)
        self._say_some()

    def _say_some(self) -> None:
        """Hand over a few messages; leave the rest, and reading, to later loop turns."""
        waiting = self._waiting
        for _ in range(_MESSAGES_A_TURN):
            if not waiting or self._stage is not _Stage.OPEN or self._visit is None:
                break
            self._listener.desk.say(self._visit, waiting.popleft())
        if waiting and self._stage is _Stage.OPEN:
            self._pause(True)
            self._listener.loop.call_soon(self._say_some)
        else:
            self._waiting = None
            self._pause(False)

    def _pause(self, paused: bool) -> None:
        if paused is self._paused or self._stage is _Stage.GONE:
            return
        self._paused = paused
        if paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    # -- writing and ending --------------------------------------------------

    def _flush(self) -> None:
        if self._transport.is_closing():
            return
        for data in self._websocket.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._hang_up()
        if self._transport.get_write_buffer_size() > 2 * self._settings.queue_bytes:
            self._end("slow")

    def _begin_to_close(self) -> None:
        self._stage = _Stage.CLOSING
        self.deadline = self._listener.clock.monotonic() + self._settings.closing_s
        self._listener.watch(self)

    def _hang_up(self) -> None:
        """End our side. The client's is read on for a moment, or a reset would overtake our last words."""
        if self._stage is not _Stage.CLOSING:
            self._begin_to_close()
        self._waiting = None
        self._pause(False)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def _end(self, reason: str) -> None:
        if reason and self._visit is not None and self._stage is not _Stage.GONE:
            self._listener.desk.ended(self._visit, reason)
        self._stage = _Stage.GONE
        self._transport.abort()


def _request(http: HttpRequest, direct: str) -> Request:
    headers = http.headers
    origins = headers.get_all("Origin")
    upgrades = ",".join(headers.get_all("Upgrade")).lower()
    return Request(
        direct=direct,
        method=getattr(http, "method", "GET"),
        target=http.path,
        upgrade="websocket" in upgrades,
        origin=",".join(origins) if origins else None,
        authorization=",".join(headers.get_all("Authorization")),
        forwarded=headers.get_all("X-Forwarded-For"),
    )


def _response(websocket: ServerProtocol, answer: Answer) -> Response:
    response = websocket.reject(answer.status, answer.body)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = answer.content_type
    response.headers["Cache-Control"] = "no-store"
    if answer.allow_origin is not None:
        response.headers["Access-Control-Allow-Origin"] = answer.allow_origin
        response.headers["Vary"] = "Origin"
    return response


def _why(websocket: ServerProtocol) -> str:
    """Return why the library has ended a connection."""
    if websocket.close_rcvd is not None:
        return "client"
    code = websocket.close_sent.code if websocket.close_sent is not None else 0
    return {1009: "limit", 1007: "malformed", 1002: "malformed"}.get(code, "broken")
