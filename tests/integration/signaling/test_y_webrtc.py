"""The client of the npm package y-webrtc, and its server beside ours."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.signaling.serving import (
    client,
    free_port,
    listening,
    program,
    server_process,
    serving,
)

PEER = Path(__file__).with_name("y_webrtc_peer.mjs")
ROOT = Path(__file__).parents[3]
SOON_S = 60.0

pytestmark = pytest.mark.slow


class YWebrtc:
    """One process of Node.js with one provider."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.seen: list[dict[str, Any]] = []

    async def event(self, name: str) -> dict[str, Any]:
        """Wait for the next event of that name."""
        return await self._until(lambda event: event["event"] == name)

    async def message(self, kind: str) -> dict[str, Any]:
        """Wait for the next message of that type from the server."""
        found = await self._until(lambda event: event.get("message", {}).get("type") == kind)
        message = found["message"]
        assert isinstance(message, dict)
        return message

    async def _until(self, fits: Any) -> dict[str, Any]:
        return await asyncio.wait_for(self._read_until(fits), SOON_S)

    async def _read_until(self, fits: Any) -> dict[str, Any]:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            event: dict[str, Any] = json.loads(line)
            if fits(event):
                return event
        pytest.fail("the peer has ended")


@contextlib.asynccontextmanager
async def y_webrtc(url: str, room: str, *password: str) -> AsyncIterator[YWebrtc]:
    process = await asyncio.create_subprocess_exec(
        program("node", "nodejs"),
        PEER,
        url,
        room,
        *password,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield YWebrtc(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), SOON_S)


@pytest.mark.spec("SIGNAL-7", "SIGNAL-22")
async def test_two_of_its_clients_meet(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("a-token-of-the-class\n")
    async with (
        serving("--token-file", str(tokens)) as (url, server),
        y_webrtc(f"{url}/?token=a-token-of-the-class", "a room") as ada,
    ):
        first = await ada.message("publish")
        assert first["data"]["type"] == "announce"
        assert first["clients"] == 1
        async with y_webrtc(f"{url}/?token=a-token-of-the-class", "a room"):
            second = await ada.message("publish")
            assert second["data"]["type"] == "announce"
            assert second["data"]["from"] != first["data"]["from"]
            assert second["clients"] == 2
        assert "tandem_signal_dropped_total{" not in server.meter.page()


@pytest.mark.spec("SIGNAL-7", "SIGNAL-1")
async def test_what_it_encrypts_arrives_as_it_was_sent() -> None:
    async with (
        serving() as (url, _),
        client(url) as eve,
        y_webrtc(url, "a room", "a password") as ada,
    ):
        await eve.subscribe("a room")
        await ada.message("publish")
        await eve.settle()
        async with y_webrtc(url, "a room", "a password"):
            heard = await eve.hear()
            assert isinstance(heard["data"], str), "nothing but cipher text"
            while (await ada.message("publish"))["data"] != heard["data"]:
                pass


@pytest.mark.spec("SIGNAL-7", "SIGNAL-34")
async def test_it_comes_back_after_a_restart() -> None:
    port = free_port()
    listen = ("--listen", f"127.0.0.1:{port}")
    with server_process(*listen) as (url, process):
        async with y_webrtc(url, "a room") as ada:
            await ada.message("publish")
            process.terminate()
            await ada.event("disconnected")
            assert process.wait(60) == 0
            with server_process(*listen):
                await ada.event("connected")
                assert (await ada.message("publish"))["clients"] == 1


@contextlib.asynccontextmanager
async def reference_server() -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        program("node", "nodejs"),
        ROOT / "node_modules/y-webrtc/bin/server.js",
        env={**os.environ, "PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await listening(port)
        yield f"ws://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def conversation(url: str) -> list[Any]:
    """What a room hears of everything the protocol has."""
    async with client(url) as ada, client(url) as bob:
        for who in (ada, bob):
            await who.subscribe("room", "another")
        await ada.say(type="publish", topic="room", data={"x": [1, None, "ö"]}, clients=77)
        await ada.say(type="nonsense", topic="room")
        await ada.say(type="subscribe")
        await ada.say(type="publish", topic="nobody")
        heard = [await ada.settle(), await bob.settle()]
        await bob.say(type="unsubscribe", topics=["room", "never"])
        await bob.settle()
        await ada.say(type="publish", topic="room", data="after")
        await ada.say(type="publish", topic="another", data="after")
        return [*heard, await ada.settle(), await bob.settle()]


@pytest.mark.spec("SIGNAL-1", "SIGNAL-2", "SIGNAL-3", "SIGNAL-6", "SIGNAL-7")
async def test_the_reference_server_says_the_same() -> None:
    async with reference_server() as theirs, serving() as (ours, _):
        assert await conversation(ours) == await conversation(theirs)
