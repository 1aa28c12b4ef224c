"""At the server that keeps the file: what others want is run by the service's word, and by no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.federation import errands as module
from jupyter_tandem.engine.federation.errands import Errands
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.protocol.federation import Errand, FederationMessage, Outcome, Warrant
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address
from tests.unit.engine.execution.bench import FakeKernels, House, Person, put_notebook


class FakeLink:
    """The way to the service."""

    document = "d1"
    channel = 7

    def __init__(self, live: LiveRoom) -> None:
        self.live = live
        self.told: list[FederationMessage] = []
        self.news = asyncio.Event()

    @property
    def address(self) -> Address:
        return self.live.address

    def tell_of_runs(self, message: FederationMessage) -> None:
        self.told.append(message)
        self.news.set()

    async def until(self, wanted: FederationMessage | type[FederationMessage]) -> Any:
        """The first message that is like this."""
        while True:
            for message in self.told:
                if message == wanted or (isinstance(wanted, type) and isinstance(message, wanted)):
                    self.told.remove(message)
                    return message
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 10)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


async def linked(house: House) -> tuple[Person, Errands, Any]:
    alice = await house.enter("a.ipynb", "alice")
    errands, link = Errands(house.hall), FakeLink(alice.live)
    errands.joined(link)  # type: ignore[arg-type]  # as much of a link as is needed
    return alice, errands, link


def wish(number: int, cell: str) -> Errand:
    command = {"type": "run", "number": number, "key": "", "cells": [{"id": cell}]}
    return Errand(7, number, "bob", "Bob", command)


@pytest.mark.spec("HUBRUN-2", "HUBRUN-6")
async def test_a_wish_is_carried_out_by_the_services_word(house: House) -> None:
    alice, errands, link = await linked(house)
    errands.asked(link, wish(1, "c0"))
    await link.until(Warrant(7, "bob", None))
    errands.asked(link, Warrant(7, "bob", may_run=True))
    outcome = await link.until(Outcome)
    assert (outcome.number, outcome.answer["status"]) == (1, "accepted")
    await link.until(Warrant(7, "bob", None))
    errands.asked(link, Warrant(7, "bob", may_run=True))
    await house.kernels.until_asked(1)
    assert alice.runs[1]["user"] == {"username": "bob", "display_name": "Bob"}


@pytest.mark.spec("HUBRUN-6")
async def test_a_word_that_is_taken_back_cancels_what_waits(house: House) -> None:
    alice, errands, link = await linked(house)
    await alice.run("c1")
    await house.kernels.until_asked(1)
    errands.asked(link, wish(1, "c0"))
    await link.until(Warrant(7, "bob", None))
    errands.asked(link, Warrant(7, "bob", may_run=True))
    await alice.until(lambda: alice.states() == ["running", "queued"])
    errands.asked(link, Warrant(7, "bob", may_run=False))
    await alice.until(lambda: alice.states() == ["running", "cancelled"])
    assert alice.runs[2]["reason"] == "The right to run code was taken back."


@pytest.mark.spec("HUBRUN-12")
async def test_that_there_is_no_word_refuses_what_asks_and_cancels_nothing(house: House) -> None:
    alice, errands, link = await linked(house)
    await alice.run("c1")
    await house.kernels.until_asked(1)
    errands.asked(link, wish(1, "c0"))
    await link.until(Warrant(7, "bob", None))
    errands.asked(link, Warrant(7, "bob", may_run=True))
    await alice.until(lambda: alice.states() == ["running", "queued"])
    await link.until(Outcome)
    errands.asked(link, wish(2, "c0"))
    await link.until(Warrant(7, "bob", None))
    errands.asked(link, Warrant(7, "bob", None))
    outcome = await link.until(Outcome)
    assert (outcome.number, outcome.answer["status"]) == (2, "refused")
    # Whoever runs something behind this has waited for what it would have cancelled.
    await alice.run("c1")
    assert alice.states() == ["running", "queued", "queued"]


@pytest.mark.spec("HUBRUN-6")
async def test_without_a_word_nothing_starts_and_a_new_way_is_asked_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, errands, link = await linked(house)
    errands.ended(link)
    waiting = asyncio.ensure_future(errands.may_run("d1", "bob"))
    await asyncio.sleep(0)
    assert link.told == []
    errands.joined(link)
    await link.until(Warrant(7, "bob", None))
    errands.asked(link, Warrant(7, "bob", may_run=True))
    assert await waiting
    monkeypatch.setattr(module, "WARRANT_S", 0.01)
    assert not await errands.may_run("d1", "bob")


@pytest.mark.spec("HUBRUN-1")
async def test_nonsense_is_answered_and_has_no_effect(house: House) -> None:
    _, errands, link = await linked(house)
    errands.asked(link, Errand(7, 5, "bob", "Bob", {"type": "dance", "number": 5}))
    outcome = await link.until(Outcome)
    assert (outcome.number, outcome.answer["code"]) == (5, "unavailable")
    assert house.kernels.asked == []
