"""Who comes, goes, vanishes or sleeps; and a signaling server that does."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser

from examples.lite.run import signaling
from tests.browser.complaints import UNREACHABLE
from tests.browser.lite.conftest import Welcome
from tests.browser.lite.couple import Couple, room
from tests.browser.lite.place import TEXT, Visitor, visitor
from tests.integration.signaling.serving import free_port

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.spec("LITE-17")
async def test_who_vanishes_is_missed_within_ten_seconds(couple: Couple, welcome: Welcome) -> None:
    path = await couple.text()
    (hers, his), cyd = await asyncio.gather(couple.open(path), welcome("Cyd", room=couple.room))
    await cyd.write(path, await couple.ada.read(path))
    theirs = await cyd.open(path)
    await asyncio.gather(couple.ada.is_with(hers, 2), couple.bob.is_with(his, 2))
    await theirs.type("the last words of cyd\n")
    await hers.includes("the last words of cyd")
    await cyd.crash()
    began = time.monotonic()
    await couple.ada.is_with(hers, 1)
    await couple.ada.sees(hers, "Bob")
    # What the machine was busy with while it took so long is no promise's business.
    assert time.monotonic() - began < 15
    await hers.type("ada goes on\n")
    await cyd.visit(room=couple.room)
    theirs = await cyd.open(path)
    await theirs.includes("the last words of cyd", "ada goes on")


@pytest.mark.spec("LITE-22")
async def test_the_signaling_server_goes_and_comes_back(browser: Browser, site: str) -> None:
    port = free_port()
    config = {"fullWebRtcSignalingUrls": [f"ws://127.0.0.1:{port}"]}
    name = room()
    async with AsyncExitStack() as stack:
        ada, bob, cyd = [
            await stack.enter_async_context(visitor(browser, site, config)) for _ in range(3)
        ]
        for person in (ada, bob, cyd):
            person.complaints.expect(*UNREACHABLE)
        with signaling(port) as process:
            await asyncio.gather(ada.visit(room=name), bob.visit(room=name))
            hers, his = await asyncio.gather(ada.open(TEXT), bob.open(TEXT))
            await asyncio.gather(ada.is_with(hers, 1), bob.is_with(his, 1))
            process.kill()
            process.wait()
        await ada.is_told(hers, "Who is connected already stays connected.")
        await hers.type("without a server\n")
        await his.includes("without a server")
        with signaling(port):
            await asyncio.gather(ada.is_with(hers, 1), bob.is_with(his, 1))
            await cyd.visit(room=name)
            theirs = await cyd.open(TEXT)
            await theirs.includes("without a server")
            await cyd.is_with(theirs, 2)


@pytest.mark.slow
@pytest.mark.spec("LITE-4", "LITE-17")
async def test_eight_people(couple: Couple, welcome: Welcome) -> None:
    documents = list(await couple.open(TEXT))
    guests: list[Visitor] = []
    for names in (("P2", "P3"), ("P4", "P5"), ("P6", "P7")):
        guests += await asyncio.gather(*(welcome(name, room=couple.room) for name in names))
    documents += await asyncio.gather(*(guest.open(TEXT) for guest in guests))
    crowd = [couple.ada, couple.bob, *guests]
    everybody = list(zip(crowd, documents, strict=True))
    await asyncio.gather(*(person.is_with(document, 7) for person, document in everybody))
    lines = [f"line of {at}" for at in range(8)]
    # One after the other: letters that two people type at one place at once may come between each other.
    for document, line in zip(documents, lines, strict=True):
        await document.type(f"{line}\n")
    await asyncio.gather(*(document.includes(*lines) for document in documents))
    texts = [(await document.sources())[0] for document in documents]
    assert len(set(texts)) == 1
    assert len(texts[0].splitlines()) == 2 + len(lines)
    gone = guests[2]
    await gone.crash()
    stay = [(person, document) for person, document in everybody if person is not gone]
    await asyncio.gather(*(person.is_with(document, 6) for person, document in stay))
