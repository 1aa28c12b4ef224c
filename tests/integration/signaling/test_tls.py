"""Connections before and while TLS begins."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_tandem.hosts.signal import SignalServer
from jupyter_tandem.hosts.signal_options import parse
from tests.integration.signaling.serving import client, make_certificate, server_process, until

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Bench:
    """A server with TLS that takes five connections of an address."""

    def __init__(self, folder: Path, handshake_s: float) -> None:
        self.certificate, key = make_certificate(folder, 1)
        options = parse(
            [
                *("--listen", "127.0.0.1:0", "--allow-no-origin", "--drain", "2"),
                *("--tls-certificate", str(self.certificate), "--tls-key", str(key)),
                *("--connections-per-address", "5", "--arrivals-per-address", "1000/1000"),
            ]
        )
        line = replace(options.line, handshake_s=handshake_s)
        self.server = SignalServer(replace(options, line=line))
        self.trust = ssl.create_default_context(cafile=self.certificate)
        self.url, self.port = "", 0

    async def start(self) -> None:
        self.url = await self.server.start()
        self.port = int(self.url.rpartition(":")[2])

    async def counted(self, count: int) -> None:
        await until(lambda: self.server.listener.connections == count, f"{count} connections")


@contextlib.asynccontextmanager
async def opened(folder: Path, handshake_s: float = 60.0) -> AsyncIterator[Bench]:
    bench = Bench(folder, handshake_s)
    await bench.start()
    try:
        yield bench
    finally:
        await bench.server.stop()
        assert bench.server.listener.connections == 0


@contextlib.contextmanager
def silent(port: int, count: int) -> Iterator[list[socket.socket]]:
    """So many connections over which nothing is said."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in made:
            one.connect(("127.0.0.1", port))
            one.setblocking(False)
        yield made


def is_open(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


@pytest.mark.spec("SIGNAL-14")
async def test_connections_that_never_begin_tls_count(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        with silent(bench.port, 30) as made:
            await until(lambda: sum(map(is_open, made)) == 5, "all but five are dropped")
            assert bench.server.listener.connections == 5
            async with client(bench.url, ssl=bench.trust, local_addr=("127.0.0.2", 0)) as ada:
                await ada.settle()
                assert bench.server.listener.connections == 6
        await bench.counted(0)


@pytest.mark.spec("SIGNAL-14", "SIGNAL-35")
async def test_connections_that_never_begin_tls_count_in_the_program(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, 1)
    tls = ["--tls-certificate", str(certificate), "--tls-key", str(key)]
    with server_process(*tls, "--connections-per-address", "5") as (url, process):
        with silent(int(url.rpartition(":")[2]), 30) as made:
            await until(lambda: sum(map(is_open, made)) == 5, "all but five are dropped")
            trust = ssl.create_default_context(cafile=certificate)
            async with client(url, ssl=trust, local_addr=("127.0.0.2", 0)) as ada:
                await ada.settle()
        process.terminate()
        assert await asyncio.to_thread(process.wait, 60) == 0
        assert "Traceback" not in (process.stderr.read() if process.stderr else "")


@pytest.mark.spec("SIGNAL-17", "SIGNAL-18")
async def test_who_never_begins_tls_is_ended_and_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path, handshake_s=0.1) as bench:
        with silent(bench.port, 1) as made:
            await bench.counted(1)
            await until(lambda: not is_open(made[0]), "the connection is ended")
            await bench.counted(0)


@pytest.mark.spec("SIGNAL-18")
@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"])
async def test_who_leaves_before_tls_is_forgotten(tmp_path: Path, said: bytes) -> None:
    async with opened(tmp_path) as bench:
        for _ in range(12):
            _, writer = await asyncio.open_connection("127.0.0.1", bench.port)
            writer.write(said)
            await writer.drain()
            writer.close()
            await bench.counted(0)
        async with client(bench.url, ssl=bench.trust) as ada:
            await ada.settle()
        await bench.counted(0)


@pytest.mark.spec("SIGNAL-35")
async def test_a_request_in_one_packet_with_the_end_of_the_handshake(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        answer = await asyncio.to_thread(ask_at_once, bench.port, bench.trust)
        assert answer.startswith(b"HTTP/1.1 200")


def ask_at_once(port: int, trust: ssl.SSLContext) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = trust.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                secure.do_handshake()
                break
            plain.sendall(outgoing.read())
            incoming.write(plain.recv(65_536))
        secure.write(REQUEST)
        plain.sendall(outgoing.read())
        answer = b""
        while not answer:
            incoming.write(plain.recv(65_536))
            with contextlib.suppress(ssl.SSLWantReadError):
                answer = secure.read(65_536)
        return answer


@pytest.mark.spec("SIGNAL-34")
async def test_a_stop_while_somebody_has_not_begun_tls(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        with silent(bench.port, 1):
            await bench.counted(1)
            assert not await bench.server.stop()
            assert len(asyncio.all_tasks()) == 1
