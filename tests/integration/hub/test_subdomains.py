"""A Hub on which everybody has a domain of their own, in real Chromium."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.chromium import chromium
from tests.integration.hub.colleague import share, until_listed, until_saved
from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.test_in_lab import (
    command,
    in_lab,
    open_from_shelf,
    share_in_dialog,
    without_kernel,
)
from tests.integration.hub.test_pages_in_browser import follow_link_and_name

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
]

_WAIT_MS = 60_000
_BACK_S = 10
"""Within this everybody is together again when a part is back."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealHub]:
    """A Hub at ``hub.localhost``, which browsers find by themselves, with alice and bob."""
    running = RealHub(tmp_path_factory.mktemp("hub"), domain="hub.localhost")
    try:
        await running.start()
        await asyncio.gather(*(running.add(name) for name in ("alice", "bob")))
        yield running
    finally:
        await running.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(hub: RealHub) -> AsyncIterator[tuple[Page, Page]]:
    """Alice and bob, each in their own JupyterLab."""
    async with (
        chromium() as browser,
        in_lab(browser, hub, "alice") as alice,
        in_lab(browser, hub, "bob") as bob,
    ):
        yield alice, bob


async def type_at_end(page: Page, cell: int, text: str) -> None:
    """Type at the end of a cell."""
    await page.locator(".jp-Notebook .jp-Cell .cm-content").nth(cell).click()
    await page.keyboard.press("Control+End")
    await page.keyboard.type(text)


async def shows(page: Page, *sources: str) -> None:
    """Return when the notebook that is open has these cells and no others."""
    cells = page.locator(".jp-Notebook .jp-Cell .cm-content")
    await expect(cells).to_have_text(list(sources), timeout=_WAIT_MS)


async def in_file(page: Page) -> None:
    """Return when the status says that the owner's file has everything."""
    status = page.locator(".tandem-StatusItem-label").filter(has_text="In file")
    await expect(status).to_be_visible(timeout=_WAIT_MS)


@pytest.mark.spec("HUB-20", "HUB-4", "HUB-7", "HUB-9", "HUB-10")
async def test_two_people_work_together_and_one_goes_on_while_the_owners_server_is_stopped(
    hub: RealHub, notebook: str, people: tuple[Page, Page]
) -> None:
    alice, bob = people
    for page, name in ((alice, "alice"), (bob, "bob")):
        assert page.url.startswith(hub.server_url(name))
    await command(alice, "docmanager:open", path=notebook)
    await without_kernel(alice)
    await share_in_dialog(alice, "bob")
    await until_listed(hub, "bob", f"alice/{notebook}")
    await open_from_shelf(bob, notebook)
    await without_kernel(bob)
    await type_at_end(bob, 0, " # bob")
    await type_at_end(alice, 1, " # alice")
    for page in people:
        await shows(page, "x = 1 # bob", "y = 2 # alice")
    for page, other in ((alice, "bob"), (bob, "alice")):
        flag = page.locator(".jp-remote-userFlag-name").filter(has_text=other)
        await expect(flag.first).to_be_attached(timeout=_WAIT_MS)

    await hub.stop_server("alice")
    waits = bob.locator('.tandem-StatusItem-button[title*="alice\'s server is stopped"]')
    await expect(waits).to_have_text("Saved, file waits", timeout=_WAIT_MS)
    await type_at_end(bob, 0, ", alone")
    await hub.start_server("alice")
    wanted = ("x = 1 # bob, alone", "y = 2 # alice")
    await until_saved(hub, "alice", notebook, *wanted)
    await alice.goto(f"{hub.server_url('alice')}/lab/tree/{notebook}?reset")
    await without_kernel(alice)
    for page in people:
        await shows(page, *wanted)
        await in_file(page)


@pytest.mark.fault
@pytest.mark.spec("HUB-23")
async def test_both_are_together_again_within_ten_seconds_after_the_proxy_and_the_hub_were_killed(
    hub: RealHub, notebook: str, people: tuple[Page, Page]
) -> None:
    alice, bob = people
    await share(hub, "alice", notebook, "bob")
    await until_listed(hub, "bob", f"alice/{notebook}")
    for page, path in ((alice, notebook), (bob, f"Shared:alice/{notebook}")):
        await command(page, "application:close-all")
        await command(page, "docmanager:open", path=path)
        await without_kernel(page)
    os.kill(int((hub.home / "proxy.pid").read_text()), signal.SIGKILL)
    await edit(alice, 0, " # no proxy")
    await together_again(hub, people, "x = 1 # no proxy", "y = 2")
    await hub.hub.end(signal.SIGKILL)
    await edit(bob, 1, " # no Hub")
    await hub.hub.start()
    # It brings a proxy of its own: what is open goes through another one than before.
    await together_again(hub, people, "x = 1 # no proxy", "y = 2 # no Hub")


async def edit(page: Page, cell: int, text: str) -> None:
    """Add to a cell, also behind the dialog with which JupyterLab asks whether to start a server it cannot reach."""
    await page.evaluate(
        """([cell, text]) => {
          const { cells } = jupyterapp.shell.currentWidget.content.model.sharedModel;
          cells[cell].updateSource(cells[cell].source.length, undefined, text);
        }""",
        [cell, text],
    )


async def together_again(hub: RealHub, people: tuple[Page, Page], *sources: str) -> None:
    """Return when both pages show these cells, which is soon after the way to their servers is free again."""
    await hub.until_up(f"{hub.url}/hub/health")
    for name in ("alice", "bob"):
        await hub.until_connected(name)
    loop = asyncio.get_running_loop()
    back = loop.time()
    for page in people:
        await shows(page, *sources)
        await in_file(page)
    assert loop.time() - back < _BACK_S


@pytest.mark.spec("PAGES-8", "PAGES-11", "HUB-24")
async def test_a_link_leads_over_all_domains_into_ones_own_lab(hub: RealHub, notebook: str) -> None:
    async with chromium() as browser:
        await follow_link_and_name(browser, hub, notebook)
