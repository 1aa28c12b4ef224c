"""One WebSocket connection from its handshake to its end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from jupyter_tandem.adapters.server.websocket_channel import WebSocketChannel
from jupyter_tandem.adapters.server.websocket_message import (
    Closed,
    Event,
    Message,
    MessageReader,
    Ping,
    echo_close,
)
from jupyter_tandem.errors import AccessDenied, NotFound, ProtocolError, TandemError

if TYPE_CHECKING:
    from jupyter_tandem.adapters.server.heartbeat import Heartbeat
    from jupyter_tandem.adapters.server.line import Line
    from jupyter_tandem.ports.reception import Call, Reception, Seat, Visitor

_log = logging.getLogger(__name__)

_TRY_AGAIN: Final = 1013

STOCK_CODES: Final = frozenset({1001, 1003, _TRY_AGAIN, 4400, 4404, 4429, 4500})
"""Close codes that tell a stock client something before its first synchronisation; others leave it waiting."""


class Conversation:
    """Reads a client's messages and hands them to its seat.

    While the room is loading nothing is read: what the client sends waits in the sockets' buffers, in
    order, and costs no memory here.

    Attributes:
        heard_at: The loop's time when the client was last heard.
    """

    __slots__ = (
        "_channel",
        "_heartbeat",
        "_line",
        "_loop",
        "_reader",
        "_reception",
        "_seat",
        "_unreadable",
        "_visitor",
        "heard_at",
    )

    def __init__(self, line: Line, reception: Reception, heartbeat: Heartbeat, limit: int) -> None:
        """Talk over ``line``, taking messages of at most ``limit`` bytes."""
        self._line = line
        self._reception = reception
        self._heartbeat = heartbeat
        self._reader = MessageReader(limit)
        self._channel = WebSocketChannel(line)
        self._seat: Seat | None = None
        self._visitor: Visitor | None = None
        self._unreadable = False
        self._loop = asyncio.get_running_loop()
        self.heard_at = self._loop.time()

    async def run(self, call: Call) -> None:
        """Come in and begin to listen; what follows needs nobody who waits, unless the line does."""
        self._visitor = call.visitor
        self._heartbeat.add(self)
        try:
            self._seat = await self._reception.enter(call, self._channel)
        except TandemError as error:
            self._refuse(error, call)
        except BaseException:
            self._heartbeat.remove(self)
            self._channel.close(4500, "The document could not be opened.")
            raise
        if self._channel.closing:
            self._leave()
        await self._line.listen(self)

    # -- LineListener --------------------------------------------------------

    def received(self, data: bytes) -> None:
        """See :class:`jupyter_tandem.adapters.server.socket_line.LineListener`."""
        seat = self._seat
        if seat is None:
            self._look_for_goodbye(data)
            return
        self.heard_at = self._loop.time()
        try:
            payload = self._reader.short(data)
            if payload is not None:
                seat.receive(payload, alone=True)
            else:
                for event in self._reader.feed(data):
                    self._take(event, seat)
        except ProtocolError as error:
            self._strike(error)
        except BaseException:
            self._leave()
            self._line.close()
            raise
        if self._channel.closing:
            self._leave()

    def ended(self) -> None:
        """See :class:`jupyter_tandem.adapters.server.socket_line.LineListener`."""
        self._leave()

    # -- inside --------------------------------------------------------------

    def _strike(self, error: ProtocolError) -> None:
        self._unreadable = True
        if self._visitor is not None:
            _log.info("%r sent a broken frame: %s", self._visitor.user.username, error)
            self._reception.strike(self._visitor)
        self._channel.close(error.close_code, str(error))

    def _leave(self) -> None:
        self._heartbeat.remove(self)
        seat, self._seat = self._seat, None
        if seat is not None:
            seat.leave()

    def _take(self, event: Event, seat: Seat) -> None:
        match event:
            case Message(payload):
                seat.receive(payload)
            case Ping(payload):
                self._channel.pong(payload)
            case Closed(payload):
                if not self._channel.closing:
                    self._channel.answer_close(echo_close(payload))
                self._line.close()
            case _:
                pass

    def _look_for_goodbye(self, data: bytes) -> None:
        """Throw away what still comes until the client has answered our close frame.

        A socket that is closed with unread bytes takes the close frame down with it, and a client learns of the
        close only when the connection ends.
        """
        if self._is_goodbye(data):
            self._line.close()

    def _is_goodbye(self, data: bytes) -> bool:
        if self._unreadable:
            return False
        try:
            return any(isinstance(event, Closed) for event in self._reader.feed(data))
        except ProtocolError:
            self._unreadable = True
            return False

    def _refuse(self, error: TandemError, call: Call) -> None:
        code, text = error.close_code, str(error)
        if not call.tandem and code not in STOCK_CODES:
            code = stock_code(error)
        self._channel.close(code, text)

    # -- Listener ------------------------------------------------------------

    def ask(self) -> None:
        """See :class:`jupyter_tandem.adapters.server.heartbeat.Listener`."""
        self._channel.ping()

    def cut(self) -> None:
        """See :class:`jupyter_tandem.adapters.server.heartbeat.Listener`."""
        self._line.close()


def stock_code(error: TandemError) -> int:
    """The close code that makes a stock client show the refusal instead of waiting for ever."""
    if isinstance(error, AccessDenied):
        return NotFound.close_code
    return _TRY_AGAIN if error.retryable else TandemError.close_code
