"""Several processes, one set of rooms; starting, stopping, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_tandem.adapters.signaling.memory import MemoryHub, MemoryRelay
from tests.integration.signaling.serving import (
    client,
    free_port,
    get,
    listening,
    make_certificate,
    nats_command,
    program,
    redis_command,
    running,
    server_process,
    serving,
)


@pytest.mark.spec("SIGNAL-29")
async def test_a_message_reaches_every_subscriber_once() -> None:
    hub = MemoryHub()
    async with (
        serving(relay=MemoryRelay(hub)) as (first, _),
        serving(relay=MemoryRelay(hub)) as (second, _),
        client(first) as ada,
        client(first) as bob,
        client(second) as cleo,
    ):
        for who in (ada, bob, cleo):
            await who.subscribe("room")
        for number in range(20):
            await ada.say(type="publish", topic="room", data=number)
        for who, clients in ((ada, 2), (bob, 2), (cleo, 1)):
            heard = [await who.hear() for _ in range(20)]
            assert [message["data"] for message in heard] == list(range(20))
            assert {message["clients"] for message in heard} == {clients}
            assert await who.settle() == []


@pytest.mark.slow
@pytest.mark.spec("SIGNAL-29", "SIGNAL-32")
@pytest.mark.parametrize("product", ["redis", "nats"])
async def test_two_processes_at_one_port(product: str, tmp_path: Path) -> None:
    port, bus_port = free_port(), free_port()
    command = redis_command(bus_port) if product == "redis" else nats_command(bus_port)
    (tmp_path / "relay").write_text(f"{product}://127.0.0.1:{bus_port}\n")
    options = ["--listen", f"127.0.0.1:{port}", "--share-port", "--operator", "127.0.0.1"]
    options += ["--relay-file", str(tmp_path / "relay")]
    with running(*command):
        await listening(bus_port)
        with server_process(*options) as (url, _), server_process(*options):
            async with contextlib.AsyncExitStack() as stack:
                clients = [await stack.enter_async_context(client(url)) for _ in range(16)]
                for who in clients:
                    await who.subscribe("room")
                # Which process a connection went to is the kernel's choice; both must have some.
                await connected_to_relay(url)
                await clients[0].say(type="publish", topic="room", data="hello")
                heard = [await who.hear() for who in clients]
                assert {message["data"] for message in heard} == {"hello"}
                shares = {message["clients"] for message in heard}
                assert sum(shares) == 16 or shares == {8}, "16 clients, on two processes"


async def connected_to_relay(url: str) -> None:
    """Wait until thirty answers in a row, from whichever process, say that it has its relay."""
    in_a_row = 0
    while in_a_row < 30:
        page = (await get(f"{url}/metrics"))[1]
        in_a_row = in_a_row + 1 if "tandem_signal_relay_connected 1.0" in page else 0


@pytest.mark.spec("SIGNAL-34")
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_a_polite_stop(name: signal.Signals) -> None:
    with server_process() as (url, process):
        async with contextlib.AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(client(url)) for _ in range(120)]
            await clients[-1].settle()
            os.kill(process.pid, name)
            assert [await who.closed() for who in clients] == [1001] * 120
        assert await asyncio.to_thread(process.wait, 60) == 0


@pytest.mark.spec("SIGNAL-34")
async def test_a_stop_with_clients_that_do_not_go() -> None:
    with server_process("--drain", "1") as (url, process):
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with client(url) as ada:
            await ada.settle()
            began = time.monotonic()
            process.terminate()
            assert await asyncio.to_thread(process.wait, 60) == 0
            assert time.monotonic() - began < 3
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.spec("SIGNAL-33")
@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--origin", "lab"], 2, "as a browser sends it"),
        (["--listen", "127.0.0.1:{taken}"], 1, "Cannot listen"),
    ],
)
def test_a_server_that_cannot_start_says_why(options: list[str], code: int, sentence: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        arguments = [option.format(taken=taken.getsockname()[1]) for option in options]
        ended = subprocess.run(
            [sys.executable, "-m", "jupyter_tandem.hosts.signal", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == code
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def serial_at(port: int) -> int:
    """Return the serial number of the certificate a server shows."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        shown = secure.getpeercert(binary_form=True)
    assert shown is not None
    text = subprocess.run(
        [program("openssl", "openssl"), "x509", "-inform", "der", "-noout", "-serial"],
        input=shown,
        check=True,
        capture_output=True,
    ).stdout
    return int(text.strip().partition(b"=")[2], 16)


@pytest.mark.spec("SIGNAL-35", "SIGNAL-13")
async def test_tls_and_a_renewed_certificate(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, 1)
    options = ["--tls-certificate", str(certificate), "--tls-key", str(key)]
    with server_process(*options) as (url, process):
        assert url.startswith("wss://")
        trust = ssl.create_default_context(cafile=certificate)
        async with client(url, ssl=trust) as ada, client(url, ssl=trust) as bob:
            await ada.subscribe("room")
            await bob.subscribe("room")
            for number in range(50):
                await ada.say(type="publish", topic="room", data="x" * 10_000, n=number)
            assert [(await bob.hear())["n"] for _ in range(50)] == list(range(50))
            port = int(url.rpartition(":")[2])
            assert await asyncio.to_thread(serial_at, port) == 1
            make_certificate(tmp_path, 2)
            process.send_signal(signal.SIGHUP)
            serials = [1]

            async def look() -> None:
                serials.append(await asyncio.to_thread(serial_at, port))

            while serials[-1] != 2:
                await asyncio.wait_for(look(), 60)
            await ada.settle()
            await ada.connection.send("garbage")
            assert await ada.closed() == 4400
        process.terminate()
        assert await asyncio.to_thread(process.wait, 60) == 0


@pytest.mark.spec("SIGNAL-35")
@pytest.mark.parametrize("key_is", ["of before", "gone", "garbage"])
async def test_a_renewed_certificate_without_its_key_changes_nothing(
    key_is: str, tmp_path: Path
) -> None:
    certificate, key = make_certificate(tmp_path, 1)
    options = ["--tls-certificate", str(certificate), "--tls-key", str(key)]
    with server_process(*options) as (url, process):
        port = int(url.rpartition(":")[2])
        assert await asyncio.to_thread(serial_at, port) == 1
        before = key.read_bytes()
        make_certificate(tmp_path, 2)
        renewed = key.read_bytes()
        if key_is == "gone":
            key.unlink()
        else:
            key.write_bytes(before if key_is == "of before" else b"no key")
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        said = await asyncio.to_thread(process.stderr.readline)
        assert "kept the old certificate" in said
        assert await asyncio.to_thread(serial_at, port) == 1
        key.write_bytes(renewed)
        process.send_signal(signal.SIGHUP)
        assert "read the certificate again" in await asyncio.to_thread(process.stderr.readline)
        assert await asyncio.to_thread(serial_at, port) == 2
