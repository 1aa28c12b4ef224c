"""What guests cost: many viewers of one document while its owner types, and how fast they can be shown out.

    python -m benchmarks.guests [--guests 200] [--seconds 20]

One process is the owner and all viewers, so on a busy machine its own delays are in the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from jupyter_tandem.protocol import frames as f
from tests.integration.server.client import editing
from tests.integration.server.host import Server, serving
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner

PAUSE_S = 0.1
MARK = b"T="
AT_ONCE = 16
"""Guests that come at the same moment."""


@dataclass
class Audience:
    """Viewers of one document; keeps how late each keystroke came."""

    server: Server
    room: str = ""
    session: str = ""
    late_s: list[float] = field(default_factory=list)
    seated: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def come(self, guests: list[Guest], secret: str) -> float:
        """Let all use the link; how long it took."""
        started = time.perf_counter()
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(guest: Guest) -> None:
            async with gate:
                reply = await guest.redeem(secret)
                if reply.status != 200:
                    raise RuntimeError(reply.raw)

        await asyncio.gather(*map(one, guests))
        self.room, self.session = await guests[0].room("n.ipynb")
        return time.perf_counter() - started

    async def watch(self, guest: Guest) -> None:
        """Look at the document until shown out."""
        url = f"{self.server.url.replace('http', 'ws')}/tandem/g/api/collaboration/room/"
        url += f"{self.room}?sessionId={self.session}&tandem=1"
        headers = {"Cookie": guest.cookie}
        async with connect(url, additional_headers=headers, compression=None) as connection:
            await connection.send(f.encode(f.SyncStep1(b"\x00")))
            self.seated.release()
            with contextlib.suppress(ConnectionClosed):
                async for raw in connection:
                    self._hear(raw if isinstance(raw, bytes) else raw.encode())

    def _hear(self, raw: bytes) -> None:
        place = raw.rfind(MARK)
        if raw[:2] == b"\x00\x02" and place >= 0:
            self.late_s.append(time.perf_counter() - float(raw[place + 2 : place + 18]))


async def measure(count: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as home:
        async with serving(Path(home)) as server:
            server.write_notebook("n.ipynb", "x = 1")
            owner = Owner(server)
            link, secret = await owner.link("n.ipynb", guests=True)
            guests = [Guest(server) for _ in range(count)]
            before = server.memory_bytes()
            audience = Audience(server)
            print(f"{count} guests came in {await audience.come(guests, secret):.1f} s")
            watching = [asyncio.ensure_future(audience.watch(guest)) for guest in guests]
            for _ in guests:
                await audience.seated.acquire()
            await type_for(seconds, server, audience)
            grown = server.memory_bytes() - before
            print(f"memory: {grown / 1e6:.1f} MB, {grown / count / 1e3:.0f} kB a guest")
            started = time.perf_counter()
            await owner.call("DELETE", f"links/{link['id']}", grants="revoke")
            await asyncio.wait(watching, timeout=10)
            print(f"all shown out after {time.perf_counter() - started:.2f} s")


async def type_for(seconds: float, server: Server, audience: Audience) -> None:
    """Type in the document and tell how late the viewers saw it."""
    async with editing(server, "n.ipynb") as writer:
        audience.late_s.clear()
        cpu_s, started = server.cpu_s(), time.perf_counter()
        strokes = int(seconds / PAUSE_S)
        for _ in range(strokes):
            writer.append(0, f"T={time.perf_counter():016.6f}")
            await writer.flush()
            await asyncio.sleep(PAUSE_S)
        await asyncio.sleep(1)
        busy = (server.cpu_s() - cpu_s) / (time.perf_counter() - started)
        late_ms = sorted(1e3 * late for late in audience.late_s)
        p50, p99 = (late_ms[int(len(late_ms) * part)] for part in (0.5, 0.99))
        print(f"{len(late_ms)} views of {strokes} keystrokes: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
        print(f"the server used {100 * busy:.0f} % of a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guests", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.guests, arguments.seconds))


if __name__ == "__main__":
    main()
