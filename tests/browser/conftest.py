"""One browser, one server and three people for all tests; people leave when a test has failed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import chromium
from tests.browser.house import House
from tests.browser.window import Window, window
from tests.fault.server.phoenix import Nursery
from tests.integration.server.host import ANA, BO, EVE

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


class People:
    """Those who have JupyterLab open; a window is loaded once and used by many tests."""

    def __init__(self, browser: Browser, house: House) -> None:
        self._browser = browser
        self._house = house
        self._here: dict[str, tuple[Window, AsyncExitStack]] = {}

    async def come(self, token: str) -> Window:
        if token not in self._here:
            stack = AsyncExitStack()
            found = await stack.enter_async_context(window(self._browser, self._house, token))
            self._here[token] = (found, stack)
            await found.lab()
        return self._here[token][0]

    async def tidy(self, *, failed: bool) -> list[str]:
        """Close what a test has opened; what windows complained about and were not expected to."""
        complaints = [text for w, _ in self._here.values() for text in w.complaints.unexpected()]
        for token, (here, stack) in list(self._here.items()):
            if failed or complaints:
                del self._here[token]
                await stack.aclose()
            else:
                await here.close_documents()
        return complaints


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
