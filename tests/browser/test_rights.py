"""Somebody who may only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.house import House
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture
def eve_reads(house: House) -> Iterator[None]:
    house.deny("eve", "write.contents")
    yield
    house.allow("eve", "write.contents")


@pytest.mark.spec("P-10")
async def test_who_may_only_read_sees_all_and_changes_nothing(
    house: House, ana: Window, eve: Window, eve_reads: None
) -> None:
    house.write("read.ipynb", "one", "two")
    eve.complaints.expect("403")
    hers, evil = await ana.open("read.ipynb"), await eve.open("read.ipynb")
    status = await evil.stands("^Read-only$")
    assert (
        status.sentence
        == "You can read this document and see others work in it, but not change it."
    )
    await evil.editor(0).click()
    await eve.page.keyboard.type("eve")
    await hers.type(" ana", 1)
    for document in (hers, evil):
        await document.shows("one", "two ana")

    await evil.command_mode(1)
    await evil.chord("dd")
    await eve.is_told("not change it")
    # An extension may go another way than JupyterLab's own commands.
    await eve.page.evaluate(
        "path => seen.widget(path).content.model.sharedModel.deleteCell(1)", "read.ipynb"
    )
    await eve.is_told("only read")
    evil = await eve.find("read.ipynb")
    await evil.shows("one", "two ana")
    await evil.stands("^Read-only$")
    await hers.shows("one", "two ana")


@pytest.mark.spec("P-9")
async def test_the_right_to_write_is_taken_and_given_back(
    house: House, ana: Window, eve: Window
) -> None:
    house.write("taken.ipynb", "one", "two")
    hers, evil = await ana.open("taken.ipynb"), await eve.open("taken.ipynb")
    await evil.type(" eve", 0)
    await hers.shows("one eve", "two")
    await evil.is_saved()
    house.deny("eve", "write.contents")
    try:
        await evil.stands("^Read-only$")
        await evil.editor(1).click()
        await eve.page.keyboard.type("more")
        await hers.type(" ana", 1)
        await evil.shows("one eve", "two ana")
    finally:
        house.allow("eve", "write.contents")
    await evil.is_saved()
    await evil.type(" again", 0)
    await hers.shows("one eve again", "two ana")
