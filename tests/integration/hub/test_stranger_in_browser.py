"""A link for anyone in real Chromium: a clean profile at the Hub's own address, without domains of its own."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import nbformat
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import chromium
from tests.integration.hub.colleague import in_document
from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.stranger import restart_service
from tests.integration.hub.test_in_lab import command, in_lab, without_kernel
from tests.integration.hub.test_strangers import link_for_anyone

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.usefixtures("open_hub"),
]

_THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_WAIT_MS = 60_000
_AXE = Path(__file__).resolve().parents[3] / "node_modules/axe-core/axe.min.js"
_SERIOUS = """async () => {
  const { violations } = await axe.run(document);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}"""

_LISTED_AS = """async name => {
  const reply = await fetch('/services/tandem/g/api/contents');
  return (await reply.json()).content[0].name === name;
}"""

_HOSTILE = """<p id="html-output">drawn</p>
<script>globalThis.owned = 'script';</script>
<script src="/user/alice/files/evil.js"></script>
<img src=x onerror="globalThis.owned = 'handler'">
<a href="javascript:globalThis.owned = 'link'">click</a>
<iframe srcdoc="<script>parent.owned = 'frame'</script>"></iframe>
<form action="/hub/logout"><button>Go</button></form>"""


@contextlib.asynccontextmanager
async def clean_profile(browser: Browser) -> AsyncIterator[Page]:
    """A browser that was never here."""
    context = await browser.new_context()
    page = await context.new_page()
    page.set_default_timeout(_WAIT_MS)
    try:
        yield page
    finally:
        await context.close()


async def come_in(page: Page, address: str, name: str) -> None:
    """Use a link, and be in the notebook, live."""
    await page.goto(address)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Continue without an account").click()
    await page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
    await standing(page, "Read-only")


async def standing(page: Page, label: str) -> None:
    """Return when the status says this."""
    found = page.locator(".tandem-StatusItem-label", has_text=re.compile(label))
    await found.first.wait_for(timeout=_WAIT_MS)


@pytest.mark.spec("HUBGUEST-1", "HUBGUEST-2", "HUBGUEST-4", "SHAREUI-14")
async def test_a_link_from_the_dialog_lets_somebody_look_on_until_it_is_taken_back(
    hub: RealHub, notebook: str
) -> None:
    async with (
        chromium() as browser,
        in_lab(browser, hub, "alice") as alice,
        clean_profile(browser) as zoe,
    ):
        await command(alice, "docmanager:open", path=notebook)
        await without_kernel(alice)
        await command(alice, "tandem:share-document")
        dialog = alice.get_by_role("dialog").filter(has_text="Share by link")
        form = dialog.get_by_role("region", name="Share by link")
        await form.get_by_text("Options", exact=True).click()
        role = form.get_by_label("What people with the link can do")
        await role.select_option("editor")
        await form.get_by_label("Sign-in required").uncheck()
        await expect(form.get_by_text("they need no account")).to_be_visible()
        await expect(role).to_have_value("viewer")
        await form.get_by_role("button", name="Copy link").click()
        address = await dialog.get_by_label("Address of the new link").input_value()
        await dialog.get_by_role("button", name="Done").click()

        await zoe.goto(address)
        await zoe.get_by_label("Your name").wait_for()
        await expect(zoe.locator("#what")).to_have_text(notebook)
        await zoe.evaluate(_AXE.read_text())
        for theme in _THEMES:
            await zoe.emulate_media(color_scheme=theme)
            assert not await zoe.evaluate(_SERIOUS)
        await come_in(zoe, address, "Zoë")
        hers = zoe.locator(".jp-Cell .cm-content").first
        await expect(hers).to_have_text("x = 1", timeout=_WAIT_MS)
        first = alice.locator(".jp-Notebook .jp-Cell .cm-content").first
        await first.click()
        await alice.keyboard.press("End")
        await alice.keyboard.type(" # alice")
        await expect(hers).to_have_text("x = 1 # alice", timeout=_WAIT_MS)
        await hers.click()
        await zoe.keyboard.type("nothing of this")
        await alice.keyboard.type("!")
        await expect(hers).to_have_text("x = 1 # alice!", timeout=_WAIT_MS)
        seen = alice.locator('.tandem-Avatar[aria-label*="Zoë (guest)"]').first
        await seen.wait_for(state="attached")

        view = (await hub.at("alice", "GET", f"tandem/api/shares?path={notebook}")).body
        (grant,) = view["grants"]
        assert (await hub.at("alice", "DELETE", f"tandem/api/grants/{grant['id']}")).status == 204
        await zoe.get_by_text("is not open to you any more").wait_for()


@pytest.mark.spec("HUBGUEST-6", "GUEST-8")
async def test_nothing_that_a_document_holds_runs_or_reaches_the_hub(
    hub: RealHub, notebook: str
) -> None:
    display = nbformat.v4.new_output("display_data", data={"text/html": _HOSTILE})
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.owned = 1"></svg>'
    shown = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(f"# Title\n\n{_HOSTILE}"),
            nbformat.v4.new_code_cell("show()", outputs=[display], metadata={"trusted": True}),
            nbformat.v4.new_code_cell(
                "draw()",
                outputs=[
                    nbformat.v4.new_output("display_data", data={"image/svg+xml": drawing}),
                    nbformat.v4.new_output(
                        "display_data", data={"application/javascript": "globalThis.owned = 'js'"}
                    ),
                ],
                metadata={"trusted": True},
            ),
        ]
    )
    nbformat.write(shown, hub.folder("alice") / notebook)
    (hub.folder("alice") / "evil.js").write_text("globalThis.owned = 'file'")
    link = await link_for_anyone(hub, notebook)
    async with chromium() as browser, clean_profile(browser) as zoe:
        # Somebody whom the Hub knows, and who may read alice's files: the worst that can be at this address.
        await zoe.goto(f"{hub.url}/hub/login")
        await zoe.fill("#username_input", "alice")
        await zoe.fill("#password_input", "secret")
        await zoe.click("#login_submit")
        await zoe.wait_for_url(lambda url: "/hub/login" not in url)
        reply = await zoe.goto(f"{hub.url}/user/alice/files/evil.js")
        assert reply is not None
        assert reply.status == 200
        await come_in(zoe, hub.url + link["address"], "Zoë")
        await expect(zoe.locator("#html-output, .jp-OutputArea-output p").first).to_have_text(
            "drawn", timeout=_WAIT_MS
        )
        # What a script could do at worst, were there a way in: the policy of the page says no all the same.
        tried = await zoe.evaluate(
            """async user => {
              const says = [];
              for (const url of ['/hub/api/', user, '/services/tandem/', '/services/tandem/api/names?q=']) {
                says.push(await fetch(url).then(reply => reply.status, () => 'refused'));
              }
              const script = document.createElement('script');
              const loaded = new Promise(done => {
                script.onload = () => done('loaded');
                script.onerror = () => done('refused');
              });
              script.src = user;
              const inline = document.createElement('script');
              inline.textContent = "globalThis.owned = 'inline'";
              document.body.append(script, inline);
              says.push(await loaded, globalThis.owned ?? 'nothing');
              return says;
            }""",
            "/user/alice/files/evil.js",
        )
        assert tried == ["refused"] * 5 + ["nothing"]
        assert "jupyterhub" not in await zoe.evaluate("() => document.cookie")
        # What the page opens is out of its reach; it looks closed to it.
        await zoe.evaluate("() => { globalThis.other = window.open('/hub/home'); }")
        await zoe.wait_for_function("() => globalThis.other === null || globalThis.other.closed")
        assert await zoe.evaluate("() => globalThis.owned ?? 'nothing'") == "nothing"


@pytest.mark.fault
@pytest.mark.spec("HUBGUEST-3")
async def test_a_guests_page_survives_a_restart_without_a_reload_and_a_rename(
    hub: RealHub, notebook: str
) -> None:
    link = await link_for_anyone(hub, notebook)
    async with chromium() as browser, clean_profile(browser) as zoe:
        await come_in(zoe, hub.url + link["address"], "Zoë")
        await zoe.evaluate("() => { globalThis.sameLoad = true; }")
        await restart_service(hub, "view")
        async with in_document(hub, "alice", notebook) as alice:
            await alice.type(0, " # alice")
            hers = zoe.locator(".jp-Cell .cm-content").first
            await expect(hers).to_have_text("x = 1 # alice", timeout=_WAIT_MS)
        assert await zoe.evaluate("() => globalThis.sameLoad")
        moved = f"moved-{notebook}"
        reply = await hub.at("alice", "PATCH", f"api/contents/{notebook}", {"path": moved})
        assert reply.status == 200
        async with in_document(hub, "alice", moved) as alice:
            await alice.type(1, " # moved")
            second = zoe.locator(".jp-Cell .cm-content").nth(1)
            await expect(second).to_have_text("y = 2 # moved", timeout=_WAIT_MS)
        await zoe.wait_for_function(_LISTED_AS, arg=moved, polling=200)
        await zoe.reload()
        await expect(zoe).to_have_url(re.compile(f"/{re.escape(moved)}$"), timeout=_WAIT_MS)
        await expect(hers).to_have_text("x = 1 # alice", timeout=_WAIT_MS)
