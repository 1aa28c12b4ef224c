"""A relay over NATS."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from jupyter_tandem.adapters.signaling.reconnecting import ReconnectingRelay

_PING_S: Final = 3
_UNANSWERED_PINGS: Final = 2
_CONNECT_S: Final = 5


class NatsRelay(ReconnectingRelay):
    """Implements :class:`jupyter_tandem.ports.relay.Relay`.

    All processes use one subject, as :class:`~jupyter_tandem.adapters.signaling.redis.RedisRelay` does
    with its channel. The library's own reconnecting is not used: it would keep messages for later,
    and signaling messages are worth nothing later.

    Args:
        url: ``nats://`` or ``tls://``, with user and password or token if need be. With ``tls://`` nothing is said
            in clear, whatever the server offers.
        subject: Processes with the same one serve the same rooms.
    """

    product = "NATS"
    failures = (NatsError, OSError, asyncio.TimeoutError)

    def __init__(self, url: str, subject: str = "tandem-signal") -> None:
        super().__init__()
        self._url = url
        self._subject = subject

    async def serve(self) -> None:
        """Carry messages until the connection fails or pings are not answered."""
        lost = asyncio.Event()

        async def on_lost() -> None:
            lost.set()

        async def on_error(_error: Exception) -> None:
            """Keep the library from logging it: what matters ends in ``on_lost``."""

        client = _EncryptedClient() if self._url.startswith("tls://") else Client()
        try:
            await client.connect(
                self._url,
                name="tandem-signal",
                allow_reconnect=False,
                connect_timeout=_CONNECT_S,
                ping_interval=_PING_S,
                max_outstanding_pings=_UNANSWERED_PINGS,
                disconnected_cb=on_lost,
                closed_cb=on_lost,
                error_cb=on_error,
            )
            await client.subscribe(self._subject, cb=self._take)
            await client.flush(_CONNECT_S)
            self.now_connected()
            await self._write(client, lost)
        finally:
            with contextlib.suppress(NatsError, OSError, asyncio.TimeoutError):
                await asyncio.wait_for(client.close(), 1.0)

    async def _take(self, message: Msg) -> None:
        self.deliver(message.data)

    async def _write(self, client: Client, lost: asyncio.Event) -> None:
        pump = asyncio.create_task(self._pump(client))
        gone = asyncio.create_task(lost.wait())
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
            if pump.done():
                pump.result()
            raise ConnectionError
        finally:
            pump.cancel()
            gone.cancel()
            await asyncio.gather(pump, gone, return_exceptions=True)

    async def _pump(self, client: Client) -> None:
        while True:
            message = await self.queue.get()
            try:
                await client.publish(self._subject, message)
            finally:
                self.queue.task_done()


class _EncryptedClient(Client):
    """Leaves before its first word, with user and password, when that would be in clear.

    In NATS' protocol it is the server that says whether TLS begins, in clear: an address that says TLS has to be enough.
    """

    def _connect_command(self) -> bytes:
        writer = getattr(self._transport, "_io_writer", None)
        if writer is None or writer.get_extra_info("ssl_object") is None:
            raise NatsError("the server offers no TLS")
        return super()._connect_command()
