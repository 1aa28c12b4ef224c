"""Rooms whose big outputs are kept beside them, over memory and a folder."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk, MemoryStore
from jupyter_tandem.adapters.store.output_files import FOLDER, OutputFiles
from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.stand_in import StandIn, stand_in_of
from jupyter_tandem.engine import committer
from jupyter_tandem.engine.document_access import DocumentAccess
from jupyter_tandem.engine.file_bridge import SaveSettings
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs import keeper as keeping
from jupyter_tandem.engine.outputs.copy import WholeCopies
from jupyter_tandem.engine.outputs.keeper import OutputKeeper
from jupyter_tandem.engine.outputs.shelf import OutputShelf, weight
from jupyter_tandem.engine.room_partners import BigOutputs
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.store import Entry, Journal
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address, DocumentId, DocumentKind
from tests.unit.engine.door_bench import CountingEntropy, Events, eventually

NOTEBOOK = DocumentKind("json", "notebook")
QUICK = SaveSettings(quiet_s=0.01, latest_s=0.05, calm_s=0.0, first_look_s=0.0)
LIMIT = 1_000
_peers = itertools.count(900_000)
PATH = "a.ipynb"


def display(letter: str, size: int = 2_000) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": letter * size}}


def notebook(*outputs: dict[str, Any], cells: int = 1) -> str:
    cell = {"cell_type": "code", "metadata": {}, "source": "", "execution_count": None}
    listed = [{**cell, "id": f"c{n}", "outputs": list(outputs)} for n in range(cells)]
    content = {"cells": listed, "metadata": {}}
    return json.dumps({**content, "nbformat": 4, "nbformat_minor": 5})


class Place:
    """What outlives a server: its journal, its files and its big outputs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.disk = MemoryDisk()
        self.files = MemoryFiles()
        self.broken = False

    def kept(self) -> list[str]:
        """Names of all that is kept and not condemned."""
        found = (p for p in self.directory.rglob("*") if p.is_file() and not p.suffix)
        return sorted(p.name for p in found)

    def in_file(self) -> list[dict[str, Any]]:
        outputs: list[dict[str, Any]] = json.loads(self.files.get(PATH))["cells"][0]["outputs"]
        return outputs


class Breakable(OutputFiles):
    """A folder on a disk that may be full."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.directory)
        self._place = place

    def put(self, document_id: DocumentId, name: str, data: bytes) -> None:
        if self._place.broken:
            raise StoreUnavailable("The disk is full.")
        super().put(document_id, name, data)


class House:
    """One server's life."""

    def __init__(self, place: Place, journal: Journal | None = None, **settings: Any) -> None:
        self.place = place
        self.store = MemoryStore(place.disk)
        self.worker = Worker()
        self.shelf = OutputShelf(Breakable(place), self.worker, LIMIT, grace_s=0.0)
        entropy = CountingEntropy(1000 + 1000 * len(place.disk.documents))
        self.copies = WholeCopies(self.shelf, self.worker, entropy)
        self.rooms = Rooms(
            journal=journal or self.store.journal,
            bases=self.store.bases,
            files=place.files,
            clock=SystemClock(),
            entropy=entropy,
            events=Events(lambda _: None),
            on_lost=lambda _: None,
            settings=RoomSettings(**{"idle_s": 0.0, "compact_after_s": 0.0, **settings}),
            save_settings=QUICK,
            outputs=self.shelf,
        )

    async def open(self) -> LiveRoom:
        identity = await self.place.files.identify(PATH)
        return await self.rooms.open(Address(NOTEBOOK, identity))

    # -- Landlord ------------------------------------------------------------

    async def house(self) -> Rooms:
        return self.rooms

    def limit(self, rights: Any) -> Any:
        return rights


@asynccontextmanager
async def house(place: Place, **options: Any) -> AsyncIterator[House]:
    alive = House(place, **options)
    try:
        yield alive
    finally:
        await alive.rooms.close()
        alive.worker.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def outputs(live: LiveRoom, cell: str = "c0") -> list[dict[str, Any]]:
    return live.room.document.run_cells().outputs(cell)


def held(live: LiveRoom, cell: str = "c0") -> list[StandIn | None]:
    return [stand_in_of(output) for output in outputs(live, cell)]


def keeper(live: LiveRoom) -> BigOutputs:
    assert live.outputs is not None
    return live.outputs


def put(live: LiveRoom, *wanted: dict[str, Any]) -> None:
    """Change the outputs as a peer does."""
    content = live.room.document.content()
    content["cells"][0]["outputs"] = list(wanted)
    with closing(Document(NOTEBOOK, next(_peers))) as peer:
        peer.load([live.encode()[1]])
        update = peer.update_to(content)
    if update is not None:
        live.incorporate(update, author="ana", cause="edit")


def edit(live: LiveRoom, source: str) -> None:
    live.write_cells(lambda cells: cells.set_source("c0", source), author="ana")


@pytest.mark.spec("BIG-1", "BIG-3")
async def test_a_document_from_a_file_is_light_and_the_file_is_not(place: Place) -> None:
    place.files.put(PATH, notebook(display("a"), display("s", 10)))
    async with house(place) as server:
        live = await server.open()
        first, second = held(live)
        assert first is not None
        assert second is None
        assert await server.shelf.read(live.document_id, first.sha256) is not None
        live.hold()
        edit(live, "x")
        await eventually(lambda: b'"x"' in place.files.get(PATH))
        assert place.in_file() == [display("a"), display("s", 10)]
        live.release()


@pytest.mark.spec("BIG-8")
async def test_what_came_in_otherwise_is_taken_out_after_the_next_save(place: Place) -> None:
    place.files.put(PATH, notebook())
    async with house(place) as server:
        live = await server.open()
        live.hold()
        put(live, display("a"))
        assert held(live) == [None]
        await eventually(lambda: None not in held(live))
        assert place.in_file() == [display("a")]
        sequence = live.content_sequence
        await live.durable(live.sequence)
        assert live.content_sequence == sequence < live.sequence
        live.release()


@pytest.mark.spec("BIG-8")
async def test_a_document_of_before_is_taken_out_when_it_is_opened(place: Place) -> None:
    place.files.put(PATH, notebook(display("a")))
    place.broken = True
    async with house(place) as server:
        live = await server.open()
        assert held(live) == [None]
    place.broken = False
    async with house(place) as server:
        live = await server.open()
        live.hold()
        assert held(live) == [None]
        await eventually(lambda: None not in held(live))
        live.release()


@pytest.mark.spec("BIG-16")
async def test_what_cannot_be_kept_stays_in_the_document(place: Place) -> None:
    place.files.put(PATH, notebook(display("a")))
    place.broken = True
    async with house(place) as server:
        live = await server.open()
        live.hold()
        edit(live, "x")
        await eventually(lambda: b'"x"' in place.files.get(PATH))
        assert outputs(live) == [display("a")]
        assert place.in_file() == [display("a")]
        assert place.kept() == []
        live.release()


@pytest.mark.spec("BIG-16")
async def test_what_cannot_be_kept_holds_up_its_own_document_alone(place: Place) -> None:
    place.files.put(PATH, notebook())
    place.files.put("other.ipynb", notebook())
    async with house(place) as server:
        live = await server.open()
        other = await server.rooms.open(
            Address(NOTEBOOK, await place.files.identify("other.ipynb"))
        )
        live.hold()
        other.hold()
        await live.durable(live.sequence)
        place.broken = True
        put(live, dict(keeper(live).stand_in(display("b"))))
        edit(other, "x")
        await asyncio.wait_for(other.durable(other.sequence), 5)
        assert live.room.durable < live.sequence
        assert keeper(live).stand_in(display("c")) == display("c"), "it stays in the document"
        place.broken = False
        await live.durable(live.sequence)
        assert stand_in_of(keeper(live).stand_in(display("d"))) is not None
        live.release()
        other.release()


class Watching:
    """A journal that looks at what is kept when something is appended to it."""

    def __init__(self, journal: Journal, place: Place) -> None:
        self._journal = journal
        self._place = place
        self.gaps: list[str] = []

    async def append(self, entries: Sequence[Entry], *more: Any) -> None:
        for entry in entries:
            for name in _named(entry.update):
                if name not in self._place.kept():
                    self.gaps.append(name)
        await self._journal.append(entries, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)


def _named(update: bytes) -> list[str]:
    with closing(Document(NOTEBOOK, 1)) as document:
        document.load([update])
        found = (stand_in_of(o) for _, all_of in document.run_cells().all_outputs() for o in all_of)
        return [one.sha256 for one in found if one is not None]


@pytest.mark.spec("BIG-4")
@pytest.mark.parametrize("full", [False, True])
async def test_an_output_is_durable_before_the_entry_that_names_it(
    place: Place, full: bool
) -> None:
    place.files.put(PATH, notebook(display("a")))
    watching = Watching(MemoryStore(place.disk).journal, place)
    async with house(place, journal=watching) as server:
        live = await server.open()
        live.hold()
        place.broken = full
        stand_in = keeper(live).stand_in(display("b"))
        name = stand_in_of(stand_in)
        assert name is not None
        assert await server.shelf.read(live.document_id, name.sha256) is not None
        put(live, dict(stand_in))
        if full:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(live.durable(live.sequence), 0.2)
            place.broken = False
        await live.durable(live.sequence)
        assert watching.gaps == []
        assert name.sha256 in place.kept()
        live.release()


@pytest.mark.spec("BIG-5")
async def test_it_is_whole_as_long_as_somebody_needs_it(place: Place) -> None:
    place.files.put(PATH, notebook(display("a"), display("s", 10), display("b")))
    async with house(place) as server:
        live = await server.open()
        live.hold()
        whole = OutputKeeper(live, server.shelf, server.worker, CountingEntropy(5000), rest_s=0.05)
        await asyncio.gather(whole.need_whole(), whole.need_whole())
        everything = [display("a"), display("s", 10), display("b")]
        assert outputs(live) == everything
        whole.need_no_more()
        assert whole.stand_in(display("c")) == display("c")
        await whole.tidy()
        assert outputs(live) == everything
        whole.need_no_more()
        await eventually(lambda: held(live)[0] is not None and held(live)[2] is not None)
        assert held(live)[1] is None
        live.release()


@pytest.mark.spec("BIG-5")
async def test_bringing_in_much_turns_nobody_away(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for the journal stays below its bound, beyond which connections are asked to come back."""
    monkeypatch.setattr(committer, "BACKLOG_BYTES", 16_000)
    monkeypatch.setattr(keeping, "_AT_ONCE_BYTES", 4_000)
    place.files.put(PATH, notebook(*(display(letter) for letter in "ab"), cells=20))
    async with house(place) as server:
        live = await server.open()
        live.hold()
        waiting: list[int] = []
        noticed = keeper(live).noticed

        def watch(update: bytes) -> None:
            noticed(update)
            waiting.append(live._committer._backlog_bytes)

        monkeypatch.setattr(keeper(live), "noticed", watch)
        await keeper(live).need_whole()
        assert all(not held(live, f"c{number}")[0] for number in range(20))
        assert len(waiting) >= 20
        assert max(waiting) < 16_000
        live.release()


@pytest.mark.spec("BIG-5")
async def test_a_stand_in_that_comes_while_it_is_whole_is_brought_in(place: Place) -> None:
    place.files.put(PATH, notebook(display("a")))
    async with house(place) as server:
        live = await server.open()
        live.hold()
        (light,) = outputs(live)
        lost = json.loads(json.dumps(light).replace(held(live)[0].sha256, "0" * 64))  # type: ignore[union-attr]
        await keeper(live).need_whole()
        put(live, display("s", 10), lost, light, display("t", 10))
        await eventually(lambda: len(outputs(live)) == 4 and held(live)[2] is None)
        assert outputs(live) == [display("s", 10), lost, display("a"), display("t", 10)]
        keeper(live).need_no_more()
        live.release()


@pytest.mark.spec("BIG-6")
async def test_a_name_of_another_document_brings_nothing(place: Place) -> None:
    """Whatever a stand-in says: a room and its file are given what is kept beside that document."""
    place.files.put("b.ipynb", notebook(display("secret")))
    place.files.put(PATH, notebook())
    async with house(place) as server:
        identity = await place.files.identify("b.ipynb")
        other = await server.rooms.open(Address(NOTEBOOK, identity))
        (stolen,) = outputs(other)
        live = await server.open()
        live.hold()
        put(live, stolen)
        await keeper(live).need_whole()
        assert outputs(live) == [stolen]
        await eventually(lambda: b"sha256" in place.files.get(PATH))
        assert b"secret" not in place.files.get(PATH)
        keeper(live).need_no_more()
        live.release()


@pytest.mark.spec("BIG-15")
async def test_what_is_lost_beside_the_document_is_taken_from_the_file(place: Place) -> None:
    place.files.put(PATH, notebook(display("a"), display("b")))
    async with house(place) as server:
        live = await server.open()
        live.hold()
        for file in (place.directory / FOLDER).rglob("*"):
            if file.is_file():
                file.unlink()
        edit(live, "x")
        await eventually(lambda: b'"x"' in place.files.get(PATH))
        assert place.in_file() == [display("a"), display("b")]
        assert len(place.kept()) == 2
        live.release()


@pytest.mark.spec("BIG-5")
async def test_other_extensions_get_models_with_all_outputs(place: Place) -> None:
    place.files.put(PATH, notebook(display("a")))
    async with house(place) as server:
        live = await server.open()
        live.hold()
        access = DocumentAccess(server, place.files, server.copies)
        own = await access.get(live.address, copy=True, create=False)
        assert own is not None
        assert own.get()["cells"][0]["outputs"] == [display("a")]
        assert held(live) != [None]
        shared = await access.get(live.address, copy=False, create=False)
        assert shared is not None
        assert shared.get()["cells"][0]["outputs"] == [display("a")]
        assert outputs(live) == [display("a")]
        del own, shared
        live.release()


@pytest.mark.spec("BIG-9")
async def test_what_no_version_needs_is_let_go_of(place: Place) -> None:
    place.files.put(PATH, notebook(display("a"), display("b")))
    settings = {"history_bytes": 3_000, "idle_s": 60.0}
    async with house(place, **settings) as server:
        live = await server.open()
        kept = place.kept()
        for letter in "cdef":
            put(live, *outputs(live)[:1], dict(keeper(live).stand_in(display(letter))))
            await live.durable(live.sequence)
        assert len(place.kept()) == 6
        first = held(live)
    async with house(place, **settings) as server:
        live = await server.open()
        await eventually(lambda: len(place.kept()) == 3)
        assert held(live) == first
        # That is the first output, the present second one, and the one before, which history has room for.
        assert set(place.kept()) & set(kept) == {name.sha256 for name in first[:1] if name}
        fetched = [await server.shelf.read(live.document_id, one.sha256) for one in first if one]
        assert [json.loads(one or b"") for one in fetched] == [display("a"), display("f")]


@pytest.mark.spec("BIG-9")
async def test_what_a_snapshot_or_an_entry_names_stays(place: Place) -> None:
    place.files.put(PATH, notebook(display("a"), display("b")))
    async with house(place) as server:
        live = await server.open()
        put(live, *outputs(live)[:1])
        await live.durable(live.sequence)
        await server.shelf.collect(live.document_id, server.store.journal)
        assert len(place.kept()) == 2


@pytest.mark.spec("BIG-9")
@pytest.mark.parametrize(
    "at", [0, 100, 256 * 1024 - 64, 256 * 1024 - 63, 256 * 1024 - 1, 256 * 1024]
)
def test_a_name_is_found_wherever_it_stands_in_a_large_entry(at: int) -> None:
    name = "0a" * 32
    update = b"x" * at + name.encode() + b"x" * 300_000
    entry = Entry(DocumentId("json:notebook:a"), 1, "", 0.0, "edit", update)
    sizes = {name: 5, "0b" * 32: 7}
    assert weight(entry, sizes) == len(update) + 5
    assert sizes == {"0b" * 32: 7}
    assert weight(entry, {}) == len(update)
