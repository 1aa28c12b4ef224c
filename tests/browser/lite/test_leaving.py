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
from tests.browser.lite.place import TEXT, visitor
from tests.browser.lite.test_together import room
from tests.integration.signaling.serving import free_port

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.spec("LITE-17")
async def test_who_vanishes_is_missed_within_ten_seconds(welcome: Welcome) -> None:
    name = room()
    ada = await welcome("Ada", room=name)
    bob = await welcome("Bob", room=name)
    hers, his = await asyncio.gather(ada.open(TEXT), bob.open(TEXT))
    await ada.is_with(hers, 1)
    await his.type("the last words of bob\n")
    await hers.includes("the last words of bob")
    await bob.crash()
    began = time.monotonic()
    await ada.is_with(hers, 0)
    await ada.sees(hers)
    # What the machine was busy with while it took so long is no promise's business.
    assert time.monotonic() - began < 15
    await hers.type("ada goes on\n")
    await bob.visit(room=name)
    his = await bob.open(TEXT)
    await his.includes("the last words of bob", "ada goes on")


@pytest.mark.spec("LITE-15", "LITE-17")
async def test_who_slept_is_back_with_everything(welcome: Welcome) -> None:
    name = room()
    ada = await welcome("Ada", room=name)
    bob = await welcome("Bob", room=name)
    hers, his = await asyncio.gather(ada.open(TEXT), bob.open(TEXT))
    await asyncio.gather(ada.is_with(hers, 1), bob.is_with(his, 1))
    async with bob.asleep():
        await ada.is_with(hers, 0)
        await hers.type("while bob slept\n")
    await his.includes("while bob slept")
    await his.type("awake\n")
    await hers.includes("awake")
    await ada.is_with(hers, 1)


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
@pytest.mark.spec("LITE-4")
async def test_eight_people(welcome: Welcome) -> None:
    name = room()
    crowd = [await welcome(f"P{at}", room=name) for at in range(8)]
    documents = [await person.open(TEXT) for person in crowd]
    for person, document in zip(crowd, documents, strict=True):
        await person.is_with(document, 7)
    for at, document in enumerate(documents):
        await document.type(f"line of {at}\n")
    lines = [f"line of {at}" for at in range(8)]
    for document in documents:
        await document.includes(*lines)
    texts = [(await document.sources())[0] for document in documents]
    assert len(set(texts)) == 1
    assert len(texts[0].splitlines()) == 2 + len(lines)
    await crowd[3].crash()
    for person, document in zip(crowd, documents, strict=True):
        if person is not crowd[3]:
            await person.is_with(document, 6)
