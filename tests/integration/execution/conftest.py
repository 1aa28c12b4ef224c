"""One server with kernels for all tests of a module; each test has its own notebook."""

from __future__ import annotations

import itertools
import signal
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.integration.server.host import Server, serving

QUICK = {"shutdown_wait_time": 0.5}
"""Kernels of tests have nothing to finish when they are shut down."""

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server with a quick eye on rights."""
    home = tmp_path_factory.mktemp("home")
    tandem = {"access_check_s": 0.2, "room_idle_s": 0.5}
    async with serving(home, TandemApp=tandem, ServerKernelManager=QUICK) as server:
        yield server
        # A dozen kernels take a dozen seconds to be shut down one by one; without their server they end at once.
        await server.stop(signal.SIGKILL)


@pytest.fixture
def notebook(shared: Server) -> Callable[..., str]:
    """Makes a notebook with these cells that no other test opens."""

    def make(*sources: str) -> str:
        name = f"n{next(_numbers)}.ipynb"
        shared.write_notebook(name, *sources)
        return name

    return make
