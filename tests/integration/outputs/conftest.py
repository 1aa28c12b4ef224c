"""One server for all tests of a module; each test has its own notebook."""

from __future__ import annotations

import itertools
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.server.host import Server, serving

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server that saves soon, forgets rooms soon, and takes 20 kB for big."""
    home = tmp_path_factory.mktemp("home")
    tandem = {"big_output_bytes": 20_000, "save_quiet_s": 0.2, "room_idle_s": 0.2}
    kernels = {"shutdown_wait_time": 0.5}
    async with serving(home, TandemApp=tandem, ServerKernelManager=kernels) as server:
        yield server
        await server.stop(signal.SIGKILL)


@pytest.fixture
def path() -> str:
    """The name of a notebook that no other test uses."""
    return f"n{next(_numbers)}.ipynb"
