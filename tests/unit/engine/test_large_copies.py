"""ROOM-42: who copies a large document does not have it encoded on the event loop."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import threading
from contextlib import closing

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.inputs import Tick
from jupyter_tandem.engine.late_answer import LateAnswers
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.settings import LARGE_BYTES
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address, DocumentKind, User
from tests.unit.core.notebooks import markdown, notebook
from tests.unit.engine.door_bench import Estate, living
from tests.unit.engine.test_recall import Entropy, bench

NOTEBOOK = DocumentKind("json", "notebook")
_clients = itertools.count(2_000_000)
ANA = Visitor(User("ana", "Ana", "Ana", "A"), "")


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the large documents that were encoded as a whole on the loop."""
    found: list[int] = []
    usual = Document.encode

    def encode(document: Document, since: bytes | None = None) -> bytes:
        state = usual(document, since)
        if threading.current_thread() is threading.main_thread() and len(state) >= LARGE_BYTES:
            found.append(len(state))
        return state

    monkeypatch.setattr(Document, "encode", encode)
    return found


def files() -> MemoryFiles:
    cells = [markdown(f"c{number}", "x" * 10_000) for number in range(300)]
    made = MemoryFiles()
    made.put("big.ipynb", json.dumps(notebook(*cells)))
    return made


async def opened(estate: Estate) -> LiveRoom:
    """The room of the large notebook, which keeps no answer any more."""
    address = Address(NOTEBOOK, await estate.files.identify("big.ipynb"))
    live = await (await estate.tenancy.house()).open(address)
    live.hold()
    # The first edit would do that.
    lesson = live.room.document.begin_teaching()
    if lesson is not None:
        live.room.document.teach(live.room.document.make_history(lesson))
    live._handle(Tick())
    return live


def first_cell(live: LiveRoom) -> str:
    return str(live.room.document.content()["cells"][0]["source"])


def changed(live: LiveRoom, text: str) -> bytes:
    """An edit that somebody else makes."""
    with closing(Document(NOTEBOOK, next(_clients))) as other:
        other.load([live.encode()[1]])
        content = other.content()
        content["cells"][0]["source"] += text
        update = other.update_to(content)
    assert update is not None
    return update


@pytest.mark.spec("ROOM-42", "HOST-11")
async def test_a_fork_and_what_it_brings_back(whole: list[int]) -> None:
    async with living(files=files()) as estate:
        live = await opened(estate)
        live.incorporate(changed(live, "before"), author="ana", cause="edit")
        live._handle(Tick())
        whole.clear()
        fork = await estate.forks.create(
            live.document_id, title="", description="", synchronize=True, visitor=ANA
        )
        room = estate.annex.live(fork.fork_id)
        assert room is not None
        assert room.room.document.taught
        assert room.room.mentions(b"before")
        assert whole == []
        mine, theirs = changed(room, " mine"), changed(live, " theirs")
        whole.clear()
        room.incorporate(mine, author="ana", cause="edit")
        live.incorporate(theirs, author="bo", cause="edit")
        await asyncio.sleep(0)
        assert "theirs" in first_cell(room)
        assert "mine" not in first_cell(live)
        await estate.forks.delete(fork.fork_id, merge=True, visitor=ANA)
        assert whole == []
        assert {"before", "mine", "theirs"} <= set(first_cell(live).replace("x", "").split(" "))
        live.release()


@pytest.mark.spec("ROOM-42", "HOST-12")
async def test_a_preview_and_the_version_it_restores(whole: list[int]) -> None:
    async with living(files=files()) as estate:
        live = await opened(estate)
        live.incorporate(changed(live, "later"), author="ana", cause="edit")
        live._handle(Tick())
        whole.clear()
        timeline = await estate.history.timeline("big.ipynb", NOTEBOOK, ANA)
        preview = estate.annex.live(timeline.preview)
        assert preview is not None
        assert preview.room.mentions(b"later")
        assert whole == []
        assert await estate.history.step(timeline.preview, -1)
        await estate.history.restore(live.document_id, timeline.preview, ANA)
        assert whole == []
        assert first_cell(live) == "x" * 10_000
        live.release()


@pytest.mark.spec("ROOM-42", "HOST-9")
async def test_models_of_other_extensions(whole: list[int]) -> None:
    async with living(files=files()) as estate:
        live = await opened(estate)
        update = changed(live, "late")
        whole.clear()
        copy = await estate.documents.get(live.address, copy=True, create=False)
        assert copy is not None
        asked = [estate.documents.get(live.address, copy=False, create=False) for _ in range(2)]
        getting = asyncio.gather(*asked)
        await asyncio.sleep(0)
        live.incorporate(update, author="ana", cause="edit")
        one, other = await getting
        assert one is not None
        assert one is other
        await asyncio.sleep(0)
        assert one.get()["cells"][0]["source"].endswith("late")
        assert not copy.get()["cells"][0]["source"].endswith("late")
        assert whole == []
        del one, other, getting, asked
        gc.collect()
        await asyncio.sleep(0)
        live.release()


@pytest.mark.spec("ROOM-42", "HOST-11")
async def test_copies_of_what_another_server_holds(whole: list[int]) -> None:
    disk, folder = MemoryDisk(), files()
    async with living(disk, folder, "one") as one, living(disk, folder, "two") as two:
        (await opened(one)).release()
        address = Address(NOTEBOOK, await folder.identify("big.ipynb"))
        live = await (await two.tenancy.house()).open(address)
        whole.clear()
        assert live.room.mentions(b"x")
        assert whole == []
        for synchronize in (False, True):
            fork = await two.forks.create(
                live.document_id, title="", description="", synchronize=synchronize, visitor=ANA
            )
            assert not live.closed
            assert fork.lineage == live.lineage
            room = two.annex.live(fork.fork_id)
            assert room is not None
            assert first_cell(room) == "x" * 10_000


@pytest.mark.spec("ROOM-42")
async def test_a_state_that_cannot_be_read_is_encoded() -> None:
    async with bench(2 * LARGE_BYTES) as made:
        live = made.live
        impatient = Recall(live, made.journal, made.worker, Entropy(), durable_s=0.01)
        live.whole = LateAnswers(live, impatient, made.worker)
        with made.store.faults.held("append"):
            made.write("not durable")
            sequence, state = await live.state()
        assert sequence == live.sequence
        with closing(Document(NOTEBOOK, 500)) as found:
            found.load([state])
            assert found.fingerprint() == live.room.document.fingerprint()
        live.close(1001, "")
        live.whole = None
        with pytest.raises(StoreUnavailable):
            await live.state()


@pytest.mark.spec("ROOM-42", "BIG-5")
async def test_what_a_large_document_mentions_is_told_by_its_journal() -> None:
    async with bench(1_000, LARGE_BYTES) as small:
        assert small.live.room.mentions(b"x") is True
    async with bench(2 * LARGE_BYTES, LARGE_BYTES) as made:
        assert made.live.room.mentions(b"x") is None
        whole = LateAnswers(made.live, made.recall, made.worker)
        made.live.whole = whole
        before = made.store.read
        await asyncio.gather(*(whole.have() for _ in range(20)))
        await whole.have()
        assert made.store.read == before + 1
        assert made.live.room.mentions(b"x") is True
        assert made.live.room.mentions(b"nowhere") is False
        made.live._handle(Tick())
        assert made.live.room.mentions(b"x") is None
        made.live.close(1001, "")
        await whole.have()
