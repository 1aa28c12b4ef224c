"""A relay over Redis' publish/subscribe (also Valkey, which speaks the same protocol)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError

from jupyter_tandem.adapters.signaling.reconnecting import ReconnectingRelay

_BATCH: Final = 100
_HEARTBEAT_S: Final = 3.0
_SILENCE_S: Final = 10.0
"""Our own heartbeat has not come back for so long: whatever the sockets say, they are not working."""

_REPLY_S: Final = 5.0
_HEARTBEAT: Final = b"tandem-heartbeat "


class RedisRelay(ReconnectingRelay):
    """Implements :class:`jupyter_tandem.ports.relay.Relay`.

    All processes use one channel: a process is subscribed before its first client is, so no message
    can fall between a client's subscription and Redis' (see the ADR on the signaling server).

    Args:
        url: ``redis://``, ``rediss://`` or ``unix://``, with user and password if need be.
        channel: Processes with the same one serve the same rooms.
    """

    product = "Redis"
    failures = (RedisError, OSError, asyncio.TimeoutError)

    def __init__(self, url: str, channel: str = "tandem-signal") -> None:
        super().__init__()
        self._url = url
        self._channel = channel
        self._beat = _HEARTBEAT + secrets.token_hex(8).encode()
        self._echo_at = 0.0

    async def serve(self) -> None:
        """Carry messages until one of the two connections fails or falls silent."""
        client = _client(self._url)
        pubsub = client.pubsub(ignore_subscribe_messages=True)
        tasks: list[asyncio.Task[None]] = []
        try:
            await asyncio.wait_for(pubsub.subscribe(self._channel), _REPLY_S)
            self._echo_at = asyncio.get_running_loop().time()
            tasks = [
                asyncio.create_task(self._read(pubsub)),
                asyncio.create_task(self._write(client)),
            ]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _disconnect(client, pubsub)

    async def _read(self, pubsub: Any) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() - self._echo_at < _SILENCE_S:
            message = await pubsub.get_message(timeout=1.0)
            if message is None:
                continue
            data = message["data"]
            if data == self._beat:
                self._echo_at = loop.time()
                self.now_connected()
            elif not data.startswith(_HEARTBEAT):
                self.deliver(data)
        raise asyncio.TimeoutError

    async def _write(self, client: Any) -> None:
        loop = asyncio.get_running_loop()
        beat_at = loop.time()
        while True:
            batch = await self._gather_until(beat_at)
            beats = [self._beat] if loop.time() >= beat_at else []
            if beats:
                beat_at = loop.time() + _HEARTBEAT_S
            try:
                await self._send(client, beats + batch)
            finally:
                for _ in batch:
                    self.queue.task_done()

    async def _gather_until(self, beat_at: float) -> list[bytes]:
        """Return what is queued, as soon as something is; nothing when a heartbeat is due before."""
        wait_s = max(0.0, beat_at - asyncio.get_running_loop().time())
        try:
            batch = [await asyncio.wait_for(self.queue.get(), wait_s)]
        except asyncio.TimeoutError:
            return []
        while len(batch) < _BATCH and not self.queue.empty():
            batch.append(self.queue.get_nowait())
        return batch

    async def _send(self, client: Any, batch: list[bytes]) -> None:
        if not batch:
            return
        pipeline = client.pipeline(transaction=False)
        for message in batch:
            pipeline.publish(self._channel, message)
        await asyncio.wait_for(pipeline.execute(), _REPLY_S)


def _client(url: str) -> Any:
    asked = urlsplit(url)
    options: dict[str, Any] = {}
    if asked.scheme == "rediss" and parse_qs(asked.query).get("ssl_cert_reqs") != ["none"]:
        # The library's default is another one in each of its versions. What the address says goes before this.
        options["ssl_check_hostname"] = True
    return Redis.from_url(
        url,
        **options,
        socket_connect_timeout=_REPLY_S,
        socket_keepalive=True,
        client_name="tandem-signal",
        decode_responses=False,
    )


async def _disconnect(client: Any, pubsub: Any) -> None:
    with contextlib.suppress(RedisError, OSError, asyncio.TimeoutError):
        await asyncio.wait_for(pubsub.aclose(), 1.0)
    with contextlib.suppress(RedisError, OSError, asyncio.TimeoutError):
        await asyncio.wait_for(client.aclose(), 1.0)
