"""One site and one signaling server for all tests of JupyterLite; visitors are each test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from examples.lite.run import serving, signaling
from tests.browser.conftest import FAILED
from tests.browser.lite.couple import Couple, Household
from tests.browser.lite.place import Visitor, make_site, visitor
from tests.browser.lite.sleeping import Sleepers, sleepers_in
from tests.integration.signaling.serving import free_port

Welcome = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
def signaling_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, signaling_port: int) -> Iterator[str]:
    """Address of a real site on a web server that knows nothing but files."""
    folder = make_site(tmp_path_factory.mktemp("lite"), f"ws://127.0.0.1:{signaling_port}")
    with serving(folder) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def _signaling(signaling_port: int, site: str) -> Iterator[None]:
    # Pages of this machine may use it: the site's, and those with other clients in them.
    with signaling(signaling_port):
        yield


@pytest_asyncio.fixture(loop_scope="session")
async def welcome(browser: Browser, site: str, _signaling: None) -> AsyncIterator[Welcome]:
    """Lets people in: ``await welcome("Ada", room="class")``; each has a browser of their own."""
    async with AsyncExitStack() as stack:

        async def let_in(
            name: str = "",
            *,
            config: dict[str, Any] | None = None,
            fragment: str = "",
            **query: str,
        ) -> Visitor:
            found = await stack.enter_async_context(visitor(browser, site, config))
            named = {"username": name} if name else {}
            await found.visit(fragment=fragment, **named, **query)
            return found

        yield let_in


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def household(browser: Browser, site: str, _signaling: None) -> AsyncIterator[Household]:
    found = Household(browser, site)
    yield found
    await found.tidy(failed=True)


@pytest_asyncio.fixture(loop_scope="session")
async def couple(household: Household, request: pytest.FixtureRequest) -> AsyncIterator[Couple]:
    """Two people in one room, whom other tests have met before."""
    yield await household.couple()
    failed = request.node.stash.get(FAILED, False)
    complaints = await household.tidy(failed=failed)
    if complaints and not failed:
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sleepers(browser: Browser, site: str, _signaling: None) -> AsyncIterator[Sleepers]:
    """Somebody whose machine falls asleep as soon as this is asked for; other tests go on meanwhile."""
    async with sleepers_in(browser, site) as found:
        yield found
