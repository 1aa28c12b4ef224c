"""Sharing from JupyterLab, and what the person at the other end sees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.guest import Visitor, visitor
from tests.browser.house import House
from tests.browser.sharer import Sharer
from tests.browser.window import Window
from tests.integration.sharing.owner import Owner

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

READ_ONLY = "read this document"


# -- the whole story -----------------------------------------------------------------------------------------


@pytest.mark.spec("SHAREUI-2", "SHAREUI-6", "SHAREUI-10", "SHAREUI-11", "SHAREUI-12", "SHAREUI-14")
async def test_shared_watched_raised_and_taken_back(
    browser: Browser, house: House, ana: Window
) -> None:
    house.write("analysis.ipynb", "one", "two")
    hers = await ana.open("analysis.ipynb")
    sharer = Sharer(ana)
    await sharer.open(hers)
    await sharer.let_guests_in()
    url = await sharer.copy()
    assert sharer.clicks <= 4
    await sharer.close()

    async with visitor(browser, house) as zoe:
        await zoe.come_into_notebook(url, "Zoë")
        await zoe.page.evaluate("window.sameForEver = true")
        await hers.type(" ana", 1)
        await expect(zoe.cell(1)).to_have_text("two ana")
        await cannot_edit(zoe)
        await hers.type("!", 1)
        await expect(zoe.cell(1)).to_have_text("two ana!")
        assert await zoe.sources() == ["one", "two ana!"]
        await hers.shows("one", "two ana!")

        await sharer.open(hers)
        holder = sharer.part("Who has access").get_by_label("What Zoë can do")
        await holder.select_option(label="Can edit")
        await zoe.is_told("You can now edit")
        await zoe.cell(0).click()
        await zoe.page.keyboard.press("End")
        await zoe.page.keyboard.type(" zoë")
        await hers.shows("one zoë", "two ana!")
        assert await zoe.page.evaluate("window.sameForEver"), "nothing was loaded anew"

        zoe.complaints.expect("403", "404", "WebSocket")
        await note_when(zoe.page, ".tandem-Curtain")
        await sharer.button("Remove Zoë").click()
        removal = sharer.dialog.get_by_role("group", name="Remove Zoë")
        await expect(removal).to_contain_text("under another name")
        removed_at = await ana.page.evaluate("Date.now()")
        await removal.get_by_role("button", name="Remove").click()
        await zoe.page.get_by_role("heading", name="“analysis.ipynb” is not open to you").wait_for()
        await expect(zoe.page.locator(".tandem-Curtain")).to_contain_text("not shared with you")
        seen_at = await zoe.page.evaluate("window.notedAt")
        assert seen_at - removed_at < 1_000, "out within a second"
        await expect(sharer.part("Here now")).not_to_contain_text("Zoë")
        await sharer.close()

        await zoe.page.goto(zoe.here(url))
        await zoe.page.get_by_role("heading", name="This link does not let you in").wait_for()


async def cannot_edit(zoe: Visitor) -> None:
    """Try everything by which a notebook is changed; the person is told why it is not."""
    page = zoe.page
    before = await zoe.sources()
    await expect(page.locator(".tandem-RoleBadge")).to_have_text("Viewer")
    await zoe.cell(0).click()
    caret = page.locator(".jp-Notebook .cm-cursorLayer")
    assert await caret.evaluate_all("all => all.every(n => getComputedStyle(n).display === 'none')")
    await page.keyboard.type("x")
    await zoe.is_told(READ_ONLY)
    await zoe.cell(0).click()
    for key in ("y", "Backspace", "Enter", "Control+v", "Escape"):
        await page.keyboard.press(key)
    await zoe.is_told_by("b", READ_ONLY)
    for keys in ("a", "d d", "x", "v", "m", "z", "Shift+Enter", "Control+Enter", "Shift+M"):
        for key in keys.split():
            await page.keyboard.press(key)
    for name in ("insert", "cut", "paste", "run"):
        button = page.locator(f"[data-jp-item-name='{name}'] jp-button")
        await expect(button).to_have_attribute("aria-disabled", "true")
        await expect(button).to_have_attribute("aria-label", re.compile(READ_ONLY))
    await page.get_by_label("Cell type").select_option("markdown", force=True)
    await drag(page)
    assert await page.evaluate(
        """() => {
             const paste = new ClipboardEvent('paste', {
               bubbles: true, cancelable: true, clipboardData: new DataTransfer() });
             paste.clipboardData.setData('text/plain', 'pasted');
             return !document.querySelector('.jp-Cell .cm-content').dispatchEvent(paste);
           }"""
    )
    assert await zoe.sources() == before


async def drag(page: Page) -> None:
    """Drag the second cell above the first one."""
    start = await page.locator(".jp-Cell .jp-InputPrompt").nth(1).bounding_box()
    end = await page.locator(".jp-Cell").nth(0).bounding_box()
    assert start is not None
    assert end is not None
    await page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    await page.mouse.down()
    await page.mouse.move(end["x"] + 60, end["y"] + 4, steps=6)
    await page.mouse.up()


async def note_when(page: Page, selector: str) -> None:
    """Have the page note the time at which something comes up."""
    await page.evaluate(
        """selector => new MutationObserver((_, observer) => {
             if (document.querySelector(selector) !== null) {
               window.notedAt = Date.now();
               observer.disconnect();
             }
           }).observe(document.body, { childList: true, subtree: true })""",
        selector,
    )


# -- commands ------------------------------------------------------------------------------------------------

READING = re.compile(
    r"notebook:(copy|select|deselect|enter|extend|move-cursor|access|get-kernel|export|create|close"
    r"|collapse|expand|toggle|hide|show|scroll|enable-output|disable-output|set-side|render-all)"
)
"""Commands of notebooks that change nothing others see."""


@pytest.mark.spec("SHAREUI-11")
async def test_every_command_that_changes_or_runs_is_disabled(
    house: House, ana: Window, eve: Window
) -> None:
    house.write("commands.ipynb", "one", "two")
    eve.complaints.expect("403")
    house.deny("eve", "write.contents")
    try:
        hers = await eve.open("commands.ipynb")
        await hers.stands("^Read-only$")
        enabled = await enabled_commands(eve)
        assert [name for name in enabled if not READING.match(name)] == []
    finally:
        house.allow("eve", "write.contents")
    await hers.is_saved()
    assert {"notebook:cut-cell", "notebook:insert-cell-below", "notebook:run-cell"} <= set(
        await enabled_commands(eve)
    )


async def enabled_commands(window: Window) -> list[str]:
    found: list[str] = await window.page.evaluate(
        """() => jupyterapp.commands.listCommands()
             .filter(id => /^(notebook|cell-toolbar):/.test(id))
             .filter(id => jupyterapp.commands.isEnabled(id))"""
    )
    return found


# -- edits that cannot be kept -------------------------------------------------------------------------------


@pytest.mark.spec("SHAREUI-14", "SHARE-16")
async def test_edits_that_came_too_late_are_kept_as_a_copy(
    browser: Browser, house: House, ana: Window, tmp_path: Path
) -> None:
    house.write("late.ipynb", "one")
    hers = await ana.open("late.ipynb")
    owner = Owner(house)
    link, _ = await owner.link("late.ipynb", guests=True, role="editor")
    async with visitor(browser, house) as zoe:
        await zoe.come_into_notebook(link["url"], "Zoë")
        zoe.complaints.expect("403", "404", "WebSocket", "ERR_")
        zoe.line.swallow()
        await zoe.cell(0).click()
        await zoe.page.keyboard.press("End")
        await zoe.page.keyboard.type(" too late")
        await owner.call("DELETE", f"links/{link['id']}?grants=revoke")
        zoe.line.heal()
        await expect(zoe.page.locator(".tandem-Curtain")).to_contain_text("edits were not saved")
        async with zoe.page.expect_download() as downloading:
            await zoe.page.get_by_role("button", name="Download a copy with my edits").click()
        copy = tmp_path / "copy.ipynb"
        await (await downloading.value).save_as(copy)
        assert "one too late" in copy.read_text()
        await hers.shows("one")


# -- folders -------------------------------------------------------------------------------------------------


@pytest.mark.spec("SHAREUI-1", "SHAREUI-9")
async def test_a_folder_is_shared_from_the_file_browser(
    browser: Browser, house: House, ana: Window
) -> None:
    (house.root / "project" / "deep").mkdir(parents=True)
    house.write("project/plan.ipynb", "plan")
    house.write("project/deep/notes.txt", "notes")
    house.write("private.txt", "canary")
    sharer = Sharer(ana)
    await ana.command("filebrowser:refresh")
    await ana.command("filebrowser:activate")
    await ana.page.locator(".jp-DirListing-item", has_text="project").click(button="right")
    await ana.page.locator(".lm-Menu-item", has_text="Share…").click()
    await sharer.dialog.get_by_text("Share “project”").wait_for()
    await sharer.let_guests_in()
    url = await sharer.copy()
    await sharer.close()
    async with visitor(browser, house) as zoe:
        await zoe.come_in(url)
        listed = zoe.page.locator(".jp-DirListing-item")
        await expect(listed).to_have_text([re.compile("deep"), re.compile("plan.ipynb")])
        await listed.nth(1).dblclick()
        await expect(zoe.cell(0)).to_have_text("plan")
        assert "canary" not in await zoe.page.content()
        await expect(zoe.page.locator(".tandem-RoleBadge")).to_have_text("Viewer")
        await expect(zoe.page.locator(".tandem-ShareButton:visible")).to_have_count(0)
        await zoe.page.locator(".jp-SideBar [data-id=tandem-shared]").click()
        shelf = zoe.page.get_by_role("region", name="Shared by me and with me")
        await expect(shelf.get_by_role("button", name="project")).to_contain_text("Can view")
        await expect(shelf).not_to_contain_text("By me")

    await ana.command("tandem:show-shared")
    shelf = ana.page.get_by_role("region", name="Shared by me and with me")
    await shelf.get_by_role("button", name="Stop sharing project…").click()
    await ana.page.locator(".jp-Dialog").get_by_role("button", name="Stop sharing").click()
    await expect(shelf.get_by_role("button", name="Stop sharing project…")).to_have_count(0)
    view = await Owner(house).view("project")
    assert (view["grants"], [link["state"] for link in view["links"]]) == ([], ["revoked"])
    await ana.command("filebrowser:activate")


# -- pages of links ------------------------------------------------------------------------------------------


@pytest.mark.spec("SHARE-10", "GUEST-6")
async def test_links_that_let_nobody_in_say_why(browser: Browser, house: House) -> None:
    house.write("ended.ipynb", "one")
    owner = Owner(house)
    revoked, _ = await owner.link("ended.ipynb", guests=True)
    await owner.call("DELETE", f"links/{revoked['id']}")
    used, _ = await owner.link("ended.ipynb", guests=True, max_uses=1)
    async with visitor(browser, house) as first:
        await first.come_into_notebook(used["url"])
    unknown = re.sub("#.*", "#" + "A" * 43, used["url"])
    async with visitor(browser, house) as zoe:
        zoe.complaints.expect("status of 4")
        for url, title, sentence in (
            (revoked["url"], "This link has ended", "was withdrawn"),
            (used["url"], "This link has ended", "as often as it may"),
            (unknown, "There is no such link", "copied whole"),
            (unknown.partition("#")[0], "Open the link again", "not kept here"),
        ):
            await zoe.page.goto("about:blank")
            await zoe.page.goto(zoe.here(url))
            await zoe.page.get_by_role("heading", name=title).wait_for()
            await expect(zoe.page.locator("#sentence")).to_contain_text(sentence)
            await expect(zoe.page.get_by_role("button", name="Continue")).to_be_hidden()
