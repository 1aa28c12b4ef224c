"""The network goes away and comes back."""

from __future__ import annotations

import pytest
from playwright.async_api import Error

from tests.browser.complaints import UNREACHABLE
from tests.browser.house import House
from tests.browser.window import Document, Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def both_open(path: str, house: House, ana: Window, bo: Window) -> tuple[Document, Document]:
    house.write(path, "one", "two")
    hers, his = await ana.open(path), await bo.open(path)
    for document in (hers, his):
        await document.kernel_is_up()
    for document in (hers, his):
        await document.is_saved()
    return hers, his


@pytest.mark.spec("P-5", "P-6")
async def test_what_both_wrote_while_one_was_offline_is_there_once(
    house: House, ana: Window, bo: Window
) -> None:
    hers, his = await both_open("offline.ipynb", house, ana, bo)
    await hers.watch()
    await ana.go_offline()
    await hers.stands("^Offline$")
    await hers.type(" ana", 0)
    await hers.command_mode(1)
    await hers.press("b")
    await hers.type("her cell", 2)
    await his.type("bo ", 0, "Control+Home")
    await his.type(" bo", 1)
    status = await hers.stands(r"^Offline, \d+ edits here$")
    assert "You can go on working." in status.sentence
    assert await hers.sources() == ["one ana", "two", "her cell"]

    await ana.go_online()
    for document in (hers, his):
        await document.shows("bo one ana", "two bo", "her cell")
        await document.is_saved()
    labels = [label for _, label in await hers.labels()]
    assert labels[-1].startswith(("Saved", "In file")), labels
    for document in (hers, his):
        await document.stands("^In file")
    assert house.text_of("offline.ipynb") == "bo one ana\ntwo bo\nher cell"


@pytest.mark.spec("P-6")
async def test_a_cable_that_was_pulled_is_noticed_and_forgiven(
    house: House, ana: Window, bo: Window
) -> None:
    """Nothing says that the connection is gone: only that nobody answers."""
    house.write("cable.md", "one")
    hers, his = await ana.open("cable.md", "Editor"), await bo.open("cable.md", "Editor")
    await hers.is_saved()
    ana.line.swallow()
    await hers.type(" ana")
    status = await hers.stands(r"^\d+ edits pending$|^Offline, \d+ edits here$")
    assert status.tone == "mind"
    await his.type("bo ", key="Control+Home")
    ana.line.lose()
    for document in (hers, his):
        await document.shows("bo one ana")
        await document.is_saved()
    ana.complaints.expect(*UNREACHABLE)
    ana.line.bury()


@pytest.mark.spec("P-5")
async def test_edits_made_offline_survive_a_reload(house: House, ana: Window, bo: Window) -> None:
    hers, his = await both_open("reload.ipynb", house, ana, bo)
    await ana.go_offline()
    await hers.stands("^Offline$")
    await hers.type(" ana", 0)
    await hers.wait("({ path }) => seen.status(path).sentence.includes('even if you close')")
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        await ana.page.reload()
    await his.type(" bo", 1)

    await ana.go_online()
    await ana.lab()
    hers = await ana.open("reload.ipynb")
    for document in (hers, his):
        await document.shows("one ana", "two bo")
        await document.is_saved()
    await ana.lab()
    hers = await ana.open("reload.ipynb")
    await hers.is_saved()
    await hers.shows("one ana", "two bo")
