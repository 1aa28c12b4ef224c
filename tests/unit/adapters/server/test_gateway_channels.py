"""A connection to a gateway's kernel: what it costs, and what its end means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from jupyter_client.session import Session
from jupyter_server.gateway.managers import ChannelQueue
from websocket import WebSocketConnectionClosedException

from jupyter_tandem.adapters.server.execution.connection import KernelConnection
from jupyter_tandem.adapters.server.execution.side_shell import SideShell
from jupyter_tandem.ports.kernels import KernelMessage
from jupyter_tandem.protocol.reason import SHUT_DOWN, WENT_AWAY, Reason

pytestmark = pytest.mark.spec("RUN-71")

CHANNELS = ("shell", "iopub", "control", "stdin")


class Socket:
    """A gateway's socket that has ended."""

    def send(self, message: str) -> None:
        raise WebSocketConnectionClosedException(message)


class Client:
    """What is used of a gateway's client."""

    def __init__(self) -> None:
        for name in CHANNELS:
            queue = ChannelQueue(name, Socket(), logging.getLogger(__name__))  # type: ignore[arg-type]
            setattr(self, f"{name}_channel", queue)

    def queue(self, name: str) -> ChannelQueue:
        found: ChannelQueue = getattr(self, f"{name}_channel")
        return found

    def say(self, channel: str, kind: str) -> None:
        header = {"msg_type": kind, "msg_id": kind}
        self.queue(channel).put_nowait({"header": header, "msg_type": kind, "content": {}})

    def end(self) -> None:
        for name in CHANNELS:
            self.queue(name).response_router_finished = True

    def stop_channels(self) -> None: ...


class Manager:
    """What is used of a gateway's kernel manager."""

    session = Session(key=b"k")

    def __init__(self, client: Client) -> None:
        self._client = client

    def client(self, session: Session) -> Client:
        return self._client


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.all: list[str | Reason] = []
        self.lost_one = asyncio.Event()

    def heard(self, message: KernelMessage) -> None:
        self.all.append(message.kind)

    def lost(self, reason: Reason) -> None:
        self.all.append(reason)
        self.lost_one.set()


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def kernels(client: Client, heard: Heard) -> AsyncIterator[set[str]]:
    """The server's kernels, with a connection to one of them that is open."""
    kernels: Any = {"k"}
    connection = KernelConnection(Manager(client), "k", "me", heard)
    for name in CHANNELS:
        connection._spawn(connection._listen(name))
    connection._watch_restarts(kernels)
    connection._spawn(connection._look(kernels))
    yield kernels
    await connection.close()


async def test_while_nothing_is_said_the_event_loop_sleeps(
    client: Client, heard: Heard, kernels: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0
    run = asyncio.Handle._run

    def counted(handle: asyncio.Handle) -> None:
        nonlocal steps
        steps += 1
        run(handle)

    monkeypatch.setattr(asyncio.Handle, "_run", counted)
    await asyncio.sleep(0.5)
    assert steps < 500
    client.say("iopub", "status")
    await asyncio.sleep(0.5)
    assert heard.all == ["status"]


async def test_its_end_is_told_after_all_that_was_said(
    client: Client, heard: Heard, kernels: set[str]
) -> None:
    said = [f"stream {number}" for number in range(5_000)]
    for kind in said:
        client.say("iopub", kind)
    client.end()
    await asyncio.wait_for(heard.lost_one.wait(), 10)
    assert heard.all == [*said, WENT_AWAY]


async def test_a_kernel_that_was_shut_down_is_told_as_such(
    client: Client, heard: Heard, kernels: set[str]
) -> None:
    kernels.clear()
    client.end()
    await asyncio.wait_for(heard.lost_one.wait(), 10)
    assert heard.all == [SHUT_DOWN]


def test_a_subshell_needs_no_farewell_then(client: Client) -> None:
    side = SideShell(client, Session(key=b"k"))
    side.created({"subshell_id": "s"})
    side.close()
