"""People in one room of a JupyterLite site, in browsers that share nothing, over WebRTC data channels."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.lite.conftest import Welcome
from tests.browser.lite.couple import Couple, room
from tests.browser.lite.place import CELLS, NOTEBOOK, TEXT

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.spec("LITE-1", "LITE-4", "LITE-18")
async def test_two_people_write_a_notebook_and_a_text(couple: Couple) -> None:
    ada, bob = couple.ada, couple.bob
    work, notes = await couple.notebook(), await couple.text()
    hers, his = await couple.open(work)
    await asyncio.gather(hers.type(" // ada"), his.type(" // bob", 2))
    expected = [f"{CELLS[0]} // ada", CELLS[1], f"{CELLS[2]} // bob"]
    await hers.shows(*expected)
    await his.shows(*expected)
    # The name at the cursor, in the colour of the link.
    await expect(
        bob.page.locator(".jp-remote-userFlag-name", has_text="Ada Lovelace")
    ).to_be_visible()
    caret = bob.page.locator(".jp-remote-cursor.jp-mod-primary")
    await expect(caret).to_have_css("border-left-color", "rgb(230, 81, 0)")
    await bob.sees(his, "Ada Lovelace")
    # And in her own menu, where JupyterLite knows nobody.
    await expect(ada.page.locator(".jp-MenuBar-anonymousIcon")).to_have_text("AL")
    # Another file at the same time.
    texts = await couple.open(notes)
    await texts[0].type("from ada\n")
    await texts[1].type("from bob\n", key="Control+Home")
    for text in texts:
        await text.shows("from bob\nfirst line\nsecond line\nfrom ada\n")
    # Each browser keeps it in its own drive.
    for person in (ada, bob):
        await person.has_in_file(work, " // ada", " // bob")
        await person.has_in_file(notes, "from ada", "from bob")


@pytest.mark.spec("LITE-4", "LITE-17", "LITE-19")
async def test_three_people_come_run_rename_and_go(couple: Couple, welcome: Welcome) -> None:
    ada, bob = couple.ada, couple.bob
    path = await couple.notebook()
    hers, his = await couple.open(path)
    # What one person's kernel says, the others see; without a kernel, JupyterLab runs nothing.
    await hers.kernel_is_up()
    await hers.go(0)
    await hers.press("Control+Enter")
    await expect(his.node.locator(".jp-OutputArea-output").first).to_have_text("42")
    # Who comes late has it all, outputs included, and needs no file for it.
    cyd = await welcome("Cyd", room=couple.room, path=path)
    theirs = await cyd.find(path)
    await expect(theirs.node.locator(".jp-OutputArea-output").first).to_have_text("42")
    await ada.is_with(hers, 2)
    await cyd.sees(theirs, "Ada Lovelace", "Bob")
    # A file is called here what somebody calls it here.
    own = f"bobs-{path}"
    await bob.page.evaluate(
        "([from, to]) => jupyterapp.serviceManager.contents.rename(from, to).then(() => null)",
        [path, own],
    )
    his.path = own
    await his.type(" // renamed", 0)
    await hers.includes("// renamed")
    await bob.has_in_file(own, "// renamed")
    await ada.has_in_file(path, "// renamed")
    # Who closes the document, or the page, is gone at once.
    await bob.close(own)
    await ada.is_with(hers, 1)
    await cyd.page.goto("about:blank")
    await ada.is_with(hers, 0)
    await ada.sees(hers)
    # Under its new name it still is the room's document.
    his = await bob.open(own)
    await his.includes("// renamed")
    await bob.is_with(his, 1)


@pytest.mark.spec("LITE-19", "LITE-21")
async def test_a_link_brings_somebody_who_has_nothing(welcome: Welcome) -> None:
    ada = await welcome("Ada")
    hers = await ada.open(NOTEBOOK)
    await ada.is_told(hers, "There is no room")
    await hers.type(" // before the room")
    await ada.share(hers)
    link = ada.page.get_by_label("Link to the room")
    address = await link.input_value()
    await ada.page.get_by_role("button", name="Open the Room").click()
    await ada.page.wait_for_url(lambda url: "room=" in url)
    hers = await ada.find(NOTEBOOK)
    await hers.stands("^Saved, alone$")
    await hers.includes("// before the room")
    # The document itself is in nobody else's browser.
    await ada.write("new.md", "only Ada has this\n")
    text = await ada.open("new.md")
    await text.stands("^Saved, alone$")
    await ada.share(text)
    address = await link.input_value()
    bob = await welcome("Bob")
    await bob.go(address)
    his = await bob.find("new.md")
    await his.shows("only Ada has this\n")
    await bob.has_in_file("new.md", "only Ada has this")
    # The dialog says who is there, and over what.
    await expect(ada.page.get_by_role("listitem").filter(has_text="direct")).to_be_visible()
    await ada.page.keyboard.press("Escape")


@pytest.mark.spec("LITE-5")
async def test_tabs_of_one_browser_need_no_server(welcome: Welcome) -> None:
    nowhere = {"fullWebRtcSignalingUrls": ["ws://127.0.0.1:9"]}
    ada = await welcome("Ada", room=room(), config=nowhere)
    ada.complaints.expect("WebSocket connection to .* failed", "ERR_UNSAFE_PORT")
    hers = await ada.open(TEXT)
    second = type(ada)(ada.context, ada.site)
    await second.go(ada.page.url)
    other = await second.open(TEXT)
    await other.type("from the other tab\n")
    await hers.includes("from the other tab")
    await ada.is_told(hers, "Who is connected already stays connected.")
