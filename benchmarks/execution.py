"""What it costs to run a trivial cell on the server, against ``jupyter_client`` alone, turn by turn in the same run.

python -m benchmarks.execution [--cells 100]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from tests.integration.execution.person import Person, running
from tests.integration.server.host import serving

SOURCE = "1"


async def alone(client: Any) -> float:
    """Seconds from the request until the kernel has answered and is idle."""
    started = time.perf_counter()
    message = client.execute(SOURCE)
    while (await client.get_shell_msg(timeout=30))["parent_header"].get("msg_id") != message:
        pass
    while True:
        found = await client.get_iopub_msg(timeout=30)
        if found["parent_header"].get("msg_id") == message and (
            found["content"].get("execution_state") == "idle"
        ):
            return time.perf_counter() - started


async def on_the_server(ana: Person) -> float:
    """Seconds from the command until the run is told to have ended and its output is here."""
    started = time.perf_counter()
    [run] = await ana.run(0)
    await ana.client.until(lambda: ana.runs[run]["state"] == "finished")
    return time.perf_counter() - started


async def measure(cells: int) -> dict[str, float]:
    """Medians over ``cells`` runs of each, in milliseconds."""
    manager = AsyncKernelManager()
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    bare: list[float] = []
    tandem: list[float] = []
    try:
        with tempfile.TemporaryDirectory(prefix="tandem-benchmark-") as home:
            async with serving(Path(home)) as server:
                server.write_notebook("a.ipynb", SOURCE)
                async with running(server, "a.ipynb") as ana:
                    await on_the_server(ana)
                    for _ in range(cells):
                        bare.append(await alone(client))
                        tandem.append(await on_the_server(ana))
                        ana.client.messages.clear()
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    one, other = 1000 * statistics.median(bare), 1000 * statistics.median(tandem)
    return {
        "jupyter_client_ms": round(one, 2),
        "tandem_ms": round(other, 2),
        "overhead_ms": round(other - one, 2),
    }


def trivial_cell() -> dict[str, float]:
    """The case of the table of benchmarks."""
    return asyncio.run(measure(50))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.execution", description=__doc__)
    parser.add_argument("--cells", type=int, default=100)
    print(json.dumps(asyncio.run(measure(parser.parse_args().cells))))


if __name__ == "__main__":
    main()
