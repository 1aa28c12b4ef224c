"""RELAY-6: relays with TLS, and who would like to be told without."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from jupyter_tandem.adapters.signaling import redis as redis_module
from jupyter_tandem.adapters.signaling.nats import NatsRelay
from jupyter_tandem.adapters.signaling.reconnecting import ReconnectingRelay
from jupyter_tandem.adapters.signaling.redis import RedisRelay
from tests.integration.signaling.serving import make_certificate, until

pytestmark = pytest.mark.spec("RELAY-6")

INFO = {"server_id": "x", "version": "2.10.0", "proto": 1, "max_payload": 1 << 20}


class Stranger:
    """Takes connections, says what it is told to, and keeps what it hears."""

    def __init__(self, greeting: bytes, tls: ssl.SSLContext | None) -> None:
        self.greeting = greeting
        self.tls = tls
        self.heard = b""
        self.ended = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(self.greeting)
            if self.greeting and self.tls is not None:
                await writer.start_tls(self.tls)
            while line := await reader.readline():
                self.heard += line
                writer.write(b"PONG\r\n" if line.startswith(b"PING") else b"")
        self.ended += 1
        writer.close()


@contextlib.asynccontextmanager
async def met(
    stranger: Stranger, relay_at: Callable[[int], ReconnectingRelay], *, tls_at_once: bool = False
) -> AsyncIterator[ReconnectingRelay]:
    tls = stranger.tls if tls_at_once else None
    server = await asyncio.start_server(stranger.serve, "127.0.0.1", 0, ssl=tls)
    relay = relay_at(server.sockets[0].getsockname()[1])
    await relay.start(lambda _message: None, lambda _connected: None)
    try:
        yield relay
    finally:
        await relay.close()
        server.close()


def greeting(**more: object) -> bytes:
    return b"INFO " + json.dumps({**INFO, "auth_required": True, **more}).encode() + b"\r\n"


async def test_a_nats_server_that_offers_no_tls_hears_nothing() -> None:
    stranger = Stranger(greeting(), None)
    relay_at = lambda port: NatsRelay(f"tls://tandem:very-secret@127.0.0.1:{port}")  # noqa: E731
    async with met(stranger, relay_at) as relay:
        await until(lambda: stranger.ended >= 2, "the relay has tried it twice")
        assert not relay.connected
        assert stranger.heard == b""


async def test_a_nats_server_with_tls_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = make_certificate(tmp_path, 1)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    stranger = Stranger(greeting(tls_required=True), context)
    relay_at = lambda port: NatsRelay(f"tls://tandem:very-secret@localhost:{port}")  # noqa: E731
    async with met(stranger, relay_at) as relay:
        await until(lambda: relay.connected, "the relay is connected")
        assert b"very-secret" in stranger.heard


async def test_a_redis_server_with_another_name_hears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = make_certificate(tmp_path, 1, names="DNS:elsewhere.example")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    stranger = Stranger(b"", context)
    url = "rediss://tandem:very-secret@127.0.0.1:{}?ssl_ca_certs=" + str(certificate)
    tried = asyncio.Event()
    monkeypatch.setattr(redis_module.RedisRelay, "_forget_queue", lambda _relay: tried.set())
    relay_at = lambda port: RedisRelay(url.format(port))  # noqa: E731
    async with met(stranger, relay_at, tls_at_once=True) as relay:
        await asyncio.wait_for(tried.wait(), 60)
        assert not relay.connected
        assert stranger.heard == b""


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("rediss://localhost", True),
        ("rediss://localhost?ssl_check_hostname=no", False),
        ("rediss://localhost?ssl_cert_reqs=none", None),
        ("redis://localhost", None),
        ("unix:///run/redis", None),
    ],
)
def test_the_name_is_compared_with_every_version_of_the_library(
    url: str, checked: bool | None
) -> None:
    options = redis_module._client(url).connection_pool.connection_kwargs
    assert options.get("ssl_check_hostname") is checked
