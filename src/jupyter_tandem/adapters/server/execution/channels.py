"""A kernel client's channels, used so that nothing that is said on them is lost."""

from __future__ import annotations

import asyncio
from queue import Empty
from typing import Any, Final

import zmq
import zmq.asyncio
from jupyter_client.session import Session
from jupyter_core.utils import ensure_async
from jupyter_server.gateway.managers import ChannelQueue, GatewayKernelClient

STDIN_S: Final = 5.0
"""How long the connection for questions may take once the kernel answers; longer only where it listens to none."""

PAUSE_S: Final = 0.02
"""How often it is looked whether a gateway has sent something: nobody wakes who waits for that, and a connection has
four channels."""


def say(channel: Any, session: Session, message: dict[str, Any]) -> None:
    """Send ``message`` without waiting; who listens to ``channel`` meanwhile goes on to hear it.

    The channel's own ``send`` goes past asyncio's socket, and ZeroMQ tells of what has arrived once only: when it
    arrives at that moment, nobody would be woken, now or later.
    """
    socket = getattr(channel, "socket", None)
    if isinstance(socket, zmq.asyncio.Socket):
        socket.send_multipart(session.serialize(message))
    else:
        channel.send(message)


async def hear(channel: Any, session: Session) -> dict[str, Any]:
    """The next message, whenever that comes.

    The channel's own ``get_msg`` asks first whether there is one, which costs as much as the message.

    Raises:
        ValueError, TypeError, KeyError: it is not signed by this kernel, was said twice, or is no message.
        ConnectionError: the connection has ended, and everything that came before was heard.
    """
    if isinstance(channel, ChannelQueue):
        return await _hear_from_gateway(channel)
    socket = getattr(channel, "socket", None)
    if not isinstance(socket, zmq.asyncio.Socket):
        found: dict[str, Any] = await channel.get_msg(timeout=None)
        return found
    _, parts = session.feed_identities(await socket.recv_multipart())
    return session.deserialize(parts)


async def _hear_from_gateway(channel: ChannelQueue) -> dict[str, Any]:
    """The queue's own ``get_msg`` asks again in every turn of the event loop, which then never sleeps."""
    while True:
        # First this: what another thread puts in before it says so is found.
        ended = channel.response_router_finished
        try:
            found: dict[str, Any] = channel.get_nowait()
        except Empty:
            if ended:
                raise ConnectionResetError("The gateway has ended the connection.") from None
            await asyncio.sleep(PAUSE_S)
        else:
            return found


async def begin(client: Any) -> None:
    """Connect all channels but the one for questions."""
    # A gateway has one connection for all of them.
    far_away = isinstance(client, GatewayKernelClient)
    await ensure_async(client.start_channels(stdin=far_away, hb=False))


def end(client: Any) -> None:
    """Disconnect all channels, also where connecting them has failed."""
    # Without a connection to its gateway a client has no channels, and fails when it is to stop them.
    if not isinstance(client, GatewayKernelClient) or client.channel_socket is not None:
        client.stop_channels()


def begin_stdin(client: Any) -> None:
    """Connect the channel for questions.

    It is best done when the kernel answers: where nobody listens yet, ZeroMQ tries again some time later.
    """
    if not isinstance(client, GatewayKernelClient):
        # By this it can be told when the kernel knows us; options of a context are those of the sockets it makes.
        client.context.setsockopt(zmq.IMMEDIATE, 1)
        client.stdin_channel.start()
        client.context.sockopts.pop(zmq.IMMEDIATE)
    client.allow_stdin = True


async def may_be_asked(client: Any) -> None:
    """Return when questions arrive: a kernel drops what it asks somebody whom it does not know, and waits forever."""
    socket = getattr(client.stdin_channel, "socket", None)
    if isinstance(socket, zmq.asyncio.Socket):
        poller = zmq.asyncio.Poller()
        poller.register(socket, zmq.POLLOUT)
        await poller.poll(STDIN_S * 1000)
