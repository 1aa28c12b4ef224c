"""Others move, replace and delete the cell somebody is typing in."""

from __future__ import annotations

import asyncio
import re
import string

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.browser.window import Document, Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_FASTEST_MS = 30

_TURNS = ("Control+Shift+ArrowDown", "m", "Control+Shift+ArrowUp", "y")
"""Moved, and made Markdown and code again, which she trusts."""

_MOVES_S = 0.3
"""Between two moves of a cell: faster than a person does it, slower than typing."""


async def in_one(house: House, name: str, ana: Window, bo: Window) -> tuple[Document, Document]:
    """A notebook in two windows, saved."""
    house.write(name, "aaa", "bbb", "ccc", "ddd")
    hers, his = await ana.open(name), await bo.open(name)
    for document in (hers, his):
        await document.kernel_is_up()
        await document.is_saved()
    return hers, his


async def both_show(hers: Document, his: Document, *sources: str) -> None:
    """Return when both show exactly these cells, saved."""
    for document in (hers, his):
        await document.shows(*sources)
        await document.is_saved()


@pytest.mark.spec("PRESENCE-8")
async def test_nothing_typed_is_lost_while_the_cell_is_moved_and_changed(
    house: House, ana: Window, bo: Window
) -> None:
    hers, his = await in_one(house, "about.ipynb", ana, bo)
    text = string.ascii_lowercase * 4
    await hers.command_mode(1)
    await his.go(1)
    typing = asyncio.create_task(bo.page.keyboard.type(text, delay=_FASTEST_MS))
    moved = 0
    while not typing.done():
        await hers.press(_TURNS[moved % len(_TURNS)])
        moved += 1
        await asyncio.sleep(_MOVES_S)
    await typing
    assert moved > 3
    await his.wait("({ path, words }) => seen.sources(path).includes(words)", words="bbb" + text)
    await hers.shows(*await his.sources())
    assert sorted(await hers.sources()) == ["aaa", "bbb" + text, "ccc", "ddd"]


@pytest.mark.spec("PRESENCE-8")
@pytest.mark.parametrize(
    "keys", [["Control+Shift+ArrowDown"], ["m"]], ids=["one above is moved", "one above is changed"]
)
async def test_who_types_stays_when_others_are_busy_above(
    house: House, ana: Window, bo: Window, keys: list[str]
) -> None:
    hers, his = await in_one(house, f"above{len(keys[0])}.ipynb", ana, bo)
    await hers.command_mode(0)
    await his.go(2)
    typing = asyncio.create_task(bo.page.keyboard.type(string.ascii_lowercase, delay=_FASTEST_MS))
    await hers.includes("cccab")
    assert not typing.done()
    await hers.press(*keys)
    await typing
    await his.wait(
        "({ path, words }) => seen.sources(path).includes(words)",
        words="ccc" + string.ascii_lowercase,
    )
    await hers.shows(*await his.sources())


@pytest.mark.spec("PRESENCE-8")
async def test_what_two_had_typed_is_there_once_and_what_was_erased_is_not(
    house: House, ana: Window, bo: Window
) -> None:
    hers, his = await in_one(house, "two.ipynb", ana, bo)
    await his.type("ON", 1)
    await hers.shows("aaa", "bbbON", "ccc", "ddd")
    bo.line.swallow()
    await his.press("Backspace")
    await bo.page.keyboard.type("FF")
    await hers.type("her", 1, "Control+Home")
    await hers.command_mode(1)
    await hers.press("Control+Shift+ArrowDown")
    bo.line.heal()
    await both_show(hers, his, "aaa", "ccc", "herbbbOFF", "ddd")


@pytest.mark.spec("PRESENCE-8")
async def test_who_types_goes_along_when_the_cell_becomes_another_type(
    house: House, ana: Window, bo: Window
) -> None:
    hers, his = await in_one(house, "type.ipynb", ana, bo)
    await hers.command_mode(1)
    await his.go(1)
    await his.press("ArrowLeft")
    await hers.press("m")
    await expect(his.node.locator(".jp-MarkdownCell")).to_have_count(1)
    await expect(his.editor(1)).to_be_focused()
    await bo.page.keyboard.type("12")
    await his.shows("aaa", "bb12b", "ccc", "ddd")
    await hers.includes("bb12b")


@pytest.mark.spec("PRESENCE-8", "PRESENCE-9")
async def test_what_was_typed_offline_into_cells_that_were_moved_and_deleted(
    house: House, ana: Window, bo: Window
) -> None:
    hers, his = await in_one(house, "offline.ipynb", ana, bo)
    bo.line.swallow()
    await his.type(" his 🌲", 1)
    await his.type(" too", 2)
    await his.go(0)
    await hers.type("her ", 1, "Control+Home")
    await hers.command_mode(2)
    await hers.chord("dd")
    await hers.command_mode(1)
    await hers.press("Control+Shift+ArrowDown")
    bo.line.heal()
    await both_show(hers, his, "aaa", "ddd", "her bbb his 🌲")
    await expect(his.editor(0)).to_be_focused()
    await bo.is_told("deleted the cell you were typing in")
    await bo.page.get_by_role("button", name="Bring it back").click()
    await both_show(hers, his, "aaa", "ddd", "ccc too", "her bbb his 🌲")


@pytest.mark.spec("PRESENCE-8", "PRESENCE-9")
async def test_who_has_only_selected_a_cell_goes_along_or_has_the_next_one(
    house: House, ana: Window, bo: Window
) -> None:
    hers, his = await in_one(house, "selected.ipynb", ana, bo)
    await his.command_mode(1)
    await hers.command_mode(1)
    await hers.press("Control+Shift+ArrowDown", "Control+Shift+ArrowDown")
    await his.shows("aaa", "ccc", "ddd", "bbb")
    await expect(his.node.locator(".jp-Cell").nth(3)).to_have_class(re.compile("jp-mod-active"))
    await his.chord("dd")
    await both_show(hers, his, "aaa", "ccc", "ddd")

    await his.command_mode(1)
    await hers.command_mode(1)
    await hers.chord("dd")
    await his.shows("aaa", "ddd")
    await expect(his.node.locator(".jp-Cell").nth(1)).to_have_class(re.compile("jp-mod-active"))
    assert "deleted" not in " ".join(await bo.page.evaluate("() => seen.notifications()"))


@pytest.mark.spec("PRESENCE-9")
async def test_what_is_typed_goes_nowhere_when_the_cell_is_deleted_and_it_can_be_had_again(
    house: House, ana: Window, bo: Window
) -> None:
    hers, his = await in_one(house, "deleted.ipynb", ana, bo)
    await his.type(" and more", 1)
    await hers.shows("aaa", "bbb and more", "ccc", "ddd")
    await hers.command_mode(1)
    await hers.chord("dd")
    await his.shows("aaa", "ccc", "ddd")
    # Letters of which each would do something to a cell that is selected.
    await bo.page.keyboard.type("ddxab1m")
    await bo.is_told("deleted the cell you were typing in")
    await his.shows("aaa", "ccc", "ddd")
    await bo.page.get_by_role("button", name="Bring it back").click()
    await both_show(hers, his, "aaa", "bbb and more", "ccc", "ddd")
