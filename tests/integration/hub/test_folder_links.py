"""A folder is shared by link in the dialog, and opens among what others share; in real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.chromium import chromium
from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.test_in_lab import command, in_lab
from tests.integration.hub.test_pages_in_browser import log_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="package"),
]

_WAIT_MS = 60_000


@pytest.mark.spec("HUBDIR-9", "PAGES-11", "HUBDRV-4")
async def test_a_folder_is_shared_by_link_and_opens_among_what_others_share(hub: RealHub) -> None:
    (hub.folder("alice") / "excursion").mkdir()
    hub.write_notebook("alice", "excursion/route.ipynb", "x = 1", "y = 2")
    async with chromium() as browser:
        async with in_lab(browser, hub, "alice") as alice:
            await command(alice, "tandem:share-document", path="excursion")
            await alice.get_by_role("button", name="Copy link").click()
            field = alice.get_by_label("Address of the new link")
            await expect(field).to_have_value(re.compile("link#"), timeout=_WAIT_MS)
            address = await field.input_value()
        page = await (await browser.new_context(viewport={"width": 1280, "height": 860})).new_page()
        page.set_default_timeout(_WAIT_MS)
        await page.goto(address)
        await log_in(page, "bob")
        await expect(page.locator("#what")).to_have_text("excursion", timeout=_WAIT_MS)
        await expect(page.locator("#sentence")).to_contain_text("shares a folder with you")
        await page.get_by_role("button", name="Open in JupyterLab").click()
        files = page.get_by_role("region", name="Files others share with me")
        item = files.locator(".jp-DirListing-item").filter(has_text="route.ipynb")
        await expect(item).to_be_visible(timeout=_WAIT_MS)
        await expect(files.locator(".jp-BreadCrumbs")).to_contain_text("excursion")
        await item.dblclick()
        await expect(page.locator(".jp-Notebook .jp-Cell:visible")).to_have_count(
            2, timeout=_WAIT_MS
        )
        # The page *Shared* leads to the same place.
        await files.locator(".jp-BreadCrumbs-item").first.click()
        await expect(item).to_have_count(0, timeout=_WAIT_MS)
        await command(page, "tandem:show-shared")
        await page.locator(".tandem-Shelf-opener").filter(has_text="excursion").click()
        await expect(item).to_be_visible(timeout=_WAIT_MS)
