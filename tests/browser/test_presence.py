"""Who is here, and where."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.browser.rest import at_rest
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_IS_AT = """({ path, cell }) => {
  const { awareness } = seen.widget(path).context.model.sharedModel;
  return [...awareness.getStates()].some(
    ([id, { activeCell }]) => id !== awareness.clientID && activeCell?.cellId === cell);
}"""
"""Whether somebody else is known to be at a cell."""


async def test_the_name_is_at_the_cursor(house: House, ana: Window, bo: Window) -> None:
    house.write("cursor.md", "one", "two")
    hers, his = await ana.open("cursor.md", "Editor"), await bo.open("cursor.md", "Editor")
    await hers.type("1. ", key="Control+Home")
    await his.node.locator(".jp-remote-cursor").first.wait_for()
    await expect(bo.page.locator(".jp-remote-userFlag-name").first).to_have_text("Ana")


@pytest.mark.spec("PRESENCE-1", "PRESENCE-2")
async def test_discs_in_the_gutter_say_who_is_in_which_cell(
    house: House, ana: Window, bo: Window, eve: Window
) -> None:
    house.write("gutter.ipynb", "one", "two", "three")
    hers, his, evil = [await person.open("gutter.ipynb") for person in (ana, bo, eve)]
    for document in (hers, his, evil):
        await document.kernel_is_up()
    await hers.go(1)
    await evil.command_mode(2)
    cells = his.node.locator(".jp-Cell")
    await expect(cells.nth(1).get_by_label("Ana is editing this cell")).to_be_visible()
    await expect(cells.nth(2).get_by_label("Eve is at this cell")).to_be_visible()

    await hers.command_mode(2)
    await expect(cells.nth(2).locator(".tandem-Avatar")).to_have_count(2)
    await expect(cells.nth(1).locator(".tandem-Avatar")).to_have_count(0)

    async def boxes() -> list[Any]:
        return [await cells.nth(n).bounding_box() for n in range(3)]

    before = await at_rest(boxes)
    await hers.go(0)
    await expect(cells.nth(0).get_by_label("Ana is editing this cell")).to_be_visible()
    assert await boxes() == before, "cells have moved"


@pytest.mark.spec("PRESENCE-4")
async def test_the_list_of_people_leads_to_them(house: House, ana: Window, bo: Window) -> None:
    house.write("list.ipynb", *("one\ntwo\nthree\nfour" for _ in range(30)))
    # The panel may be open, and would be closed.
    await bo.command("filebrowser:activate")
    hers, his = await ana.open("list.ipynb"), await bo.open("list.ipynb")
    for document in (hers, his):
        await document.kernel_is_up()
        await document.command_mode(0)
    await hers.press(*["ArrowDown"] * 25)
    await his.wait(_IS_AT, cell="c25")
    await bo.page.get_by_title(re.compile("Collaboration|People")).first.click()
    people = bo.page.get_by_role("list", name="People in this document")
    disc = his.node.get_by_label("Ana is at this cell")
    await expect(disc).not_to_be_in_viewport()
    await people.get_by_role("button", name="Ana", exact=True).click()
    await his.wait("({ path }) => seen.widget(path).content.activeCellIndex === 25")
    await expect(disc).to_be_in_viewport()
    await ana.close_documents()
    await expect(people.get_by_role("button")).to_have_count(0)
    await bo.command("filebrowser:activate")
