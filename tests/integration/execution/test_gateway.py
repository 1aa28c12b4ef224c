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
CELL = "import time\nfor n in range(60):\n    print(n, flush=True); time.sleep(0.1)\nopen({!r}, 'a').write('x')"


class Open(Server):
    """A server that asks nobody who they are: kernel clients bring a gateway no token."""

    def _config(self) -> str:
        everybody = "c.IdentityProvider.token = ''\nc.ServerApp.disable_check_xsrf = True\n"
        return super()._config() + everybody


@contextlib.asynccontextmanager
async def far_away(home: Path) -> AsyncIterator[Server]:
    server = Open(home, {"ServerKernelManager": QUICK}, one_token=True)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.spec("RUN-18", "RUN-30", "RUN-16")
async def test_a_run_is_picked_up_after_the_server_was_killed(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    async with far_away(tmp_path / "far") as far:
        near = Server(tmp_path / "near", {"GatewayClient": {"url": far.url}})
        near.write_notebook(PATH, CELL.format(str(starts)), "print('then', n)")
        await near.start()
        async with running(near, PATH) as ana:
            runs = await ana.run(0, 1)
            await ana.client.until(lambda: ana.text(0).startswith("0\n1\n"))
        await near.stop(signal.SIGKILL)
        await near.start()
        async with running(near, PATH) as ana:
            await ana.client.until(lambda: runs[0] in ana.runs)
            assert ana.runs[runs[0]]["state"] == "running"
            first, waiting = await ana.ended(*runs)
            assert (first["state"], waiting["state"]) == ("finished", "held")
            printed = [int(line) for line in ana.text(0).split()]
            assert printed[:2] == [0, 1]
            assert printed[-1] == 59
            assert printed == sorted(set(printed))
            await ana.run_to_end(1)
            assert ana.text(1) == "then 59\n", "it is the same kernel"
        assert starts.read_text() == "x"
        await near.stop(signal.SIGKILL)
