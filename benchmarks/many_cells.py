"""*Run All* of ten thousand cells with a kernel that answers at once: how long it keeps everybody else waiting.

python -m benchmarks.many_cells [--cells 10000]

``longest_ms`` is the longest step of the event loop in processor time, from the command until every cell is marked;
``run_ms`` what one run costs the server while the others wait. Stores and files are in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernels, House, put_notebook, steps

RUNS = 200


async def measure(cells: int) -> dict[str, float]:
    """Figures of one *Run All*, the first runs of it, and an error that cancels the rest."""
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", *(f"x{n} = {n}" for n in range(cells)))
    house = House(MemoryDisk(), files, FakeKernels())
    ana = await house.enter("a.ipynb")
    document = ana.live.room.document
    ana.live.receive(ana.session, f.encode(f.SyncStep1(document.state_vector())))
    # Everybody who has edited has paid for this before.
    document.apply([])
    with steps() as accepting:
        started = time.perf_counter()
        await ana.run(*(f"c{n}" for n in range(cells)))
        accepted_s = time.perf_counter() - started
        await ana.until(lambda: document.run_cells().runs(f"c{cells - 1}"))
    runs = min(RUNS, cells - 1)
    with steps() as running:
        for count in range(1, runs + 1):
            await house.kernels.end(count)
        await house.kernels.until_asked(runs + 1)
    with steps() as cancelling:
        await house.kernels.end(runs + 1, status="error", ename="E", evalue="v")
        await ana.until(lambda: ana.told_of(cells) == "cancelled")
    await house.stop()
    return {
        "accepted_s": round(accepted_s, 3),
        "longest_ms": round(1000 * max(accepting), 1),
        "run_ms": round(1000 * sum(running) / runs, 2),
        "cancelling_ms": round(1000 * max(cancelling), 1),
    }


def many_cells() -> dict[str, float]:
    """The case of the table of benchmarks."""
    return asyncio.run(measure(10_000))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_cells", description=__doc__)
    parser.add_argument("--cells", type=int, default=10_000)
    print(json.dumps(asyncio.run(measure(parser.parse_args().cells))))


if __name__ == "__main__":
    main()
