"""One server for all tests of a module that leave it as they found it: each has its own file and its own stranger."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.server.host import Server, serving

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server with a quick eye on rights."""
    home = tmp_path_factory.mktemp("home")
    async with serving(home, TandemApp={"access_check_s": 0.2}) as running:
        yield running


@pytest.fixture
def path(shared: Server) -> str:
    """A notebook of one cell that no other test opens."""
    name = f"n{next(_numbers)}.ipynb"
    shared.write_notebook(name, "x = 1")
    return name


@pytest.fixture
def stranger() -> str:
    """The token of somebody whom no other test has given a bad name."""
    return f"eve{next(_numbers)}-token"
