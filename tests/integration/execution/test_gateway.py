"""Kernels that live elsewhere, and go on when the server is killed."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.execution.conftest import QUICK
from tests.integration.execution.person import running
from tests.integration.server.host import Server

PATH = "a.ipynb"
CELL = """
import os, time
open({starts!r}, 'a').write('x')
n = 0
while not os.path.exists({enough!r}):
    print(n, flush=True)
    n += 1
    time.sleep(0.1)
print('end')
"""


class Open(Server):
    """A server that asks nobody who they are: kernel clients bring a gateway no token."""

    def _config(self) -> str:
        everybody = "c.IdentityProvider.token = ''\nc.ServerApp.disable_check_xsrf = True\n"
        return super()._config() + everybody


@contextlib.asynccontextmanager
async def living(server: Server) -> AsyncIterator[Server]:
    """A server that is up, and killed at the end."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.spec("RUN-18", "RUN-30", "RUN-16")
async def test_a_run_is_picked_up_after_the_server_was_killed(tmp_path: Path) -> None:
    starts, enough = tmp_path / "starts", tmp_path / "enough"
    cell = CELL.format(starts=str(starts), enough=str(enough))
    far_away = Open(tmp_path / "far", {"ServerKernelManager": QUICK}, one_token=True)
    async with living(far_away) as far, contextlib.AsyncExitStack() as stack:
        near = Server(tmp_path / "near", {"GatewayClient": {"url": far.url}})
        near.write_notebook(PATH, cell, "print('then', n > 1)")
        await stack.enter_async_context(living(near))
        async with running(near, PATH) as ana:
            runs = await ana.run(0, 1)
            # What was written some writes ago is on disk; of what was seen just now nobody has said so.
            await ana.client.until(lambda: "\n9\n" in ana.text(0))
        await near.stop(signal.SIGKILL)
        await near.start()
        async with running(near, PATH) as ana:
            await ana.client.until(lambda: runs[0] in ana.runs)
            assert ana.runs[runs[0]]["state"] == "running"
            enough.touch()
            first, waiting = await ana.ended(*runs)
            assert (first["state"], waiting["state"]) == ("finished", "held")
            *numbers, end = ana.text(0).split()
            assert end == "end"
            assert [int(number) for number in numbers[:2]] == [0, 1]
            assert numbers == sorted(set(numbers), key=int), "in order, each once"
            await ana.run_to_end(1)
            assert ana.text(1) == "then True\n", "it is the same kernel"
        assert starts.read_text() == "x"


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.spec("RUN-71", "RUN-14")
async def test_runs_end_when_the_gateway_goes_away(tmp_path: Path) -> None:
    cell = "import time\nfor n in range(1000):\n    print(n, flush=True)\n    time.sleep(0.1)"
    far_away = Open(tmp_path / "far", {"ServerKernelManager": QUICK}, one_token=True)
    async with living(far_away) as far, contextlib.AsyncExitStack() as stack:
        near = Server(tmp_path / "near", {"GatewayClient": {"url": far.url}})
        near.write_notebook(PATH, cell, "print('then')")
        await stack.enter_async_context(living(near))
        async with running(near, PATH) as ana:
            runs = await ana.run(0, 1)
            await ana.client.until(lambda: "\n9\n" in ana.text(0))
            await far.stop(signal.SIGKILL)
            first, waiting = await ana.ended(*runs)
            assert (first["state"], waiting["state"]) == ("interrupted", "cancelled")
            assert (first["why"], waiting["why"]) == (["kernel-away"], ["kernel-away"])
            assert ana.fact("kernel")["state"] == "dead"
            [again] = await ana.run_to_end(1)
            assert again["state"] == "cancelled", "there is no way to a kernel, and it is said so"
    assert not [line for line in near.log if "never retrieved" in line]
