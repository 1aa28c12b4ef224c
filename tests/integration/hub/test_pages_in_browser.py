"""The service's pages in real Chromium: looked at by axe, and on the way to one's own Lab."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import chromium
from tests.integration.hub.colleague import share
from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.test_links import make_link

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="package"),
]

_WAIT_MS = 60_000
_AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
_PAGES = (
    "",
    "admin/",
    "admin/documents",
    "admin/documents/{document}",
    "admin/people",
    "admin/links",
    "admin/rooms",
    "admin/audit",
    "admin/audit/check",
    "admin/documents/nothing",
)


async def enter(browser: Browser, hub: RealHub, name: str, width: int = 1280) -> Page:
    """The service's first page, by way of the Hub's login."""
    context = await browser.new_context(viewport={"width": width, "height": 860})
    page = await context.new_page()
    page.set_default_timeout(_WAIT_MS)
    await page.goto(f"{hub.url}/services/tandem/")
    await log_in(page, name)
    await page.wait_for_url(f"{hub.url}/services/tandem/")
    return page


async def log_in(page: Page, name: str) -> None:
    """Fill in the Hub's form."""
    await page.fill("#username_input", name)
    await page.fill("#password_input", "secret")
    await page.click("#login_submit")


@pytest.mark.spec("PAGES-9", "PAGES-3")
async def test_axe_finds_nothing_serious_on_any_page(hub: RealHub, notebook: str) -> None:
    given = await share(hub, "alice", notebook, "olga")
    document = given["target"]["file_id"]
    async with chromium() as browser:
        page = await enter(browser, hub, "olga")
        for theme in ("light", "dark"):
            await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for where in _PAGES:
                await page.goto(f"{hub.url}/services/tandem/{where.format(document=document)}")
                await page.evaluate(_AXE.read_text())
                found = await page.evaluate(_SERIOUS)
                assert not found, (theme, where, found)
        await page.set_viewport_size({"width": 360, "height": 640})
        await page.goto(f"{hub.url}/services/tandem/admin/audit")
        wider = "() => document.documentElement.scrollWidth > window.innerWidth"
        assert not await page.evaluate(wider)


_SERIOUS = """async () => {
  const { violations } = await axe.run(document);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}"""


@pytest.mark.spec("PAGES-8", "PAGES-4", "PAGES-11", "HUB-24")
async def test_a_link_and_a_name_on_the_page_lead_into_ones_own_lab(
    hub: RealHub, notebook: str
) -> None:
    async with chromium() as browser:
        await follow_link_and_name(browser, hub, notebook)


async def follow_link_and_name(browser: Browser, hub: RealHub, notebook: str) -> None:
    """Bob comes by a link of alice's, signs in on his way, and comes again by the document's name on the page."""
    link = await make_link(hub, notebook)
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(_WAIT_MS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(urljoin(hub.url, link["address"]))
    await log_in(page, "bob")
    button = page.get_by_role("button", name="Open in JupyterLab")
    await expect(page.locator("#what")).to_have_text(notebook, timeout=_WAIT_MS)
    await page.evaluate(_AXE.read_text())
    assert not await page.evaluate(_SERIOUS)
    await button.click()
    await expect(page.locator(".jp-Notebook .jp-Cell:visible")).to_have_count(2, timeout=_WAIT_MS)
    await expect(page).not_to_have_url(re.compile("tandem-open"), timeout=_WAIT_MS)
    # A browser keeps what is behind the hash to itself; a script sees it in these addresses.
    assert not [url for url in asked if link["secret"] in url.partition("#")[0]]
    await page.goto(f"{hub.pages_url}/")
    await page.get_by_role("link", name=notebook).click()
    await expect(page.locator(".jp-Notebook .jp-Cell:visible")).to_have_count(2, timeout=_WAIT_MS)
