"""One Hub for all tests of this folder: it takes ten seconds to start, and each test has its own files."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.stranger import restart_service

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


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def open_hub(hub: RealHub) -> AsyncIterator[RealHub]:
    """The Hub, where people without an account may look at what is shared with anyone."""
    await restart_service(hub, "view")
    yield hub
    await restart_service(hub, "none")


@pytest.fixture
def notebook(hub: RealHub) -> str:
    """A notebook of alice's with two cells that no other test uses."""
    name = f"n{next(_numbers)}.ipynb"
    hub.write_notebook("alice", name, "x = 1", "y = 2")
    return name
