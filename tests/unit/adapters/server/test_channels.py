"""What is sent to a kernel does not make its listener deaf."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import zmq
import zmq.asyncio
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session

from jupyter_tandem.adapters.server.execution.channels import say

KEY = b"known to both"


class Kernel:
    """A kernel's end of a channel."""

    def __init__(self) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._session = Session(key=KEY)
        self.port = self._socket.bind_to_random_port("tcp://127.0.0.1")

    def answer(self) -> None:
        """Wait for a request, and answer it."""
        caller, _ = self._session.recv(self._socket, mode=0)
        self._session.send(self._socket, "kernel_info_reply", {}, ident=caller)

    def close(self) -> None:
        self._context.destroy(linger=0)


@pytest.fixture
async def kernel() -> AsyncIterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture
async def channel(kernel: Kernel) -> AsyncIterator[AsyncZMQSocketChannel]:
    context = zmq.asyncio.Context()
    socket = context.socket(zmq.DEALER)
    socket.connect(f"tcp://127.0.0.1:{kernel.port}")
    yield AsyncZMQSocketChannel(socket, Session(key=KEY))
    context.destroy(linger=0)


def let_arrive(channel: AsyncZMQSocketChannel) -> None:
    """Return when the channel has something to be read, without a turn of the loop."""
    assert channel.socket is not None
    socket = zmq.Socket.shadow(channel.socket.underlying)
    poller = zmq.Poller()
    poller.register(socket.fileno(), zmq.POLLIN)
    assert poller.poll(20_000)
    # ZeroMQ looks for news once a millisecond at most.
    time.sleep(0.01)


async def test_an_answer_that_arrives_while_something_is_sent_is_heard(
    kernel: Kernel, channel: AsyncZMQSocketChannel
) -> None:
    mine = Session(key=KEY)

    async def listen() -> dict[str, Any]:
        return await channel.get_msg(timeout=None)

    listening = asyncio.ensure_future(listen())
    await asyncio.sleep(0)
    say(channel, mine, mine.msg("kernel_info_request"))
    kernel.answer()
    let_arrive(channel)
    say(channel, mine, mine.msg("execute_request"))
    answer = await asyncio.wait_for(listening, 20)
    assert answer["msg_type"] == "kernel_info_reply"
