"""``api/federation``: the WebSocket of one single-user server, for all its documents."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from tornado.iostream import IOStream, StreamClosedError
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.adapters.hub.refusal_log import RefusalLog
from jupyter_tandem.adapters.server.heartbeat import Heartbeat
from jupyter_tandem.adapters.server.line import StreamLine
from jupyter_tandem.adapters.server.websocket_channel import WebSocketChannel
from jupyter_tandem.adapters.server.websocket_message import (
    Closed,
    Event,
    Message,
    MessageReader,
    Ping,
    echo_close,
)
from jupyter_tandem.errors import ProtocolError, StoreUnavailable, TandemError
from jupyter_tandem.ports.hub_desk import Envoy, Gate
from jupyter_tandem.protocol.federation import FEDERATION_VERSION, HEADER_BYTES

_log = logging.getLogger(__name__)

_READ_BYTES: Final = 64 * 1024


class FederationSocket(WebSocketHandler):
    """tornado shakes hands; from then on the bare stream is read, as for browsers (ADR 6)."""

    def initialize(
        self,
        gate: Gate,
        meter: HubMeter,
        heartbeat: Heartbeat,
        limit: int,
        settled: Callable[[], Awaitable[str]],
        refusals: RefusalLog,
    ) -> None:
        """Let servers in with messages of at most ``limit`` bytes, unless ``settled`` says why not; ``refusals`` hears of it."""
        self._refusals = refusals
        self._whose = ""
        self._gate = gate
        self._settled = settled
        self._meter = meter
        self._heartbeat = heartbeat
        self._limit = limit + HEADER_BYTES

    def check_xsrf_cookie(self) -> None:
        """There are no cookies here."""

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002  (tornado's signature)
        """A page of any origin is refused: only servers come here, and they say no origin."""
        return False

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Shake hands with a server; 403 before that for anybody else."""
        # Held, not sent away: who is sent away comes again after seconds, when others are at work already.
        trouble = await self._settled()
        if trouble:
            # One that may only look would take a server's edits for refused (HUB-13), and they are not.
            self._refuse(503, StoreUnavailable.code, trouble)
            return
        word, _, token = self.request.headers.get("Authorization", "").partition(" ")
        self._token = token.strip() if word.lower() in {"token", "bearer"} else ""
        self._server = self.get_query_argument("server", "", strip=False)
        try:
            self._delegate = await self._gate.admit(self._token, fresh=True)
        except TandemError as error:
            self._refuse(error.http_status, error.code, str(error))
            return
        self._whose = self._delegate.user.username
        if self._server not in self._delegate.servers:
            self._refuse(403, "denied", "This token is of no such server.")
            return
        await super().get(*args, **kwargs)

    def _refuse(self, status: int, reason: str, message: str) -> None:
        self._meter.refused(reason)
        self._refusals.refused(self._whose, self.request.remote_ip or "", message)
        self.set_status(status)
        RequestHandler.finish(self, {"reason": reason, "message": message})

    async def open(self, *_args: str, **_kwargs: str) -> None:
        """Talk until the connection ends."""
        self.set_nodelay(True)
        if self.ws_connection is None or self.ws_connection.stream is None:
            return
        line = ServerLine(self.ws_connection.stream, self._heartbeat, self._limit, self._meter)
        envoy = self._gate.arrive(self._delegate, self._server, self._token, line)
        try:
            envoy.welcome(FEDERATION_VERSION)
            await line.run(envoy)
        finally:
            envoy.end()
            self._gate.leave(envoy)

    @property
    def ping_interval(self) -> int:
        """One :class:`Heartbeat` looks after all connections."""
        return 0

    def on_message(self, message: str | bytes) -> None:
        """Tornado reads nothing before :meth:`open` has returned, and then the connection is closed."""

    def get_compression_options(self) -> None:
        """No compression, as for browsers."""


class ServerLine:
    """One server's connection: :class:`jupyter_tandem.engine.federation.envoy.Line`.

    Attributes:
        heard_at: The loop's time when the server was last heard.
    """

    def __init__(self, stream: IOStream, heartbeat: Heartbeat, limit: int, meter: HubMeter) -> None:
        """Talk over ``stream``."""
        self._stream = stream
        self._channel = WebSocketChannel(StreamLine(stream))
        self._reader = MessageReader(limit)
        self._heartbeat = heartbeat
        self._meter = meter
        self._loop = asyncio.get_running_loop()
        self.heard_at = self._loop.time()

    @property
    def backlog_bytes(self) -> int:
        """See the protocol."""
        return self._channel.backlog_bytes

    def send(self, frame: bytes) -> None:
        """See the protocol."""
        self._meter.went(len(frame))
        self._channel.send(frame)

    def close(self, code: int, reason: str) -> None:
        """See the protocol."""
        self._channel.close(code, reason)

    async def run(self, envoy: Envoy) -> None:
        """Hand messages to ``envoy`` until the connection ends."""
        self._heartbeat.add(self)
        try:
            while not self._channel.closing:
                data = await self._stream.read_bytes(_READ_BYTES, partial=True)
                self.heard_at = self._loop.time()
                payload = self._reader.short(data)
                if payload is not None:
                    self._hand_over(payload, envoy)
                else:
                    for event in self._reader.feed(data):
                        self._take(event, envoy)
                # What is there already is read without a pause: others must have their turn in between.
                await asyncio.sleep(0)
        except StreamClosedError:
            return
        except ProtocolError as error:
            _log.warning("A server of %r sent a broken message: %s", envoy.username, error)
            self._channel.close(error.close_code, str(error))
        finally:
            self._heartbeat.remove(self)

    def _take(self, event: Event, envoy: Envoy) -> None:
        match event:
            case Message(payload):
                self._hand_over(payload, envoy)
            case Ping(payload):
                self._channel.pong(payload)
            case Closed(payload):
                self._channel.answer_close(echo_close(payload))
                self._stream.close()
            case _:
                pass

    def _hand_over(self, payload: bytes, envoy: Envoy) -> None:
        self._meter.came(len(payload))
        envoy.take(payload)

    def ask(self) -> None:
        """See :class:`jupyter_tandem.adapters.server.heartbeat.Listener`."""
        self._channel.ping()

    def cut(self) -> None:
        """See :class:`jupyter_tandem.adapters.server.heartbeat.Listener`."""
        self._stream.close()
