"""Take the pictures of README and documentation from the running product.

    python -m tools.screenshots

Starts the demo as `make run` does, lets its two people work in two browsers, and writes the pictures,
one for light and one for dark pages each, to `docs/_static/`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright

from tools.setup import ROOT, find_browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PICTURES: Final = ROOT / "docs" / "_static"
Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
SIZE: Final = ViewportSize(width=900, height=640)
SHARING_SIZE: Final = ViewportSize(width=900, height=860)
GAP_PX: Final = 16
START_S: Final = 90

SETTINGS: Final = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Both pictures of a scene show the same moment: the theme follows the browser's preference.
    "apputils-extension/themes": {"adaptive-theme": True},
}


def main() -> int:
    """Write all pictures; 0, or 1 when something is missing."""
    if find_browser() is None:
        print("There is no Chromium; run this by: make screenshots", file=sys.stderr)
        return 1
    asyncio.run(take_all())
    return 0


async def take_all() -> None:
    PICTURES.mkdir(exist_ok=True)
    async with demo() as (links, server), chromium() as browser:
        ada, grace = [await enter(browser, link) for link in links]
        await work_together(ada, grace)
        await take_together(browser, ada, grace)
        await take_sharing(ada)
        await take_offline({"light": ada, "dark": grace}, server)


# -- scenes ----------------------------------------------------------------


async def work_together(ada: Page, grace: Page) -> None:
    """One in the function, the other one in its test, each visible to the other."""
    await grace.bring_to_front()
    await stand(grace, "assert")
    await grace.keyboard.type('  # and "Madam, I\'m Adam"?')
    await stand(ada, "is_palindrome(text")
    for page, other in ((ada, "Grace"), (grace, "Ada")):
        await page.get_by_label(re.compile(f"^{other}.* is editing this cell$")).wait_for()
        await stands(page, "In file")


async def take_together(browser: Browser, ada: Page, grace: Page) -> None:
    """Both windows side by side."""
    await ada.get_by_title(re.compile("Collaboration|People")).first.click()
    await ada.get_by_role("list", name="People in this document").wait_for()
    for theme in THEMES:
        for page in (ada, grace):
            await wear(page, theme)
        # Names at cursors fade: both have just moved.
        for page, line in ((ada, "is_palindrome(text"), (grace, "assert")):
            await stand(page, "names = ")
            await stand(page, line)
        for page in (ada, grace):
            await page.locator(".jp-remote-userFlag:not(.jp-mod-idle)").wait_for()
        pictures = [await page.screenshot(animations="disabled") for page in (ada, grace)]
        width = 2 * SIZE["width"] + GAP_PX
        sheet = await browser.new_page(viewport={"width": width, "height": SIZE["height"]})
        shown = "".join(
            f"<img src='data:image/png;base64,{base64.b64encode(one).decode()}'>"
            for one in pictures
        )
        await sheet.set_content(
            f"<body style='margin:0;display:flex;gap:{GAP_PX}px;background:transparent'>{shown}"
        )
        await sheet.screenshot(path=PICTURES / f"together-{theme}.png", omit_background=True)
        await sheet.close()
    await ada.get_by_title(re.compile("Collaboration|People")).first.click()


async def take_sharing(ada: Page) -> None:
    """The dialog in which a notebook is shared, with a link that was just made."""
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ada.set_viewport_size(SHARING_SIZE)
    for theme in THEMES:
        await wear(ada, theme)
        await ada.locator(".tandem-ShareButton").click()
        dialog = ada.locator(".tandem-ShareDialog")
        await dialog.get_by_role("button", name="Copy link").click()
        await dialog.get_by_text("The link was copied").wait_for()
        await dialog.get_by_text("Who has access").wait_for()
        # The address in the picture opens nothing, and is the same in both.
        await dialog.get_by_label("Address of the new link").evaluate(
            "(field, url) => { field.value = url; }",
            f"http://localhost:8888/tandem/l#{'A1b2C3d4' * 5}",
        )
        await ada.screenshot(path=PICTURES / f"sharing-{theme}.png", animations="disabled")
        await dialog.get_by_role("button", name=re.compile("^End: Link")).click()
        await dialog.get_by_role("button", name="End it", exact=True).click()
        await dialog.get_by_text("The link has ended").wait_for()
        await dialog.get_by_role("button", name="Done").click()
    await ada.set_viewport_size(SIZE)


async def take_offline(pages: dict[Theme, Page], server: int) -> None:
    """The status without a server, with the sentence behind it; one window for each theme."""
    for theme, page in pages.items():
        # Now, since themes come from the server.
        await wear(page, theme)
    os.kill(server, signal.SIGKILL)
    for theme, page in pages.items():
        await stand(page, "...")
        await page.keyboard.type("  # I go on writing")
        await page.locator(".tandem-StatusItem-button[title*='even if you close']").wait_for()
        await stands(page, "Offline, ")
        await page.locator(".tandem-StatusItem-button").click()
        await page.get_by_role("dialog").wait_for()
        await page.screenshot(path=PICTURES / f"offline-{theme}.png", animations="disabled")


# -- steps -----------------------------------------------------------------


async def enter(browser: Browser, link: str) -> Page:
    """A person's window, without the side bar."""
    context = await browser.new_context(viewport=SIZE, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(link)
    await cell(page, 3).locator(".cm-content").wait_for()
    # The second person finds the page as the first one left it: they share the workspace.
    if await page.locator("#jp-left-stack").is_visible():
        await page.keyboard.press("Control+b")
    await stands(page, "In file")
    return page


def cell(page: Page, number: int) -> Locator:
    return page.locator(".jp-Notebook .jp-Cell").nth(number)


async def stand(page: Page, words: str) -> None:
    """Put the caret at the end of the line with these words, all of its cell in sight."""
    line = page.locator(".jp-Notebook .cm-line", has_text=words).first
    await line.click()
    await page.keyboard.press("End")
    await cell(page, 3).evaluate("node => node.scrollIntoView({ block: 'end' })")


async def stands(page: Page, *labels: str) -> None:
    """Return when the status item says one of these."""
    await page.locator(".tandem-StatusItem-label", has_text=re.compile("|".join(labels))).wait_for()


async def wear(page: Page, theme: Theme) -> None:
    """Show the page in a theme."""
    await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    light = "true" if theme == "light" else "false"
    await page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")


# -- product and browser ---------------------------------------------------


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def demo() -> AsyncIterator[tuple[list[str], int]]:
    """The demo in a home of its own: the links it prints, and its server's process id."""
    with tempfile.TemporaryDirectory(prefix="tandem-pictures-") as home:
        for name, settings in SETTINGS.items():
            file = Path(home, "config", "lab", "user-settings", "@jupyterlab", name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.with_suffix(".jupyterlab-settings").write_text(json.dumps(settings))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "jupyter_tandem.hosts.demo",
            "--folder",
            f"{home}/tandem-demo",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={
                **os.environ,
                "JUPYTER_CONFIG_DIR": f"{home}/config",
                "JUPYTER_DATA_DIR": f"{home}/data",
                "JUPYTER_RUNTIME_DIR": f"{home}/runtime",
                "PYTHONUNBUFFERED": "1",
            },
        )
        try:
            links = await asyncio.wait_for(links_of(process), START_S)
            yield links, server_of(Path(home, "runtime"))
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            await process.wait()


def server_of(runtime: Path) -> int:
    """The process id a server has written into its runtime directory."""
    (announcement,) = runtime.glob("jpserver-*.json")
    return int(json.loads(announcement.read_text(encoding="utf-8"))["pid"])


async def links_of(process: asyncio.subprocess.Process) -> list[str]:
    """The links of both people, as printed."""
    links: list[str] = []
    assert process.stdout is not None  # noqa: S101  (it was asked for)
    while len(links) < 2:
        line = (await process.stdout.readline()).decode()
        if not line:
            raise RuntimeError("The demo has ended before it printed its links.")
        links += re.findall(r"http://\S+", line)
    return links


if __name__ == "__main__":
    sys.exit(main())
