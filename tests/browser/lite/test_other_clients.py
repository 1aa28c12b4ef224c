"""y-webrtc, unmodified, in one room with Tandem; and Tandem through y-webrtc's own signaling server."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from examples.lite.run import serving
from tests.browser.lite.conftest import Welcome
from tests.browser.lite.couple import Couple, room
from tests.browser.lite.place import CELLS, TEXT
from tests.integration.signaling.serving import free_port, listening, program, running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HERE = Path(__file__).parent
BUNDLE = HERE.parents[1] / "integration/signaling/bundle_page.mjs"
REFERENCE = HERE.parents[2] / "node_modules/y-webrtc/bin/server.js"
PREFIX = "tandem-example"


def meeting_point(name: str, document: str, password: str = "") -> dict[str, str]:
    """What the reference documentation tells programs to do."""

    def digest(*texts: str) -> str:
        return hashlib.sha256(json.dumps(texts, separators=(",", ":")).encode()).hexdigest()

    return {
        "topic": digest("jupyter-tandem:topic:1", PREFIX, name, document),
        "secret": digest("jupyter-tandem:secret:1", PREFIX, name, document, password),
    }


@pytest.fixture(scope="module")
def plain_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with y-webrtc in it, on a plain web server; its origin may use the signaling server."""
    folder = tmp_path_factory.mktemp("plain")
    entry = HERE / "y_webrtc_page.mjs"
    subprocess.run([program("node", "nodejs"), BUNDLE, folder, entry], check=True)
    (folder / "index.html").write_text(
        "<script>window.process = { env: {}, nextTick: queueMicrotask.bind(window) };</script>"
        '<link rel="icon" href="data:,"><script type="module" src="page.js"></script>'
    )
    with serving(folder) as port:
        yield f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(loop_scope="session")
async def reference_server() -> AsyncIterator[str]:
    """y-webrtc's own signaling server."""
    port = free_port()
    command = [program("env", "coreutils"), f"PORT={port}", program("node", "nodejs"), REFERENCE]
    with running(*command):
        await listening(port)
        yield f"ws://127.0.0.1:{port}"


@pytest.mark.spec("LITE-2", "LITE-4")
async def test_its_client_meets_ours(
    welcome: Welcome, browser: Browser, plain_page: str, reference_server: str
) -> None:
    """In both orders: it comes to us, and one of us comes to it; through its own server."""
    name = room()
    config = {"fullWebRtcSignalingUrls": [reference_server]}
    ada = await welcome("Ada", room=name, config=config)
    hers = await ada.open(TEXT)
    await hers.type("from ada\n")
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(60_000)
    told = {"signaling": reference_server, **meeting_point(name, f"text:file:{TEXT}")}
    await page.goto(f"{plain_page}/#{urlencode(told)}")
    whole = "first line\nsecond line\nfrom ada\n"
    await page.wait_for_function("whole => text.toString() === whole", arg=whole)
    await page.evaluate("() => text.insert(0, 'from a program\\n')")
    expected = "from a program\nfirst line\nsecond line\nfrom ada\n"
    await hers.shows(expected)
    await ada.sees(hers, "A program")
    bob = await welcome("Bob", room=name, config=config)
    his = await bob.open(TEXT)
    await his.shows(expected)
    await his.type("from bob\n")
    await page.wait_for_function("() => text.toString().endsWith('from bob\\n')")
    await ada.is_with(hers, 2)
    # It leaves as it always does, and ours notice.
    await page.context.close()
    await ada.sees(hers, "Bob")


@pytest.mark.spec("LITE-4")
async def test_its_client_meets_ours_through_our_server(
    couple: Couple, browser: Browser, plain_page: str, signaling_port: int
) -> None:
    path = await couple.notebook()
    hers, his = await couple.open(path)
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(60_000)
    address = f"ws://127.0.0.1:{signaling_port}"
    told = {"signaling": address, **meeting_point(couple.room, f"json:notebook:{path}")}
    await page.goto(f"{plain_page}/#{urlencode(told)}")
    await page.wait_for_function("() => cells.length === 3")
    await page.evaluate("() => cells.get(2).get('source').insert(0, '// program\\n')")
    for document in (hers, his):
        await document.shows(*CELLS[:2], f"// program\n{CELLS[2]}")
    await hers.type(" // ada", 0)
    await page.wait_for_function("() => cells.get(0).get('source').toString().includes('// ada')")
    await page.context.close()
