"""y-webrtc, unmodified, in real browsers: it meets through our signaling server and needs it no more."""

from __future__ import annotations

import functools
import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.integration.signaling.serving import (
    free_port,
    listening,
    program,
    redis_command,
    running,
    server_process,
)
from tools.setup import find_browser

pytestmark = pytest.mark.browser

BUNDLE = Path(__file__).parents[1] / "integration/signaling/bundle_page.mjs"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
TOKEN = "a-token-of-the-class"


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A page with y-webrtc in it, on a plain web server."""
    subprocess.run([program("node", "nodejs"), BUNDLE, tmp_path], check=True)
    (tmp_path / "index.html").write_text(
        "<script>window.process = { env: {}, nextTick: queueMicrotask.bind(window) };</script>"
        '<link rel="icon" href="data:,"><script type="module" src="page.js"></script>'
    )
    files = functools.partial(QuietFiles, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def person(browser: Browser, site: str, signaling: str, password: str) -> Page:
    """Somebody in a browser context of their own, which shares nothing with another one."""
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(60_000)
    told = urlencode({"signaling": f"{signaling}/?token={TOKEN}", "password": password})
    await page.goto(f"{site}/#{told}")
    return page


@pytest.mark.spec("SIGNAL-7", "SIGNAL-20", "SIGNAL-22", "SIGNAL-29")
async def test_two_browsers_at_two_processes(site: str, tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(f"{TOKEN}\n")
    bus = free_port()
    options = ["--origin", site, "--token-file", str(tmp_path / "tokens")]
    options += ["--relay", f"redis://127.0.0.1:{bus}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        with running(*redis_command(bus)):
            await listening(bus)
            with (
                server_process(*options) as (first, one),
                server_process(*options) as (second, two),
            ):
                ada = await person(browser, site, first, "secret")
                bob = await person(browser, site, second, "secret")
                eve = await person(browser, site, second, "guessed")
                await ada.evaluate("text.insert(0, 'ada ')")
                await bob.evaluate("text.insert(0, 'bob ')")
                for page in (ada, bob):
                    await page.wait_for_function(
                        "peers.length && ['ada', 'bob'].every(name => text.toString().includes(name))"
                    )
                assert await eve.evaluate("[peers.length, text.toString()]") == [0, ""]
                for process in (one, two):
                    process.terminate()
                    assert process.wait(60) == 0
        await ada.evaluate("text.insert(0, 'the servers are gone ')")
        await bob.wait_for_function("text.toString().startsWith('the servers are gone')")
        await browser.close()
