"""The people who have JupyterLab open."""

from __future__ import annotations

from contextlib import AsyncExitStack

from playwright.async_api import Browser

from tests.browser.complaints import UNREACHABLE
from tests.browser.house import House
from tests.browser.window import Window, window


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

    async def leave(self, token: str) -> None:
        """Close somebody's window."""
        if token in self._here:
            _, stack = self._here.pop(token)
            await stack.aclose()

    def brace(self, *patterns: str) -> None:
        """The server is about to go away, or to do what these patterns say, under everybody who is here."""
        for here, _ in self._here.values():
            here.complaints.expect(*(patterns or UNREACHABLE))

    async def tidy(self, *, failed: bool) -> list[str]:
        """Close what a test has opened; what windows complained about and were not expected to."""
        complaints = [text for w, _ in self._here.values() for text in w.complaints.unexpected()]
        for token, (here, _) in list(self._here.items()):
            if failed or complaints:
                await self.leave(token)
            else:
                await here.close_documents()
        return complaints
