"""One WebSocket connection from its handshake to its end, over tornado's stream."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from tornado.iostream import StreamClosedError

from jupyter_tandem.adapters.server.websocket_channel import StreamChannel
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
    from tornado.iostream import IOStream

    from jupyter_tandem.adapters.server.heartbeat import Heartbeat
    from jupyter_tandem.ports.reception import Call, Reception, Seat

_log = logging.getLogger(__name__)

READ_BYTES: Final = 64 * 1024
"""What is read at once; tornado itself asks the socket for as much."""

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

    def __init__(
        self, stream: IOStream, reception: Reception, heartbeat: Heartbeat, limit: int
    ) -> None:
        """Talk over ``stream``, taking messages of at most ``limit`` bytes."""
        self._stream = stream
        self._reception = reception
        self._heartbeat = heartbeat
        self._reader = MessageReader(limit)
        self._channel = StreamChannel(stream)
        self._unreadable = False
        self._loop = asyncio.get_running_loop()
        self.heard_at = self._loop.time()

    async def run(self, call: Call) -> None:
        """Return when the connection has ended, for whatever reason."""
        self._heartbeat.add(self)
        try:
            seat = await self._reception.enter(call, self._channel)
        except TandemError as error:
            self._refuse(error, call)
            await self._drain()
            return
        except BaseException:
            self._channel.close(4500, "The document could not be opened.")
            raise
        finally:
            self._heartbeat.remove(self)
        await self._converse(seat, call)

    async def _converse(self, seat: Seat, call: Call) -> None:
        self._heartbeat.add(self)
        try:
            while not self._channel.closing:
                data = await self._stream.read_bytes(READ_BYTES, partial=True)
                self.heard_at = self._loop.time()
                for event in self._reader.feed(data):
                    self._take(event, seat)
        except StreamClosedError:
            return
        except ProtocolError as error:
            self._unreadable = True
            _log.info("%r sent a broken frame: %s", call.visitor.user.username, error)
            self._reception.strike(call.visitor)
            self._channel.close(error.close_code, str(error))
        finally:
            self._heartbeat.remove(self)
            seat.leave()
        await self._drain()

    def _take(self, event: Event, seat: Seat) -> None:
        match event:
            case Message(payload):
                seat.receive(payload)
            case Ping(payload):
                self._channel.pong(payload)
            case Closed(payload):
                if not self._channel.closing:
                    self._channel.answer_close(echo_close(payload))
                self._stream.close()
            case _:
                pass

    async def _drain(self) -> None:
        """Throw away what still comes until the client has answered our close frame.

        A socket that is closed with unread bytes takes the close frame down with it, and a client learns of the
        close only when the connection ends.
        """
        try:
            while True:
                data = await self._stream.read_bytes(READ_BYTES, partial=True)
                if self._is_goodbye(data):
                    self._stream.close()
        except StreamClosedError:
            return

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
        self._stream.close()


def stock_code(error: TandemError) -> int:
    """The close code that makes a stock client show the refusal instead of waiting for ever."""
    if isinstance(error, AccessDenied):
        return NotFound.close_code
    return _TRY_AGAIN if error.retryable else TandemError.close_code
