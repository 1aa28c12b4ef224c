"""What people in one document notice while a large notebook is being written: 50 readers of 20 edits a second.

python -m benchmarks.beside [--megabytes 50] [--cells 2000] [--readers 50]

A stop of the event loop (:mod:`benchmarks.stops`) is one thing; waiting for the interpreter's lock at every single write to
a connection, because a thread works on the notebook, is another, and comes once for each reader.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any, Final

import uvloop

from benchmarks.fanout import on_tandem, typing
from benchmarks.jupyter import running
from benchmarks.peer import joined
from benchmarks.stops import NAME, Copy, notebook

RATE: Final = 20.0
SECONDS: Final = 10.0


async def beside(*, quick: bool = False) -> dict[str, float]:
    """Delays at rest and beside it, and what a save takes."""
    return await of(10 if quick else 50, 500 if quick else 2_000, 50)


async def of(megabytes: float, cells: int, readers: int) -> dict[str, float]:
    """Those with one size of notebook."""
    async with running() as server:
        server.write(NAME, json.dumps(notebook(megabytes, cells), indent=1))
        edits = round(RATE * SECONDS)
        async with on_tandem(server, "calm.txt", readers) as gathering:
            calm = (await typing(gathering, RATE, edits)).figures()
        large = await joined(server.room(await server.session(NAME)))
        copy = Copy(large)
        await copy.save(copy.type)
        async with on_tandem(server, "beside.txt", readers) as gathering:
            over = asyncio.Event()
            saving = asyncio.create_task(_save_on(copy, over))
            busy = (await typing(gathering, RATE, edits)).figures()
            over.set()
            saves = await saving
        large.leave()
    found = {f"calm_{key}": value for key, value in calm.items()}
    found |= {f"beside_{key}": value for key, value in busy.items() if key != "cpu_s_per_10k"}
    return found | {"save_s": sum(saves) / len(saves)}


async def _save_on(copy: Copy, over: asyncio.Event) -> list[float]:
    """Seconds that each save took: of the whole notebook, one after the other."""
    took: list[float] = []
    while not over.is_set():
        before = asyncio.get_running_loop().time()
        await copy.save(copy.describe)
        took.append(asyncio.get_running_loop().time() - before)
    return took


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beside", description=__doc__)
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--cells", type=int, default=2_000)
    parser.add_argument("--readers", type=int, default=50)
    options = parser.parse_args()
    figures: dict[str, Any] = uvloop.run(of(options.megabytes, options.cells, options.readers))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
