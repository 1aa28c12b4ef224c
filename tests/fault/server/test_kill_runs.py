"""The server is killed at each step of a run: the cell was started 0 or 1 times, and the next server says which."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.integration.execution.conftest import QUICK
from tests.integration.execution.person import Person, running
from tests.integration.server.host import Server

PATH = "a.ipynb"
CELLS = [
    "open('starts', 'a').write('1'); print('begun', flush=True); import time; time.sleep(0.5)",
    "open('starts', 'a').write('2')",
]

Moment = Callable[[Person, list[int]], Awaitable[object]]

MOMENTS: dict[str, Moment] = {
    "accepted": lambda ana, runs: asyncio.sleep(0),
    "kernel asked for": lambda ana, runs: ana.client.until(lambda: ana.fact("kernel")),
    "told to run": lambda ana, runs: ana.client.until(lambda: ana.state(runs[0]) == "running"),
    "first output": lambda ana, runs: ana.client.until(lambda: ana.text(0) == "begun\n"),
    "first ended": lambda ana, runs: ana.ended(runs[0]),
    "all ended": lambda ana, runs: ana.ended(*runs),
}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path, {"ServerKernelManager": QUICK})
    server.write_notebook(PATH, *CELLS)
    await server.start()
    yield server
    assert server.process is not None
    if server.process.returncode is None:
        await server.stop(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.spec("RUN-6", "RUN-9", "RUN-16", "RUN-17")
@pytest.mark.parametrize("moment", list(MOMENTS))
async def test_killed_at_each_step(server: Server, moment: str) -> None:
    async with running(server, PATH) as ana:
        runs = await ana.run(0, 1)
        await MOMENTS[moment](ana, runs)
        told = {run: ana.runs.get(run, {}).get("state") for run in runs}
        await server.stop(signal.SIGKILL)
    starts = (server.root / "starts").read_text() if (server.root / "starts").exists() else ""
    await server.start()
    async with running(server, PATH) as ana:
        await ana.client.until(lambda: set(runs) <= set(ana.runs))
        for number, run in enumerate(runs, 1):
            state, started = ana.runs[run]["state"], ana.runs[run]["started_at"]
            count = starts.count(str(number))
            assert count <= 1
            assert state in {"held", "interrupted", "finished"}, "nothing runs by itself"
            if state == "held":
                assert count == 0
            assert (started is None) == (state == "held")
            if told[run] == "finished":
                assert state == "finished", "what was told stays true"
            if told[run] == "running":
                assert state in {"finished", "interrupted"}
        assert ana.cell(0)["execution_state"] == "idle"
        held = [run for run in runs if ana.runs[run]["state"] == "held"]
        if held:
            assert (await ana.ask("cancel", runs=held[:1]))["status"] == "accepted"
        [again] = await ana.run_to_end(1)
        assert again["state"] == "finished"
        await ana.client.until(
            lambda: (
                not any(run["cell"] == "c1" and run["state"] == "held" for run in ana.runs.values())
            )
        )
    assert (server.root / "starts").read_text().count("2") == starts.count("2") + 1
    assert (server.root / "starts").read_text().count("1") == starts.count("1")
