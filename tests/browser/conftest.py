"""One browser, one server and three people for all tests; people leave when a test has failed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.chromium import chromium
from tests.browser.house import House
from tests.browser.people import People
from tests.browser.window import Window
from tests.fault.server.phoenix import Nursery
from tests.integration.server.host import ANA, BO, EVE

# Long enough for a machine that has other things to do; nothing waits longer than it has to.
expect.set_options(timeout=60_000)

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> object:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with Nursery() as nursery:
        server = House(tmp_path_factory.mktemp("house"), nursery)
        await server.rise()
        yield server
        await server.end()
        server.examine_journal()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def everybody(browser: Browser, house: House) -> AsyncIterator[People]:
    people = People(browser, house)
    yield people
    await people.tidy(failed=True)


@pytest_asyncio.fixture(loop_scope="session")
async def people(everybody: People, request: pytest.FixtureRequest) -> AsyncIterator[People]:
    yield everybody
    failed = request.node.stash.get(FAILED, False)
    complaints = await everybody.tidy(failed=failed)
    if complaints and not failed:
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest_asyncio.fixture(loop_scope="session")
async def ana(people: People) -> Window:
    return await people.come(ANA)


@pytest_asyncio.fixture(loop_scope="session")
async def bo(people: People) -> Window:
    return await people.come(BO)


@pytest_asyncio.fixture(loop_scope="session")
async def eve(people: People) -> Window:
    return await people.come(EVE)
