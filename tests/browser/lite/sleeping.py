"""A person whose whole machine sleeps, as when its lid is closed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil
from playwright.async_api import Browser

from tests.browser.chromium import chromium
from tests.browser.lite.couple import room
from tests.browser.lite.place import TEXT, Visitor, visitor
from tests.browser.window import Document


@dataclass
class Sleepers:
    """Ada is awake, Bob sleeps; both have a text open, and were together in it.

    Attributes:
        since: When Bob fell asleep, in seconds of a clock that never steps back.
    """

    ada: Visitor
    hers: Document
    bob: Visitor
    his: Document
    machine: list[psutil.Process]
    since: float

    async def wake_after(self, seconds: float) -> None:
        """Wake Bob up, once he has slept so long."""
        # What is waited for is time itself: the minute that the browser's own clocks jump over.
        await asyncio.sleep(max(0.0, self.since + seconds - time.monotonic()))
        self.wake()

    def wake(self) -> None:
        _tell(self.machine, signal.SIGCONT)


@asynccontextmanager
async def sleepers_in(browser: Browser, site: str) -> AsyncIterator[Sleepers]:
    """Let two people meet, and one of them fall asleep; he has a browser process of his own."""
    async with chromium() as other, visitor(browser, site) as ada, visitor(other, site) as bob:
        name = room()
        await asyncio.gather(
            ada.visit(room=name, username="Ada"), bob.visit(room=name, username="Bob")
        )
        hers, his = await asyncio.gather(ada.open(TEXT), bob.open(TEXT))
        await asyncio.gather(ada.is_with(hers, 1), bob.is_with(his, 1))
        machine = await _processes(other)
        found = Sleepers(ada, hers, bob, his, machine, time.monotonic())
        _tell(machine, signal.SIGSTOP)
        try:
            yield found
        finally:
            found.wake()


async def _processes(browser: Browser) -> list[psutil.Process]:
    """All processes of a browser: pages, network and all."""
    session = await browser.new_browser_cdp_session()
    told = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    (root,) = [psutil.Process(one["id"]) for one in told if one["type"] == "browser"]
    return [root, *root.children(recursive=True)]


def _tell(processes: list[psutil.Process], what: signal.Signals) -> None:
    for process in processes:
        # Browsers end helpers they need no more.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(what)
