"""How a document begins: never with a doubled cell, never with something lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.lite.conftest import Welcome
from tests.browser.lite.couple import Couple, room
from tests.browser.lite.place import CELLS, NOTEBOOK, Visitor, notebook
from tests.browser.window import Document

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


_AT_ONCE = 5
_TYPE = """([path, number, text]) => {
  const cell = seen.widget(path).context.model.sharedModel.getCell(number);
  cell.updateSource(cell.source.length, cell.source.length, text);
}"""


@pytest.mark.spec("LITE-8", "LITE-9", "LITE-11")
async def test_two_open_the_same_file_at_the_same_moment(
    couple: Couple, request: pytest.FixtureRequest
) -> None:
    """Each round is a file of its own, equal in both browsers but for how it is written."""
    rounds = request.config.getoption("--lite-rounds")
    for first in range(0, rounds, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, rounds))
        paths = [await couple.notebook(*CELLS, f"round {number}") for number in numbers]
        opened = await asyncio.gather(*(couple.open(path) for path in paths))
        await asyncio.gather(
            *(_both_write(couple, *pair) for pair in zip(paths, opened, strict=True))
        )
        await couple.close_documents()


async def _both_write(couple: Couple, path: str, opened: tuple[Document, Document]) -> None:
    hers, his = opened
    last = (await hers.sources())[3]
    await asyncio.gather(
        couple.ada.page.evaluate(_TYPE, [path, 0, " a"]),
        couple.bob.page.evaluate(_TYPE, [path, 2, " b"]),
    )
    expected = [f"{CELLS[0]} a", CELLS[1], f"{CELLS[2]} b", last]
    await asyncio.gather(hers.shows(*expected), his.shows(*expected))


async def differ(welcome: Welcome) -> tuple[Visitor, Document, Visitor, Document]:
    """Ada works in the room; Bob comes with another copy, which he has changed on his own."""
    ada, bob = await asyncio.gather(welcome("Ada"), welcome("Bob"))
    for person, change in ((ada, " // ada"), (bob, " // bob")):
        await alter_alone(person, change, 0 if person is ada else 2)
    name = room()
    await ada.visit(room=name, username="Ada")
    hers = await ada.open(NOTEBOOK)
    await hers.stands("^Saved, alone$")
    await bob.visit(room=name, username="Bob")
    await bob.start_opening(NOTEBOOK)
    await expect(bob.page.locator(".jp-Dialog")).to_contain_text("differs from the room")
    return ada, hers, bob, Document(bob, NOTEBOOK)  # type: ignore[arg-type]


async def alter_alone(person: Visitor, change: str, cell: int = 0) -> None:
    """Change the notebook while in no room, and close it."""
    alone = await person.open(NOTEBOOK)
    await alone.type(change, cell)
    await person.has_in_file(NOTEBOOK, change)
    await person.close(NOTEBOOK)


MERGED = [f"{CELLS[0]} // ada", CELLS[1], f"{CELLS[2]} // bob"]


async def choose(person: Visitor, label: str) -> None:
    await person.page.locator(".jp-Dialog").get_by_role("button", name=label).click()


async def copies(person: Visitor) -> list[Any]:
    """The sources in the copies beside the notebook, mine first."""
    names = [name for name in await person.files() if name.startswith("work-")]
    contents = [await person.read(name) for name in names]
    return [[cell["source"] for cell in content["cells"]] for content in contents]


@pytest.mark.spec("LITE-9", "LITE-13", "LITE-14")
async def test_copies_that_differ_are_merged_and_both_are_kept(welcome: Welcome) -> None:
    ada, hers, bob, his = await differ(welcome)
    await choose(bob, "Merge Both")
    await his.shows(*MERGED)
    await hers.shows(*MERGED)
    assert await copies(bob) == [[*CELLS[:2], MERGED[2]], [MERGED[0], *CELLS[1:]]]
    await ada.is_with(hers, 1)
    await ada.has_in_file(NOTEBOOK, "// bob", "// ada")


@pytest.mark.spec("LITE-13")
async def test_who_stays_apart_changes_nothing_and_may_think_again(welcome: Welcome) -> None:
    ada, hers, bob, his = await differ(welcome)
    await choose(bob, "Stay Apart")
    mine = [*CELLS[:2], MERGED[2]]
    await his.shows(*mine)
    await bob.is_told(his, "You keep your own copy")
    await ada.is_with(hers, 0)
    # Asked again, the room's document is taken; what is open makes way for it.
    await his.node.locator(".tandem-StatusItem-button").click()
    await bob.page.get_by_role("button", name="Reconnect").click()
    await choose(bob, "Use the Room")
    await his.shows(MERGED[0], *CELLS[1:])
    await bob.is_with(his, 1)
    assert mine in await copies(bob)
    await his.type(" // both", 2)
    await hers.includes("// both")


@pytest.mark.spec("LITE-12")
async def test_who_never_changed_their_copy_is_not_asked(welcome: Welcome) -> None:
    name = room()
    ada = await welcome("Ada", room=name)
    await ada.write(NOTEBOOK, notebook(MERGED[0], *CELLS[1:]))
    hers = await ada.open(NOTEBOOK)
    await hers.stands("^Saved, alone$")
    # Bob has what the site brought, which is neither Ada's nor his own doing.
    bob = await welcome("Bob", room=name)
    his = await bob.open(NOTEBOOK)
    await his.shows(MERGED[0], *CELLS[1:])
    await asyncio.gather(ada.is_with(hers, 1), bob.is_with(his, 1))
    assert await copies(bob) == []
    await bob.has_in_file(NOTEBOOK, "// ada")


@pytest.mark.spec("LITE-9", "LITE-12")
async def test_who_works_in_an_unchanged_copy_goes_over_to_those_met_late(welcome: Welcome) -> None:
    name = room()
    ada, bob = await asyncio.gather(welcome("Ada", room=name), welcome("Bob"))
    await ada.write(NOTEBOOK, notebook(MERGED[0], *CELLS[1:]))
    hers = await ada.open(NOTEBOOK)
    await hers.stands("^Saved, alone$")
    # The room answers after the moment that Bob's copy waits for it.
    await bob.hear_late(3)
    await bob.visit(room=name, username="Bob")
    his = await bob.open(NOTEBOOK)
    assert await his.sources() == CELLS
    await his.shows(MERGED[0], *CELLS[1:])
    await asyncio.gather(ada.is_with(hers, 1), bob.is_with(his, 1))
    assert await hers.sources() == [MERGED[0], *CELLS[1:]]
    assert await copies(bob) == await copies(ada) == []


@pytest.mark.spec("LITE-15", "LITE-19")
async def test_edits_made_alone_merge_when_others_are_back(welcome: Welcome) -> None:
    name = room()
    ada, bob = await asyncio.gather(welcome("Ada", room=name), welcome("Bob", room=name))
    hers, his = await asyncio.gather(ada.open(NOTEBOOK), bob.open(NOTEBOOK))
    await asyncio.gather(ada.is_with(hers, 1), bob.is_with(his, 1))
    await hers.type(" // together", 0)
    await bob.has_in_file(NOTEBOOK, "// together")
    # Bob's page ends in the middle of it; Ada goes on, and goes; then Bob is alone.
    await bob.page.goto("about:blank")
    await ada.is_with(hers, 0)
    await hers.type(" // ada", 0)
    await ada.has_in_file(NOTEBOOK, "// ada")
    await ada.page.goto("about:blank")
    await bob.visit(room=name)
    his = await bob.open(NOTEBOOK)
    await his.shows(f"{CELLS[0]} // together", *CELLS[1:])
    await his.type(" // bob", 2)
    await bob.has_in_file(NOTEBOOK, "// bob")
    await ada.visit(room=name)
    hers = await ada.open(NOTEBOOK)
    for document in (hers, his):
        await document.shows(f"{CELLS[0]} // together // ada", CELLS[1], f"{CELLS[2]} // bob")
