"""What happens to the file, or to the disk, under an open document."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.browser.house import House, notebook
from tests.browser.people import People
from tests.browser.runs import comes_true
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.spec("P-5")
async def test_another_program_writes_the_file_while_two_type(
    house: House, ana: Window, bo: Window
) -> None:
    house.write("checkout.ipynb", "one", "two", "three")
    hers, his = await ana.open("checkout.ipynb"), await bo.open("checkout.ipynb")
    await hers.is_saved()
    await his.is_saved()
    # Before they type: what the server had written of it meanwhile, the other program would have taken back.
    other = json.dumps(notebook("one", "two", "three changed", "four"))
    (house.root / "checkout.ipynb").write_text(other)
    await asyncio.gather(hers.type(" ana", 0), his.type(" bo", 1))
    for document in (hers, his):
        await document.shows("one ana", "two bo", "three changed", "four")
        await document.is_saved()
    for window in (ana, bo):
        await window.is_told("another program")
    for document in (hers, his):
        await document.stands("^In file")
    expected = "one ana\ntwo bo\nthree changed\nfour"
    await comes_true(lambda: house.text_of("checkout.ipynb") == expected)


@pytest.fixture
def fill_the_disk(house: House) -> Iterator[Callable[[], None]]:
    """What fills the disk; at the end there is room again."""
    yield lambda: house.set_file_bytes(1)
    house.set_file_bytes(0)
    # JupyterLab overwrites the files of its workspaces in place: they are torn now.
    shutil.rmtree(house.home / "config" / "lab" / "workspaces", ignore_errors=True)


@pytest.mark.fault
@pytest.mark.spec("P-11")
async def test_a_full_disk_is_shown_within_two_seconds(
    house: House, people: People, ana: Window, bo: Window, fill_the_disk: Callable[[], None]
) -> None:
    people.brace("status of 500 .*/lab/api/workspaces")
    house.write("full.ipynb", "one", "two")
    hers, his = await ana.open("full.ipynb"), await bo.open("full.ipynb")
    # A kernel writes a file when it starts.
    for document in (hers, his):
        await document.kernel_is_up()
        await document.is_saved()
    await hers.go(0)
    await hers.watch()
    fill_the_disk()
    begun = await ana.page.evaluate("() => performance.now()")
    await ana.page.keyboard.type(" ana")
    status = await hers.stands("^Cannot save")
    shown = next(at for at, label in await hers.labels() if label.startswith("Cannot save"))
    assert shown - begun < 2000
    assert status.tone == "stop"
    assert "Do not close this page." in status.sentence
    await his.shows("one ana", "two")

    house.set_file_bytes(0)
    for document in (hers, his):
        await document.is_saved()
        await document.shows("one ana", "two")
