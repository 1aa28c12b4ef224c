"""Two people of a Hub, each in their own JupyterLab, in real Chromium."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import chromium
from tests.integration.hub.colleague import until_listed
from tests.integration.hub.real_hub import RealHub

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="package"),
]

_WAIT_MS = 60_000
"""For a page with everything in it, on a machine that has other things to do."""


@contextlib.asynccontextmanager
async def in_lab(browser: Browser, hub: RealHub, name: str) -> AsyncIterator[Page]:
    """Log in through the Hub's page, and be in one's own JupyterLab."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    page = await context.new_page()
    page.set_default_timeout(_WAIT_MS)
    try:
        await page.goto(f"{hub.url}/hub/login?next=/user/{name}/lab%3Freset")
        await page.fill("#username_input", name)
        await page.fill("#password_input", "secret")
        await page.click("#login_submit")
        await page.wait_for_function("() => globalThis.jupyterapp?.shell !== undefined")
        await page.evaluate("() => jupyterapp.restored")
        yield page
    finally:
        await context.close()


async def share_in_dialog(owner: Page, name: str) -> None:
    """Let somebody edit the document that is open, by way of the dialog; its first letters find the name."""
    await command(owner, "tandem:share-document")
    dialog = owner.get_by_role("dialog").filter(has_text="Share with people")
    form = dialog.locator("form").filter(has=owner.get_by_placeholder("Name of the account"))
    account = form.get_by_placeholder("Name of the account")
    await account.press_sequentially(name[:2])
    await expect(form.get_by_role("option", name=name)).to_be_visible(timeout=_WAIT_MS)
    await owner.keyboard.press("ArrowDown")
    await owner.keyboard.press("Enter")
    await expect(account).to_have_value(name, timeout=_WAIT_MS)
    role = form.locator(".tandem-Share-select:not(.tandem-mod-short) select").first
    await role.select_option("editor")
    await form.get_by_role("button", name="Share").click()
    await expect(dialog.get_by_text(name, exact=True).first).to_be_visible(timeout=_WAIT_MS)
    await dialog.get_by_role("button", name="Done").click()


async def open_from_shelf(page: Page, notebook: str) -> None:
    """Open what somebody shares, where it is listed."""
    await command(page, "tandem:show-shared")
    await page.locator(".tandem-Shelf-opener").filter(has_text=notebook).click()


async def command(page: Page, name: str, **arguments: str) -> None:
    """Carry out a command of JupyterLab, as a menu would."""
    await page.evaluate(
        "([name, args]) => { void jupyterapp.commands.execute(name, args); }", [name, arguments]
    )


async def with_kernel(page: Page) -> None:
    """Return when the notebook is there, and choose the kernel that JupyterLab offers."""
    await page.locator(".jp-Dialog .jp-Dialog-button.jp-mod-accept").click()
    await expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2, timeout=_WAIT_MS)


async def without_kernel(page: Page) -> None:
    """Return when the notebook is there; none of them needs a kernel."""
    await page.locator(".jp-Dialog .jp-Dialog-button.jp-mod-reject").click()
    await expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2, timeout=_WAIT_MS)


@pytest.mark.spec("HUB-20", "HUB-4", "HUB-7", "HUB-22", "SHAREUI-15")
async def test_a_colleague_finds_opens_edits_and_runs_a_notebook_in_their_own_lab(
    hub: RealHub, notebook: str
) -> None:
    async with (
        chromium() as browser,
        in_lab(browser, hub, "alice") as alice,
        in_lab(browser, hub, "bob") as bob,
    ):
        await command(alice, "docmanager:open", path=notebook)
        await without_kernel(alice)
        await share_in_dialog(alice, "bob")
        await until_listed(hub, "bob", f"alice/{notebook}")
        await open_from_shelf(bob, notebook)
        await with_kernel(bob)
        await bob.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
        await bob.keyboard.press("End")
        await bob.keyboard.type(" # from bob")
        first = alice.locator(".jp-Notebook .jp-Cell .cm-content").first
        await expect(first).to_have_text("x = 1 # from bob", timeout=_WAIT_MS)
        status = bob.locator(".tandem-StatusItem-label").filter(has_text="In file")
        await expect(status).to_be_visible(timeout=_WAIT_MS)
        assert await _until_in_file(hub, notebook) == ["x = 1 # from bob", "y = 2"]

        # A notebook may have taken the focus from its cell when its kernel started.
        await bob.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
        await bob.keyboard.press("Control+End")
        await bob.keyboard.type("\nprint(40 + 2)")
        await bob.keyboard.press("Control+Enter")
        output = alice.locator(".jp-Notebook .jp-Cell .jp-OutputArea-output").first
        await expect(output).to_have_text("42", timeout=_WAIT_MS)


async def _until_in_file(hub: RealHub, notebook: str) -> list[str]:
    for _ in range(600):
        found = hub.sources("alice", notebook)
        if "bob" in found[0]:
            return found
        await asyncio.sleep(0.1)
    return hub.sources("alice", notebook)
