"""People for the macro cases: WebSocket clients that cost little and keep what they got, and when.

They run in this process on picows and uvloop, the servers in processes of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from pycrdt import Doc, Text

from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.keystroke import Caret, write_keystroke
from jupyter_tandem.protocol.lib0 import read_var_uint, write_var_uint
from jupyter_tandem.protocol.update import DEFAULT_LIMITS, inspect

PATIENCE_S = 120.0
_SYNC, _STEP_2, _UPDATE = 0, 1, 2
_SMALL = 4_096


class Peer(WSListener):
    """One connection.

    Attributes:
        arrived: When each update came, in seconds of ``time.perf_counter``.
        frames: The updates, as sync frames.
        synced: Done with the bytes of the first answer.
    """

    def __init__(self) -> None:
        self.arrived: list[float] = []
        self.frames: list[bytes] = []
        loop = asyncio.get_running_loop()
        self.synced: asyncio.Future[bytes] = loop.create_future()
        self.saved: asyncio.Future[float] = loop.create_future()
        self.closed = False
        self._pieces: list[bytes] = []
        self._transport: WSTransport

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - picows' signature
        self.closed = True
        if not self.synced.done():
            self.synced.set_exception(ConnectionError("closed before it was synchronised"))
            # Not everybody waits for it.
            self.synced.exception()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
            return
        self._pieces.append(frame.get_payload_as_bytes())
        if frame.fin:
            data = b"".join(self._pieces) if len(self._pieces) > 1 else self._pieces[0]
            self._pieces = []
            self._take(data)

    def _take(self, data: bytes) -> None:
        if data[:2] == bytes((_SYNC, _UPDATE)):
            self.arrived.append(time.perf_counter())
            self.frames.append(data)
        elif data[:2] == bytes((_SYNC, _STEP_2)) and not self.synced.done():
            self.synced.set_result(data)
        elif len(data) < _SMALL and not self.saved.done():
            message = f.decode_server(data)
            if isinstance(message, f.StockNotice):
                self.saved.set_result(time.perf_counter())

    def send(self, frame: bytes) -> None:
        self._transport.send(WSMsgType.BINARY, frame)

    async def save(self) -> float:
        """Seconds until the server says that the file is written."""
        self.saved = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        self.send(f.encode(f.SaveRequest(1)))
        return await asyncio.wait_for(self.saved, PATIENCE_S) - started

    def leave(self) -> None:
        self._transport.disconnect()


async def connected(url: str) -> Peer:
    """A connection that has not said anything."""
    _, peer = await ws_connect(
        Peer, url, max_frame_size=1 << 30, websocket_handshake_timeout=PATIENCE_S
    )
    return peer


async def joined(url: str) -> Peer:
    """A stock connection that has synchronised."""
    peer = await connected(url)
    peer.send(f.encode(f.SyncStep1(b"\x00")))
    await asyncio.wait_for(peer.synced, PATIENCE_S)
    peer.send(f.encode(f.SyncStep2(b"\x00\x00")))
    return peer


def content(peer: Peer) -> bytes:
    """The update in a peer's first answer."""
    message = f.decode_server(peer.synced.result())
    assert isinstance(message, f.SyncStep2)
    return message.update


class Typist:
    """Makes one-character edits at the end of a text document ahead of time."""

    def __init__(self, client: int, state: bytes = b"\x00\x00") -> None:
        self.client = client
        self.clock = 0
        self._known = state
        self._made: list[bytes] = []

    def make(self, count: int) -> list[bytes]:
        """Frames of the next ``count`` edits."""
        made = [self.edit(number) for number in range(self.clock, self.clock + count)]
        self.clock += count
        self._made += made
        return [f.encode(f.Update(update)) for update in made]

    def edit(self, clock: int) -> bytes:
        """The update of the edit that makes the clock go on from ``clock``."""
        client = write_var_uint(self.client)
        if clock == 0:
            return b"\x01\x01" + client + b"\x00\x04\x01\x06source\x01a\x00"
        return write_keystroke(Caret(client, clock, b""), b"lorem ipsum"[clock % 11 :][:1])

    def text(self) -> str:
        """What was typed."""
        return text_of([self._known, *self._made])


def text_of(updates: Sequence[bytes]) -> str:
    """The text that updates make."""
    doc: Doc[Any] = Doc()
    with doc.transaction():
        for update in updates:
            doc.apply_update(update)
    return str(doc.get("source", type=Text))


def updates_of(frames: Sequence[bytes]) -> list[bytes]:
    """The updates in sync frames."""
    found = []
    for frame in frames:
        _, start = read_var_uint(frame, 2)
        found.append(frame[start:])
    return found


def reached(frames: Sequence[bytes], client: int) -> list[int]:
    """After each frame, how many edits of ``client`` have come."""
    ends: list[int] = []
    known: dict[bytes, int] = {}
    high = 0
    for frame in frames:
        end = known.get(frame)
        if end is None:
            [update] = updates_of([frame])
            end = known[frame] = inspect(update, DEFAULT_LIMITS).blocks.get(client, (0, 0))[1]
        high = max(high, end)
        ends.append(high)
    return ends
