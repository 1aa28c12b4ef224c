"""A guest's browser: a clean profile, a link, and what is seen of a notebook."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page
from playwright.async_api import TimeoutError as NotInTime

from tests.browser.complaints import Complaints
from tests.browser.house import House
from tests.browser.line import Line
from tests.browser.window import SEEN

_WAIT_MS = 60_000


class Visitor:
    """Somebody without an account, with a network of their own."""

    def __init__(self, page: Page, complaints: Complaints, line: Line) -> None:
        self.page = page
        self.complaints = complaints
        self.line = line

    def here(self, url: str) -> str:
        """The same address through this visitor's network."""
        return re.sub(r"^http://[^/]+", f"http://127.0.0.1:{self.line.port}", url)

    async def come_in(self, url: str, name: str = "") -> None:
        """Press *Continue* on a link's page, and be in JupyterLab."""
        await self.page.goto(self.here(url))
        await self.page.get_by_role("button", name="Continue").wait_for()
        if name:
            await self.page.get_by_label("Your name").fill(name)
        await self.page.get_by_role("button", name="Continue").click()
        await self.page.locator("#jp-main-content-panel").wait_for()

    async def come_into_notebook(self, url: str, name: str = "") -> None:
        """As :meth:`come_in`, and have the notebook before one's eyes, live."""
        await self.come_in(url, name)
        await self.cell(0).wait_for()
        await self.status("Read-only|In file|Saved")

    def cell(self, number: int) -> Locator:
        """The editor of a cell."""
        return self.page.locator(".jp-Cell .cm-content").nth(number)

    async def sources(self) -> list[str]:
        """The text of every cell that is seen."""
        return await self.page.locator(".jp-Cell .cm-content").all_inner_texts()

    async def status(self, label: str) -> None:
        """Return when the status item says something that matches."""
        found = self.page.locator(".tandem-StatusItem-label", has_text=re.compile(label))
        await found.first.wait_for()

    def toast(self, words: str) -> Locator:
        """A notification with these words."""
        return self.page.locator(".Toastify__toast", has_text=re.compile(words)).first

    async def is_told(self, words: str) -> None:
        """Return when a notification with these words was seen, and is gone."""
        await self.page.wait_for_function("words => seen.told(words)", arg=words)
        # It may go by itself while a mouse is on its way to its button.
        await self.page.evaluate("words => seen.takeAway(words)", words)
        await self.toast(words).wait_for(state="hidden")
        await self.page.evaluate("() => seen.forget()")

    async def is_told_by(self, key: str, words: str) -> None:
        """Return when a key has brought these words; what was just said is not said again at once."""
        for _ in range(30):
            await self.page.keyboard.press(key)
            with contextlib.suppress(NotInTime):
                await self.toast(words).wait_for(timeout=500)
                return
        raise AssertionError(f"{key} does not say {words!r}")


@asynccontextmanager
async def visitor(browser: Browser, house: House) -> AsyncIterator[Visitor]:
    """A browser that was never here."""
    line = Line(house.port)
    await line.start()
    context = await browser.new_context()
    await context.add_init_script(path=SEEN)
    complaints = Complaints(context)
    page = await context.new_page()
    page.set_default_timeout(_WAIT_MS)
    try:
        yield Visitor(page, complaints, line)
        complaints.check()
    finally:
        await context.close()
        await line.stop()
