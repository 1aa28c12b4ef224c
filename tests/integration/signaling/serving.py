"""Signaling servers inside the test's own loop, clients to talk to them, and the programs around them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from jupyter_tandem.hosts.signal import SignalServer
from jupyter_tandem.hosts.signal_options import parse
from jupyter_tandem.ports.relay import Relay

SOON_S = 60.0


@contextlib.asynccontextmanager
async def serving(
    *options: str, relay: Relay | None = None
) -> AsyncIterator[tuple[str, SignalServer]]:
    """A server at a free port that lets programs in; yields its URL."""
    arguments = ["--listen", "127.0.0.1:0", "--allow-no-origin", "--drain", "2", *options]
    server = SignalServer(parse(arguments), relay)
    url = await server.start()
    try:
        yield url, server
    finally:
        await server.stop()


class Client:
    """A client that says and hears JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def hear(self) -> Any:
        return json.loads(await asyncio.wait_for(self.connection.recv(), SOON_S))

    async def subscribe(self, *topics: str) -> None:
        """Subscribe, and wait until the server has done it."""
        await self.say(type="subscribe", topics=topics)
        await self.settle()

    async def settle(self) -> list[Any]:
        """Wait until the server has done all that was said; return what was heard meanwhile."""
        await self.say(type="ping")
        heard: list[Any] = []
        while (message := await self.hear()) != {"type": "pong"}:
            heard.append(message)
        return heard

    async def closed(self) -> int | None:
        """Wait for the server to close; return the code."""
        await asyncio.wait_for(self.connection.wait_closed(), SOON_S)
        return self.connection.close_code


@contextlib.asynccontextmanager
async def client(url: str, **options: Any) -> AsyncIterator[Client]:
    options.setdefault("ping_interval", None)
    async with connect(url, proxy=None, **options) as connection:
        yield Client(connection)
    # Python 3.10 does not take a TLS transport for closed whose other side closed it.
    connection.transport.close()


async def until(condition: Any, what: str) -> None:
    """Wait for something another process brings about and nobody here is told of."""
    deadline = asyncio.get_running_loop().time() + 60
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"never so: {what}"
        await asyncio.sleep(0.02)


async def get(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Ask over HTTP; return status, body and headers (names in lower case)."""

    def fetch() -> tuple[int, str, dict[str, str]]:
        request = urllib.request.Request(re.sub("^ws", "http", url), headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            answer = opener.open(request, timeout=SOON_S)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            found = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, answer.read().decode(), found

    return await asyncio.to_thread(fetch)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, package: str) -> str:
    """Find a program of a Debian package, also where only root's PATH looks."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(f"{name} is missing: `make setup` brings it (Debian package {package})")
    return found


def make_certificate(
    folder: Path, serial: int, names: str = "DNS:localhost,IP:127.0.0.1"
) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            program("openssl", "openssl"),
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost", "-set_serial", str(serial)),
            *("-addext", f"subjectAltName={names}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@contextlib.contextmanager
def running(*command: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is told to end afterwards, and killed if it does not."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def listening(port: int) -> None:
    """Wait until something takes connections at a port of this machine."""
    for _ in range(3_000):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"nothing listens at port {port}")


def redis_command(port: int) -> list[str]:
    redis = program("redis-server", "redis-server")
    return [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]


def nats_command(port: int) -> list[str]:
    return [program("nats-server", "nats-server"), "-a", "127.0.0.1", "-p", str(port)]


@contextlib.contextmanager
def server_process(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server as a process of its own; yields its URL."""
    command = [sys.executable, "-m", "jupyter_tandem.hosts.signal", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--allow-no-origin", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        assert first, process.communicate()[1]
        yield first.split()[-1], process
    finally:
        process.kill()
        process.communicate()
