"""The server is killed, and comes back at the same address."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal

import pytest

from tests.browser.house import House
from tests.browser.people import People
from tests.browser.window import Document, Window

pytestmark = [
    pytest.mark.browser,
    pytest.mark.fault,
    pytest.mark.asyncio(loop_scope="session"),
]

_WORDS = 60
_KEY_MS = 12


def words(text: str) -> list[str]:
    """The words that were typed to their end."""
    return re.findall(r"[ab]\d+(?= )", text)


async def type_words(document: Document, letter: str, number: int) -> None:
    text = "".join(f" {letter}{n}" for n in range(_WORDS))
    await document.type(text, number, delay_ms=_KEY_MS)


@pytest.mark.spec("P-1", "P-5", "P-6")
async def test_kill_9_while_two_type(
    house: House, people: People, ana: Window, bo: Window, eve: Window
) -> None:
    house.write("kill.ipynb", "ana:", "bo:")
    hers, his = await ana.open("kill.ipynb"), await bo.open("kill.ipynb")
    loaded = [await w.page.evaluate("() => performance.timeOrigin") for w in (ana, bo)]
    for document in (hers, his):
        await document.is_saved()
        await document.kernel_is_up()
        await document.watch()
    people.brace()
    typing = asyncio.gather(type_words(hers, "a", 0), type_words(his, "b", 1))
    await hers.wait(r"() => /a1\d /.test(record.saved)")
    await his.wait(r"() => /b1\d /.test(record.saved)")
    await house.end(signal.SIGKILL)
    saved = {*words(await hers.shown_as_saved()), *words(await his.shown_as_saved())}
    ana.line.close()
    bo.line.close()

    # Without the two, the server has nothing but what it wrote down.
    await house.rise()
    await eve.lab()
    third = await eve.open("kill.ipynb")
    await third.is_saved()
    recovered = words("\n".join(await third.sources()))
    assert saved <= set(recovered)
    assert len(recovered) == len(set(recovered))

    ana.line.open()
    bo.line.open()
    await typing
    everything = [
        "ana:" + "".join(f" a{n}" for n in range(_WORDS)),
        "bo:" + "".join(f" b{n}" for n in range(_WORDS)),
    ]
    for document in (hers, his, third):
        await document.shows(*everything)
        await document.is_saved()
    assert loaded == [await w.page.evaluate("() => performance.timeOrigin") for w in (ana, bo)]
    for document in (hers, his):
        await document.stands("^In file")
    assert house.text_of("kill.ipynb") == "\n".join(everything)


@pytest.mark.spec("P-5")
async def test_documents_load_anew_when_the_journal_was_deleted(
    house: House, people: People, ana: Window, bo: Window
) -> None:
    house.write("journal.ipynb", "one", "two", "three")
    hers, his = await ana.open("journal.ipynb"), await bo.open("journal.ipynb")
    for document in (hers, his):
        await document.kernel_is_up()
    await hers.type(" before", 2)
    await his.includes("three before")
    await his.is_saved()
    # With the journal, what is not in the file will be gone.
    await hers.stands("^In file")
    people.brace()
    await house.end(signal.SIGTERM)
    await hers.stands("^Offline")
    await his.stands("^Offline")
    await hers.type(" ana", 0)
    await his.type(" bo", 1)
    shutil.rmtree(house.home / "data" / "tandem")
    await house.rise()
    for window in (ana, bo):
        await window.is_told("your edits were merged")
    for window in (ana, bo):
        document = await window.find("journal.ipynb")
        await document.shows("one ana", "two bo", "three before")
        await document.is_saved()
