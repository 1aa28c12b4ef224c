"""One server with kernels for all tests of a module; each test has its own notebook."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.integration.server.host import Server, serving

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server with a quick eye on rights."""
    home = tmp_path_factory.mktemp("home")
    async with serving(home, TandemApp={"access_check_s": 0.2, "room_idle_s": 0.5}) as server:
        yield server


@pytest.fixture
def notebook(shared: Server) -> Callable[..., str]:
    """Makes a notebook with these cells that no other test opens."""

    def make(*sources: str) -> str:
        name = f"n{next(_numbers)}.ipynb"
        shared.write_notebook(name, *sources)
        return name

    return make
