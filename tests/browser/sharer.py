"""The sharing dialog, as somebody uses it with mouse and keyboard."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.browser.window import Document, Window


class Sharer:
    """Somebody who shares, and counts what it costs them."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.clicks = 0

    @property
    def dialog(self) -> Locator:
        return self.window.page.locator(".tandem-ShareDialog")

    async def click(self, what: Locator) -> None:
        await what.click()
        self.clicks += 1

    async def open(self, document: Document) -> None:
        """Press *Share* in the document's toolbar."""
        await self.click(document.node.locator(".tandem-ShareButton"))
        await self.button("Copy link").wait_for()

    def button(self, name: str) -> Locator:
        return self.dialog.get_by_role("button", name=name, exact=True)

    def part(self, title: str) -> Locator:
        """A part of the dialog by its heading."""
        return self.dialog.get_by_role("region", name=title)

    async def let_guests_in(self) -> None:
        """This server has accounts, so that links ask for one unless they say otherwise."""
        await self.click(self.part("Share by link").get_by_text("Options"))
        await self.click(self.dialog.get_by_label("Sign-in required"))

    async def copy(self) -> str:
        """Press *Copy link*: what is in the clipboard then."""
        page = self.window.page
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await self.click(self.button("Copy link"))
        await self.says("The link was copied")
        copied: str = await page.evaluate("navigator.clipboard.readText()")
        return copied

    async def says(self, words: str) -> None:
        """Return when a screen reader is told this."""
        await expect(self.dialog.get_by_role("status")).to_contain_text(words)

    async def objects(self, words: str) -> None:
        """Return when this stands in the dialog as what is wrong."""
        problem = self.dialog.locator("[role=alert]:not([hidden])")
        await expect(problem).to_have_text(re.compile(words))

    async def close(self) -> None:
        await self.button("Done").click()
        await self.dialog.wait_for(state="detached")
