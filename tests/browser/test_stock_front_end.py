"""The front end of jupyter-collaboration, without Tandem's labextension, against Tandem's server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.integration.server.host import ANA, BO, Server

pytestmark = pytest.mark.browser

CHROMIUM = next(
    (
        str(path)
        for path in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser"))
        if path.exists()
    ),
    None,
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STOCK = {
    "@jupyter-tandem/lab-extension": True,
    "@jupyter/docprovider-extension:websocket-provider-awareness-factory": False,
    "@jupyter/docprovider-extension:websocket-provider-document-factory": False,
    "@jupyterlab/notebook-extension:cell-executor": True,
}
CELLS = "[...document.querySelectorAll('.jp-Notebook .cm-content')].map(e => e.innerText)"
SLIDE = """(slider, value) => {
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  set.call(slider, value);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    running = Server(tmp_path, extensions={"jupyterlab": True, "jupyter_server_terminals": True})
    running.write_notebook("n.ipynb", "x = 1", "y = 2")
    path = running.root / "n.ipynb"
    notebook = json.loads(path.read_text())
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    path.write_text(json.dumps(notebook))
    settings = tmp_path / "config" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"disabledExtensions": STOCK}))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        await found.close()


async def window(browser: Browser, server: Server, token: str) -> Page:
    """A person's window with the notebook open."""
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{server.url}/lab/tree/n.ipynb?token={token}")
    await shows(page, "x = 1")
    return page


async def shows(page: Page, text: str) -> None:
    """Return when the notebook's cells hold ``text``, joined by ``|``."""
    await page.wait_for_function(f"text => {CELLS}.join('|').includes(text)", arg=text)


async def test_two_windows_save_see_each_other_and_go_back_in_time(
    server: Server, browser: Browser
) -> None:
    ana = await window(browser, server, ANA)
    bo = await window(browser, server, BO)

    await ana.locator(".jp-Notebook .cm-content").first.click()
    await ana.keyboard.press("End")
    await ana.keyboard.type(" # ana 🌲")
    await shows(bo, "x = 1 # ana 🌲|y = 2")
    await ana.keyboard.press("Control+s")
    await ana.wait_for_function(
        "() => !document.querySelector('.jp-mod-current .jp-DocumentWidget.jp-mod-dirty')"
    )
    while "# ana" not in (server.root / "n.ipynb").read_text():
        await ana.wait_for_timeout(100)

    people = await bo.evaluate(
        "async () => (await (await fetch('/api/me')).json()).identity.username"
    )
    assert people == "bo"

    await ana.locator("[title='Document Timeline']").first.click()
    slider = ana.locator(".jp-Slider")
    await slider.wait_for()
    await slider.evaluate(SLIDE, "0")
    await shows(ana, "x = 1|y = 2")
    await ana.locator(".jp-restoreBtn").click()
    await shows(bo, "x = 1|y = 2")
    await bo.locator(".jp-Notebook .cm-content").nth(1).click()
    await bo.keyboard.press("End")
    await bo.keyboard.type(" # bo")
    await shows(ana, "x = 1|y = 2 # bo")
    assert await bo.evaluate(CELLS) == ["x = 1", "y = 2 # bo"]
