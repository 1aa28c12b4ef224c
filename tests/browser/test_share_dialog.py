"""The sharing dialog: with the keyboard alone, with bad input, and looked at by axe."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.guest import visitor
from tests.browser.house import House
from tests.browser.sharer import Sharer
from tests.browser.test_status import violations
from tests.browser.window import Document, Window
from tests.integration.sharing.owner import Owner

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.spec("SHAREUI-7", "SHAREUI-1")
async def test_the_dialog_is_used_with_the_keyboard_alone(house: House, ana: Window) -> None:
    house.write("keys.ipynb", "one")
    hers = await ana.open("keys.ipynb")
    sharer, keyboard = Sharer(ana), ana.page.keyboard
    await ana.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # A notebook takes the focus when its kernel has started.
    await hers.kernel_is_up()
    await hers.command_mode(0)
    await keyboard.press("Control+Shift+C")
    await ana.page.locator(".lm-CommandPalette-input").wait_for()
    await keyboard.type("Share…")
    await ana.page.locator(".lm-CommandPalette-item.lm-mod-active", has_text="Share…").wait_for()
    await keyboard.press("Enter")
    role = sharer.dialog.get_by_label("What people with the link can do")
    await expect(role).to_be_focused()
    await keyboard.press("ArrowDown")
    await expect(role).to_have_value("commenter")
    await keyboard.press("Tab")
    await expect(sharer.button("Copy link")).to_be_focused()
    await keyboard.press("Enter")
    await sharer.says("The link was copied")
    (link,) = (await Owner(house).view("keys.ipynb"))["links"]
    assert link["role"] == "commenter"

    end = sharer.dialog.get_by_role("button", name=re.compile("^End: Link of"))
    await end.focus()
    await keyboard.press("Enter")
    await expect(end).to_have_attribute("aria-expanded", "true")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await sharer.says("The link has ended")
    assert await walk(sharer, 40) == [], "a control without a name, or one outside"
    await keyboard.press("Escape")
    await sharer.dialog.wait_for(state="detached")
    await ana.page.wait_for_function("document.activeElement.closest('.jp-Notebook') !== null")


async def walk(sharer: Sharer, steps: int) -> list[Any]:
    """Press Tab again and again: what has no name, or lies outside of the dialog."""
    wrong = []
    for _ in range(steps):
        await sharer.window.page.keyboard.press("Tab")
        wrong.append(
            await sharer.window.page.evaluate(
                """() => {
                     const node = document.activeElement;
                     const name = node.ariaLabel || node.labels?.[0]?.textContent ||
                       node.title || node.textContent;
                     const inside = node.closest('.tandem-ShareDialog') !== null;
                     return inside && name.trim() ? null : node.outerHTML.slice(0, 200);
                   }"""
            )
        )
    return [found for found in wrong if found is not None]


@pytest.mark.spec("SHAREUI-3", "SHAREUI-8")
async def test_what_cannot_be_is_said_in_the_dialog(house: House, ana: Window) -> None:
    house.write("odd.ipynb", "one")
    hers = await ana.open("odd.ipynb")
    ana.complaints.expect("status of 400")
    sharer = Sharer(ana)
    await sharer.open(hers)
    await sharer.part("Share by link").get_by_text("Options").click()
    uses = sharer.dialog.get_by_label("How many people may use the link")
    for odd in ("0", "-3", "1.5", "many", "<b>1</b>"):
        await uses.fill(odd)
        await uses.press("Enter")
        await sharer.objects("must be a whole number from 1")
    await uses.fill("")
    password = sharer.dialog.get_by_label("Password of the link")
    await password.fill("short")
    await password.press("Enter")
    await sharer.objects("8 to 256 characters")
    await password.fill("")
    await sharer.dialog.get_by_label("The link works for").select_option("date")
    await sharer.button("Copy link").click()
    await sharer.objects("Choose the date")
    date = sharer.dialog.get_by_label("Date and time at which it ends")
    yesterday = datetime.now().astimezone() - timedelta(days=1)
    await date.fill(yesterday.strftime("%Y-%m-%dT%H:%M"))
    await sharer.button("Copy link").click()
    await sharer.objects("in the future")

    people = sharer.part("Share with people")
    name = people.get_by_label("Name of the account")
    for odd, sentence in (("", "Type the name"), ("x" * 300, "1 to 255"), ("b\u202eo", "control")):
        await name.fill(odd)
        await name.press("Enter")
        await expect(people.locator("[role=alert]:not([hidden])")).to_contain_text(sentence)
    view = await Owner(house).view("odd.ipynb")
    assert (view["links"], view["grants"]) == ([], [])

    markup = "<img src=x onerror=alert(1)>"
    await name.fill(markup)
    await name.press("Enter")
    await expect(sharer.part("Who has access")).to_contain_text(markup)
    assert await sharer.dialog.locator("img").count() == 0
    await sharer.close()


@pytest.mark.spec("SHAREUI-7")
async def test_a_document_that_takes_the_focus_does_not_get_it(house: House, ana: Window) -> None:
    """As notebooks do when their kernel is ready; the next Enter would close other dialogs."""
    house.write("greedy.ipynb", "one")
    hers = await ana.open("greedy.ipynb")
    await hers.kernel_is_up()
    sharer = Sharer(ana)
    await sharer.open(hers)
    await sharer.part("Share by link").get_by_text("Options").click()
    uses = sharer.dialog.get_by_label("How many people may use the link")
    await uses.fill("0")
    await ana.page.evaluate("() => document.querySelector('.jp-Notebook .cm-content').focus()")
    await ana.page.keyboard.press("Enter")
    await sharer.objects("must be a whole number from 1")
    await expect(uses).to_be_focused()
    await sharer.close()


@pytest.mark.spec("SHAREUI-7")
@pytest.mark.parametrize("theme", ["Light", "Dark"])
async def test_axe_finds_nothing_serious_in_sharing(
    browser: Browser, house: House, ana: Window, theme: str
) -> None:
    path = f"axe-share-{theme}.ipynb"
    house.write(path, "one")
    link, _ = await Owner(house).link(path, guests=True, max_uses=2)
    hers: Document = await ana.open(path)
    await ana.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    light = str(theme == "Light").lower()
    await ana.page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")
    async with visitor(browser, house) as zoe:
        await zoe.page.emulate_media(color_scheme="light" if theme == "Light" else "dark")
        await zoe.page.goto(zoe.here(link["url"]))
        await zoe.page.get_by_role("button", name="Continue").wait_for()
        assert await violations(zoe.page, ["main"]) == []
        await zoe.come_into_notebook(link["url"], "Zoë")
        assert await violations(zoe.page, [".tandem-RoleBadge"]) == []
        await ana.command("tandem:show-shared")
        sharer = Sharer(ana)
        await sharer.open(hers)
        await sharer.part("Share by link").get_by_text("Options").click()
        await sharer.button("Remove Zoë").click()
        await sharer.dialog.get_by_label(re.compile("^End: Link")).click()
        assert await violations(ana.page, [".tandem-Share", ".tandem-Shelf"]) == []
        await sharer.close()
    await ana.command("apputils:change-theme", theme="JupyterLab Light")
    await ana.command("filebrowser:activate")
