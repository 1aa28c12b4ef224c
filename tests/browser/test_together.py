"""Two people in one document, in every kind of window."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser

from tests.browser.house import House
from tests.browser.window import Document, Window, window
from tests.integration.server.host import ANA, BO

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def at_once(*documents: Document) -> None:
    """Type into two cells from two windows at the same time, and see all of it in both."""
    hers, his = documents
    await asyncio.gather(hers.type(" # ana 🌲", 0), his.type(" # bo é", 1))
    for document in documents:
        await document.shows("x = 1 # ana 🌲", "y = 2 # bo é")
        await document.is_saved()


@pytest.mark.spec("P-2")
async def test_both_type_in_jupyterlab(house: House, ana: Window, bo: Window) -> None:
    house.write("together.ipynb", "x = 1", "y = 2")
    await at_once(await ana.open("together.ipynb"), await bo.open("together.ipynb"))


@pytest.mark.spec("P-2")
async def test_both_type_in_notebook(house: House, browser: Browser) -> None:
    house.write("notebook.ipynb", "x = 1", "y = 2")
    async with window(browser, house, ANA) as ana, window(browser, house, BO) as bo:
        await at_once(await ana.notebook("notebook.ipynb"), await bo.notebook("notebook.ipynb"))


@pytest.mark.spec("P-2")
async def test_both_type_into_one_line_of_a_text(house: House, ana: Window, bo: Window) -> None:
    house.write("list.md", "# List", "- milk")
    hers, his = await ana.open("list.md", "Editor"), await bo.open("list.md", "Editor")
    await asyncio.gather(hers.type(" (ana)"), his.type("(bo) ", key="Control+Home"))
    for document in (hers, his):
        await document.shows("(bo) # List\n- milk (ana)")
        await document.is_saved()
    for document in (hers, his):
        await document.stands("^In file")
    assert (house.root / "list.md").read_text() == "(bo) # List\n- milk (ana)"


@pytest.mark.spec("P-5")
async def test_cells_are_moved_inserted_split_and_deleted_at_once(
    house: House, ana: Window, bo: Window
) -> None:
    """Nobody sees what the other one does until both are done."""
    house.write("cells.ipynb", "a", "b", "x", "c1\nc2", "d", "e")
    hers, his = await ana.open("cells.ipynb"), await bo.open("cells.ipynb")
    await hers.is_saved()
    await his.is_saved()
    ana.line.swallow()
    bo.line.swallow()

    await hers.command_mode(0)
    await hers.press("Control+Shift+ArrowDown")  # a behind b
    await hers.command_mode(5)
    await hers.chord("dd")  # e goes
    await his.command_mode(4)
    await his.press("b")  # a new cell below d
    await his.type("new", 5)
    await his.go(3, "Control+Home")
    await his.press("End", "Control+Shift+Minus")  # c1 | c2
    await hers.shows("b", "a", "x", "c1\nc2", "d")
    await his.shows("a", "b", "x", "c1", "c2", "d", "new", "e")

    ana.line.heal()
    bo.line.heal()
    for document in (hers, his):
        await document.shows("b", "a", "x", "c1", "c2", "d", "new")
        await document.is_saved()


@pytest.mark.spec("P-2")
async def test_three_people_type_at_the_same_place(
    house: House, ana: Window, bo: Window, eve: Window
) -> None:
    house.write("three.ipynb", "")
    documents = [await person.open("three.ipynb") for person in (ana, bo, eve)]
    words = ("alpha ", "beta ", "gamma ")
    await asyncio.gather(*(d.type(word) for d, word in zip(documents, words, strict=True)))
    for document in documents:
        await document.wait("({ path }) => seen.sources(path)[0].length === 17")
        await document.is_saved()
    texts = [await document.sources() for document in documents]
    assert texts[0] == texts[1] == texts[2]
    assert sorted(texts[0][0]) == sorted("".join(words))
