"""The real server is killed at random instants while people type: *acknowledged, shown ⊆ recovered ⊆ sent*."""

from __future__ import annotations

import asyncio
import random
import signal
from pathlib import Path

import pytest
from pycrdt import Doc

from tests.fault.server.phoenix import Phoenix, phoenix
from tests.fault.server.typist import Typist, notebook_of, room_url, tokens_in
from tests.integration.server.host import ANA, BO

_FILES = {
    "one.ipynb": ("json", "notebook"),
    "two.ipynb": ("json", "notebook"),
    "three.md": ("text", "file"),
}
_PEOPLE = {"ana": ANA, "bo": BO}


class Desk:
    """Some people, each at some documents of one server."""

    def __init__(self, server: Phoenix) -> None:
        self.server = server
        self.typists: dict[str, list[Typist]] = {}
        self._rooms: dict[str, str] = {}

    async def open(self) -> None:
        for path, (form, kind) in _FILES.items():
            room, _ = await self.server.room(path, form, kind)
            self._rooms[path] = room
            self.typists[path] = [self._typist(path, name) for name in _PEOPLE]

    def everybody(self) -> list[Typist]:
        return [typist for typists in self.typists.values() for typist in typists]

    async def come(self) -> None:
        for typist in self.everybody():
            typist.come()
        for typist in self.everybody():
            await typist.until(lambda t=typist: t.up_to_date)

    async def go(self) -> None:
        await asyncio.gather(*(typist.go() for typist in self.everybody()))

    async def type(self, seconds: float, chance: random.Random) -> None:
        """Everybody types as fast as fast typists do, all at once."""
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            for typist in self.everybody():
                if chance.random() < 0.5:
                    typist.type(at_end=chance.random() < 0.5)
            await asyncio.sleep(chance.uniform(0, 0.03))

    async def check_recovered(self) -> None:
        """Ask the server what it holds, before anybody brings back what they have."""
        for path, typists in self.typists.items():
            probe = self._typist(path, "probe")
            probe.come()
            await probe.until(lambda p=probe: p.up_to_date)
            found = tokens_in(probe.text())
            for typist in typists:
                lost = typist.acknowledged - set(found)
                assert not lost, f"{path}: acknowledged and lost: {lost}"
                gone = set(tokens_in(typist.text())) - typist.sent - set(found)
                assert not gone, f"{path}: shown to {typist.name} and gone: {gone}"
                check_contained(probe.doc, typist.updates)
            sent = {token for typist in typists for token in typist.sent}
            assert set(found) <= sent, f"{path}: never sent: {set(found) - sent}"
            assert max(found.values(), default=1) == 1, f"{path}: doubled: {found}"
            await probe.go()

    async def check_agreement(self) -> None:
        """Everybody holds the same, and nothing typed is missing."""
        for path, typists in self.typists.items():
            sent = {token for typist in typists for token in typist.sent}
            for typist in typists:
                await typist.until(lambda t=typist, s=sent: set(tokens_in(t.text())) == s)
            assert len({typist.text() for typist in typists}) == 1, path

    def check_files(self) -> None:
        """Files are whole and valid, right now."""
        for path in _FILES:
            counts = tokens_in(self.server.text_of(path))
            assert max(counts.values(), default=1) == 1, f"{path}: doubled in the file: {counts}"

    def _typist(self, path: str, name: str) -> Typist:
        url = room_url(self.server.port, self._rooms[path])
        token = _PEOPLE.get(name, ANA)
        typist = Typist(name, url, token, notebook=path.endswith(".ipynb"))
        self.server.guests.append(typist)
        return typist


def check_contained(doc: Doc, updates: list[bytes]) -> None:
    """Every edit in ``updates`` is in ``doc``."""
    before = doc.get_state()
    news: list[bytes] = []
    subscription = doc.observe(lambda event: news.append(event.update))
    for update in updates:
        doc.apply_update(update)
    doc.unobserve(subscription)
    assert not news
    assert doc.get_state() == before


def lay_out(server: Phoenix) -> None:
    server.root.mkdir(parents=True)
    for path in _FILES:
        start = notebook_of("first", "second") if path.endswith(".ipynb") else "begin\n"
        (server.root / path).write_text(start)


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.spec("P-1", "P-2", "P-3", "P-4", "P-5", "P-6", "ROOM-30", "ROOM-45", "JOURNAL-40")
async def test_killed_at_any_instant(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    chance = random.Random()  # no seed could make the same instants again
    async with phoenix(tmp_path) as server:
        lay_out(server)
        await server.rise()
        desk = Desk(server)
        await desk.open()
        for _ in range(pytestconfig.getoption("--kill-loops")):
            await _live_and_die(server, desk, chance)
        await desk.come()
        await desk.check_agreement()
        assert await server.end(signal.SIGTERM) == 0
        _check_saved(server, desk)


async def _live_and_die(server: Phoenix, desk: Desk, chance: random.Random) -> None:
    await desk.come()
    await desk.type(chance.uniform(0.02, 0.8), chance)
    await server.end(signal.SIGKILL)
    desk.check_files()
    server.examine_journal()
    await desk.go()
    await server.rise()
    await desk.check_recovered()


@pytest.mark.fault
@pytest.mark.spec("P-1", "ROOM-29", "HOST-7")
async def test_what_reached_the_server_is_in_journal_and_file_after_sigterm(tmp_path: Path) -> None:
    chance = random.Random(1)
    async with phoenix(tmp_path) as server:
        lay_out(server)
        await server.rise()
        desk = Desk(server)
        await desk.open()
        await desk.come()
        typing = asyncio.ensure_future(desk.type(1.0, chance))
        async with asyncio.timeout(60):
            while not (typing.done() and all(typist.reached for typist in desk.everybody())):
                for typist in desk.everybody():
                    typist.fence()
                await asyncio.sleep(0.005)
        assert await server.end(signal.SIGTERM) == 0
        await desk.go()
        for path, typists in desk.typists.items():
            found = set(tokens_in(server.text_of(path)))
            for typist in typists:
                assert typist.reached | typist.acknowledged <= found
        server.examine_journal()


def _check_saved(server: Phoenix, desk: Desk) -> None:
    server.examine_journal()
    for path, typists in desk.typists.items():
        counts = tokens_in(server.text_of(path))
        sent = {token for typist in typists for token in typist.sent}
        assert counts == dict.fromkeys(sent, 1), path
