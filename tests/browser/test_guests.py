"""A guest on a clean profile: from the link to the document, and out again."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.complaints import UNREACHABLE, Complaints
from tests.browser.guest import visitor
from tests.browser.house import House
from tests.browser.people import People
from tests.browser.window import Window
from tests.integration.server.host import BO
from tests.integration.sharing.owner import Owner

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

EVIL = "<img src=x onerror=alert(1)> & “quoted”.ipynb"


@asynccontextmanager
async def clean_profile(browser: Browser) -> AsyncIterator[tuple[Page, Complaints]]:
    context = await browser.new_context()
    complaints = Complaints(context)
    page = await context.new_page()
    page.set_default_timeout(60_000)
    try:
        yield page, complaints
    finally:
        await context.close()


async def type_into(page: Page, number: int, text: str) -> None:
    await page.locator(".jp-Cell .cm-content").nth(number).click()
    await page.keyboard.press("End")
    await page.keyboard.type(text)


async def come_in(page: Page, url: str) -> None:
    """Press *Continue* on a link's page, and be in the notebook."""
    await page.goto(url)
    await page.get_by_role("button", name="Continue").click()
    await page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()


@pytest.mark.spec("GUEST-6", "SHARE-9")
async def test_a_link_s_page_shows_names_as_text_and_forgets_the_secret(
    browser: Browser, house: House
) -> None:
    house.write(EVIL, "one")
    link, secret = await Owner(house).link(EVIL, guests=True, role="editor")
    async with clean_profile(browser) as (page, complaints):
        seen: list[str] = []
        page.on("request", lambda request: seen.append(f"{request.url} {request.headers}"))
        await page.goto(link["url"])
        await page.get_by_role("button", name="Continue").wait_for()
        await expect(page.locator("h1")).to_contain_text(f"Ana shares “{EVIL}” with you")
        assert await page.locator("img").count() == 0
        assert secret not in page.url
        assert secret not in await page.evaluate("JSON.stringify([history.state, document.cookie])")
        name = page.get_by_label("Your name")
        await expect(name).not_to_have_value("")
        assert not [line for line in seen if secret in line], "no address and no Referer has it"
        await page.reload()
        await page.get_by_text("Open the link again").wait_for()
        complaints.check()


@pytest.mark.spec("GUEST-3", "GUEST-8", "SHARE-16", "ROOM-11")
async def test_a_viewer_watches_is_raised_types_and_is_shown_out(
    browser: Browser, house: House, ana: Window
) -> None:
    house.write("shared.ipynb", "one", "two")
    house.write("hidden.ipynb", "canary")
    owner = Owner(house)
    link, _ = await owner.link("shared.ipynb", guests=True)
    hers = await ana.open("shared.ipynb")
    async with clean_profile(browser) as (page, complaints):
        await come_in(page, link["url"])
        await expect(page).to_have_url(re.compile(r"/tandem/g/doc/tree/shared\.ipynb$"))
        await expect(page.locator(".jp-Cell .cm-content").first).to_have_text("one")
        complaints.check()

        await hers.type(" ana", 1)
        await page.get_by_text("two ana").wait_for()
        await type_into(page, 0, " guest")
        await hers.type("!", 1)
        await page.get_by_text("two ana!").wait_for()
        await hers.shows("one", "two ana!")

        grant = (await owner.view("shared.ipynb"))["grants"][0]
        await owner.call("PATCH", f"grants/{grant['id']}", {"role": "editor"})
        await page.wait_for_function(
            "() => document.querySelector('.jp-Cell .cm-content').ariaReadOnly !== 'true'"
        )
        await type_into(page, 0, " guest")
        await hers.shows("one guest", "two ana!")

        listed = await page.evaluate(
            "fetch('/tandem/g/api/contents').then(r => r.json()).then(m => m.content.map(c => c.path))"
        )
        assert listed == ["shared.ipynb"]

        complaints.expect("403", "404", "Failed to load resource", "WebSocket connection")
        started = time.monotonic()
        await owner.call("DELETE", f"grants/{grant['id']}")
        assert time.monotonic() - started < 1
        reply = await page.goto(f"{house.url}/tandem/g/doc/tree/shared.ipynb")
        assert reply is not None
        assert reply.status == 404
        await page.get_by_role("heading", name="This is not open to you").wait_for()


@pytest.mark.spec("GUEST-11", "SHARE-5")
async def test_somebody_with_an_account_shares_what_they_manage(
    browser: Browser, house: House, people: People
) -> None:
    # JupyterLab of another test would go on asking for what is about to be refused.
    await people.leave(BO)
    house.write("managed.ipynb", "one")
    house.write("read.ipynb", "two")
    owner = Owner(house)
    await owner.share("managed.ipynb", "bo", "manager")
    await owner.share("read.ipynb", "bo", "viewer")
    for action in ("read", "write", "execute"):
        house.deny("bo", action)
    try:
        async with visitor(browser, house) as bo:
            bo.complaints.expect("status of 403")
            await bo.page.goto(bo.here(f"{house.url}/tandem/g/doc/tree/managed.ipynb?token={BO}"))
            await bo.page.get_by_role("button", name="Share", exact=True).click()
            await bo.page.get_by_role("button", name="Copy link").click()
            await bo.page.get_by_label("Address of the new link").wait_for()
            await bo.page.goto(bo.here(f"{house.url}/tandem/g/doc/tree/read.ipynb"))
            await bo.page.get_by_role("button", name="Share", exact=True).click()
            await bo.page.get_by_text("Only managers of this document").wait_for()
        (link,) = (await owner.view("managed.ipynb"))["links"]
        assert (link["created_by"], link["role"]) == ("user:bo", "viewer")
    finally:
        for action in ("read", "write", "execute"):
            house.allow("bo", action)


@pytest.mark.fault
@pytest.mark.spec("SHARE-17", "SHARE-20", "CLIENT-18")
async def test_a_guest_follows_a_rename_survives_a_restart_and_hears_of_the_end(
    browser: Browser, house: House, people: People, ana: Window
) -> None:
    house.write("moves.ipynb", "one")
    owner = Owner(house)
    link, _ = await owner.link("moves.ipynb", guests=True)
    async with visitor(browser, house) as zoe:
        await zoe.come_into_notebook(link["url"], "Zoë")
        await owner.rename("moves.ipynb", "moved.ipynb")
        await expect(zoe.page.get_by_role("textbox", name="Name: moved.ipynb")).to_be_visible()

        people.brace()
        zoe.complaints.expect(*UNREACHABLE, "status of 5", "WebSocket")
        await house.end()
        await zoe.status("Offline")
        await house.rise()
        await zoe.status("Read-only")
        hers = await ana.open("moved.ipynb")
        await hers.type(" ana")
        await expect(zoe.cell(0)).to_have_text("one ana")
        await hers.is_saved()
        await hers.stands("^In file")

        for complaints in (ana.complaints, zoe.complaints):
            # The stock drive looks at the file when it was saved, and does not expect it to be gone.
            complaints.expect(
                "status of 404", "(?i)no (such )?file|does not exist", "response: 404"
            )
        (house.root / "moved.ipynb").unlink()
        await zoe.status("file deleted")
