"""One Hub for all tests of this folder: it takes ten seconds to start, and each test has its own files."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.hub.real_hub import RealHub

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealHub]:
    """A Hub with its service; alice, bob, carol and dora, who is in the group *team*, have servers."""
    running = RealHub(tmp_path_factory.mktemp("hub"))
    try:
        await running.start()
        await asyncio.gather(*(running.add(name) for name in ("alice", "bob")))
        await asyncio.gather(*(running.add(name) for name in ("carol", "dora")))
        yield running
    finally:
        await running.stop()


@pytest.fixture
def notebook(hub: RealHub) -> str:
    """A notebook of alice's with two cells that no other test uses."""
    name = f"n{next(_numbers)}.ipynb"
    hub.write_notebook("alice", name, "x = 1", "y = 2")
    return name
