"""The status in a document's toolbar, for those who see it, hear it or use the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.house import House
from tests.browser.rest import at_rest
from tests.browser.window import SIZE, Document, Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_OURS = [
    ".tandem-StatusItem",
    ".tandem-StatusPopup",
    ".tandem-PresenceGutter",
    ".tandem-PeopleList",
]
_MOST_TABS = 40


async def toolbar_boxes(document: Document) -> list[Any]:
    """Where every item of the toolbar is now."""
    boxes: list[Any] = await document.node.locator(".jp-Toolbar").first.evaluate(
        """toolbar => [...toolbar.children].map(item => {
             const { x, y, width, height } = item.getBoundingClientRect();
             return [x, y, width, height];
           })"""
    )
    return boxes


async def test_the_keyboard_reaches_opens_and_leaves_it(house: House, ana: Window) -> None:
    house.write("keyboard.md", "one")
    hers = await ana.open("keyboard.md", "Editor")
    await hers.stands("^In file")
    button = hers.node.locator(".tandem-StatusItem-button")
    await hers.node.locator(".jp-Toolbar button, .jp-Toolbar jp-button").first.focus()
    for _ in range(_MOST_TABS):
        if await button.evaluate("node => node === document.activeElement"):
            break
        await hers.press("Tab")
    await expect(button).to_be_focused()
    await hers.press("Enter")
    dialog = ana.page.get_by_role("dialog", name="In file")
    await expect(dialog).to_contain_text("Every edit is saved on the server.")
    await expect(dialog.get_by_role("button", name="Save now")).to_be_focused()
    await expect(button).to_have_attribute("aria-expanded", "true")
    await hers.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(button).to_be_focused()


@pytest.mark.spec("CLIENT-19")
async def test_trouble_and_its_end_are_told_to_a_screen_reader(house: House, ana: Window) -> None:
    house.write("told.md", "one")
    hers = await ana.open("told.md", "Editor")
    await hers.stands("^In file")
    await hers.watch()
    await hers.type(" more")
    status = await hers.stands("^In file")
    # On a machine so slow that edits wait, that is told, and its end.
    waited = any("pending" in label for _, label in await hers.labels())
    assert status.told == "" or waited, "who types must not hear that all is well"
    await ana.go_offline()
    await hers.wait("({ path }) => seen.status(path).told.startsWith('Offline. There is no')")
    await ana.go_online()
    await hers.wait("({ path }) => /^(Saved|In file)/.test(seen.status(path).told)")


async def test_nothing_in_the_toolbar_moves(house: House, ana: Window) -> None:
    house.write("jump.md", "one")
    hers = await ana.open("jump.md", "Editor")
    await hers.stands("^In file")
    before = await at_rest(lambda: toolbar_boxes(hers))
    await ana.go_offline()
    await hers.stands("^Offline$")
    assert await toolbar_boxes(hers) == before
    await hers.type(" more and more")
    await hers.stands(r"^Offline, \d+ edits here$")
    assert await toolbar_boxes(hers) == before
    await ana.go_online()
    await hers.is_saved()
    assert await toolbar_boxes(hers) == before


async def test_a_narrow_window_shows_it_in_full(house: House, ana: Window) -> None:
    house.write("narrow.ipynb", "one")
    hers = await ana.open("narrow.ipynb")
    await hers.kernel_is_up()
    await hers.is_saved()
    await ana.page.set_viewport_size({"width": 720, "height": 700})
    await ana.go_offline()
    await hers.stands("^Offline$")
    await hers.type("x" * 120)
    await hers.stands(r"^Offline, \d{3} edits here$")
    label = hers.node.locator(".tandem-StatusItem-label")
    await expect(label).to_be_in_viewport(ratio=1)
    assert await label.evaluate("node => node.scrollWidth <= node.clientWidth"), "it is cut"
    await ana.go_online()
    await hers.is_saved()
    await ana.page.set_viewport_size(SIZE)


@pytest.mark.parametrize("name", ["Light", "Dark"])
async def test_axe_finds_nothing_serious(house: House, ana: Window, bo: Window, name: str) -> None:
    house.write(f"axe-{name}.ipynb", "one", "two")
    hers, his = await ana.open(f"axe-{name}.ipynb"), await bo.open(f"axe-{name}.ipynb")
    for document in (hers, his):
        await document.kernel_is_up()
    await bo.command("apputils:change-theme", theme=f"JupyterLab {name}")
    await bo.page.locator(f"body[data-jp-theme-light='{str(name == 'Light').lower()}']").wait_for(
        state="attached"
    )
    await hers.go(1)
    await bo.page.evaluate("() => jupyterapp.shell.activateById('jp-collaboration-panel')")
    await his.node.get_by_label("Ana is editing this cell").wait_for()
    await bo.page.get_by_role("list", name="People in this document").wait_for()
    await his.is_saved()
    await his.node.locator(".tandem-StatusItem-button").click()
    await bo.page.locator(".tandem-StatusPopup").wait_for()
    for selector in _OURS:
        assert await bo.page.locator(selector).count(), f"{selector} is not there to be looked at"
    assert await violations(bo.page, _OURS) == []
    await bo.command("apputils:change-theme", theme="JupyterLab Light")
    await bo.command("filebrowser:activate")


async def violations(page: Page, parts: list[str]) -> list[str]:
    """What axe finds serious or critical in these parts, once their colours have come to rest."""
    # Not as a script of the page: some pages of ours run none but their own.
    await page.evaluate(_AXE.read_text())
    found: list[str] = await page.evaluate(
        """async include => {
             const parts = [...document.querySelectorAll(include.join())];
             const moves = ({ effect, playState }) =>
               playState === 'running' &&
               parts.some(part => part.contains(effect.target) || effect.target?.contains(part)) &&
               Number.isFinite(effect.getComputedTiming().endTime);
             const moving = document.getAnimations().filter(moves);
             await Promise.allSettled(moving.map(({ finished }) => finished));
             const { violations } = await axe.run({ include });
             return violations
               .filter(({ impact }) => impact === 'serious' || impact === 'critical')
               .map(({ id, nodes }) => `${id}: ${nodes.map(n => n.html + n.failureSummary)}`);
           }""",
        parts,
    )
    return found
