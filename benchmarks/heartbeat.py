"""A server extension that writes down how long the event loop stood still, for :mod:`benchmarks.stops`.

A task sleeps for a moment, again and again. What it sleeps too long somebody else had: the loop itself, or a thread with the
interpreter lock.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import IO, Any

_SLEEP_S = 0.003
_WORTH_NOTING_S = 0.01
FILE = "stops.txt"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "benchmarks.heartbeat"}]


def _load_jupyter_server_extension(server: Any) -> None:
    path = Path(server.root_dir).parent / FILE
    # Closed with the process; each line is there as soon as it is written.
    out = path.open("a", buffering=1, encoding="ascii")
    server.io_loop.add_callback(_beat, out)


async def _beat(out: IO[str]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_SLEEP_S)
        stop = time.perf_counter() - before - _SLEEP_S
        if stop > _WORTH_NOTING_S:
            out.write(f"{1000 * stop:.1f}\n")
