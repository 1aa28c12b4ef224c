"""The floor: a server that copies frames to everybody else in a room and does nothing besides.

    python -m benchmarks.floor PORT [--waste-us 50]

What it costs is what picows, uvloop and the system's sockets cost; no server that does something in Python can cost less.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from benchmarks.process import Process, free_port

_rooms: dict[bytes, set[WSTransport]] = {}


class Copier(WSListener):
    """One connection to a room, which is whatever path it asked for."""

    def __init__(self, room: bytes, waste_s: float) -> None:
        self._others = _rooms.setdefault(room, set())
        self._waste_s = waste_s

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._others.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._others.discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type == WSMsgType.BINARY:
            data = frame.get_payload_as_bytes()
            for other in self._others:
                if other is not transport:
                    other.send(WSMsgType.BINARY, data)
                    if self._waste_s:
                        _waste(self._waste_s)


def _waste(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def _serve(port: int, waste_s: float) -> None:
    def listener(request: WSUpgradeRequest) -> Copier:
        return Copier(request.path, waste_s)

    server = await ws_create_server(listener, "127.0.0.1", port, max_frame_size=1 << 30)
    print("ready", flush=True)
    await server.serve_forever()


class Floor(Process):
    """The floor in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        super().__init__(process)
        self._port = port

    def room(self, name: str) -> str:
        """The WebSocket's URL."""
        return f"ws://127.0.0.1:{self._port}/{name}"


@asynccontextmanager
async def floor(waste_us: float = 0.0) -> AsyncIterator[Floor]:
    """A floor for one case.

    Args:
        waste_us: CPU to burn per delivery, to see that whoever judges notices.
    """
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.floor", str(port), "--waste-us", str(waste_us)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    server = Floor(process, port)
    try:
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError("the floor did not start")
        yield server
    finally:
        await server.kill()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--waste-us", type=float, default=0.0)
    given = parser.parse_args()
    uvloop.run(_serve(given.port, given.waste_us / 1e6))


if __name__ == "__main__":
    main()
