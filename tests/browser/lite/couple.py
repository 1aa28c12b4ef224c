"""Two people in one room, for all tests that need no page of their own: each test has a file of its own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser

from tests.browser.lite.place import CELLS, Visitor, notebook, visitor
from tests.browser.window import Document


def room() -> str:
    """A room that no other test is in."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Couple:
    """Ada and Bob, each in a browser of their own, in one room."""

    ada: Visitor
    bob: Visitor
    room: str

    async def notebook(self, *sources: str) -> str:
        """Put a notebook into both drives, equal in both but for how it is written."""
        content = notebook(*(sources or CELLS))
        path = f"{uuid.uuid4().hex[:8]}.ipynb"
        turned = dict(reversed(content.items()))
        await asyncio.gather(self.ada.write(path, content), self.bob.write(path, turned))
        return path

    async def text(self, content: str = "first line\nsecond line\n") -> str:
        """Put a text into both drives."""
        path = f"{uuid.uuid4().hex[:8]}.md"
        await asyncio.gather(self.ada.write(path, content), self.bob.write(path, content))
        return path

    async def open(self, path: str) -> tuple[Document, Document]:
        """Open a file on both sides at once; on return both have it, and are together in it.

        By awareness, which is exchanged together with edits: a document behind others shows no status.
        """
        hers, his = await asyncio.gather(self.ada.open(path), self.bob.open(path))
        await asyncio.gather(self.ada.sees(hers, "Bob"), self.bob.sees(his, "Ada Lovelace"))
        return hers, his

    async def close_documents(self) -> None:
        """Leave both pages as they were found."""
        await asyncio.gather(self.ada.close_documents(), self.bob.close_documents())

    def complaints(self) -> list[str]:
        return [*self.ada.complaints.unexpected(), *self.bob.complaints.unexpected()]


@asynccontextmanager
async def couple(browser: Browser, site: str) -> AsyncIterator[Couple]:
    """Let two people in."""
    async with AsyncExitStack() as stack:
        ada, bob = [await stack.enter_async_context(visitor(browser, site)) for _ in range(2)]
        found = Couple(ada, bob, room())
        await asyncio.gather(
            ada.visit(room=found.room, username="Ada Lovelace", usercolor="e65100"),
            bob.visit(room=found.room, username="Bob"),
        )
        yield found


class Household:
    """Where the couple lives; they leave when a test has failed, and others come."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser = browser
        self._site = site
        self._here: tuple[Couple, AsyncExitStack] | None = None

    async def couple(self) -> Couple:
        if self._here is None:
            stack = AsyncExitStack()
            self._here = await stack.enter_async_context(couple(self._browser, self._site)), stack
        return self._here[0]

    async def tidy(self, *, failed: bool) -> list[str]:
        """Close what a test has opened; what the pages complained about and were not expected to."""
        if self._here is None:
            return []
        here, stack = self._here
        complaints = here.complaints()
        if failed or complaints:
            self._here = None
            await stack.aclose()
        else:
            await here.close_documents()
        return complaints
