"""HOST-11: forks."""

from __future__ import annotations

import pytest

from jupyter_tandem.engine import annex as annex_module
from jupyter_tandem.errors import NotFound, ServerFull
from jupyter_tandem.ports.history import Fork
from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import DocumentId, User
from tests.unit.engine.door_bench import TEXT, Estate, Person, living

ANA = Visitor(User("ana", "Ana", "Ana", "A"), "")


async def room_of(estate: Estate) -> DocumentId:
    return (await estate.door.invite("a.txt", TEXT)).address.document_id


async def fork_of(estate: Estate, root: str, *, synchronize: bool = False) -> Fork:
    return await estate.forks.create(
        root, title="t", description="d", synchronize=synchronize, visitor=ANA
    )


@pytest.mark.spec("HOST-11")
async def test_edits_of_a_fork_stay_in_it_until_it_is_merged() -> None:
    async with living() as estate:
        root = await room_of(estate)
        fork = await fork_of(estate, root)
        reader, writer = Person(estate, "reader"), Person(estate, "writer")
        await reader.enter(root, fork.lineage)
        await writer.enter(fork.fork_id, fork.lineage)
        await writer.reads("one\n")
        writer.type("two")
        live = (await estate.tenancy.house()).live(root)
        assert live is not None
        live.encode()
        assert live.room.document.content() == "one\n"
        await estate.forks.delete(fork.fork_id, merge=True, visitor=ANA)
        await reader.reads("one\ntwo")
        assert (await writer.closed)[0] == 1001
        entries = await estate.store.journal.history(root)
        assert (entries[-1].author, entries[-1].cause) == ("ana", "merge")
        with pytest.raises(NotFound):
            await estate.forks.delete(fork.fork_id, merge=False, visitor=ANA)


@pytest.mark.spec("HOST-11")
async def test_a_synchronised_fork_gets_later_edits_and_another_does_not() -> None:
    async with living() as estate:
        root = await room_of(estate)
        following = await fork_of(estate, root, synchronize=True)
        still = await fork_of(estate, root)
        writer = Person(estate, "writer")
        follower, other = Person(estate, "follower"), Person(estate, "other")
        await writer.enter(root)
        await follower.enter(following.fork_id)
        await other.enter(still.fork_id)
        await writer.reads("one\n")
        writer.type("two")
        await follower.reads("one\ntwo")
        assert str(other.text) == "one\n"
        follower.type("3")
        live = (await estate.tenancy.house()).live(root)
        assert live is not None
        live.encode()
        assert live.room.document.content() == "one\ntwo"


@pytest.mark.spec("HOST-11")
async def test_forks_are_listed_by_their_root_and_dropped_without_a_trace() -> None:
    async with living() as estate:
        root = await room_of(estate)
        fork = await fork_of(estate, root)
        assert estate.forks.of(root) == {fork.fork_id: fork}
        assert estate.forks.of("text:file:other") == {}
        await estate.forks.delete(fork.fork_id, merge=False, visitor=ANA)
        assert estate.forks.of(root) == {}
        assert ("create", "ana") in estate.events.told
        assert ("delete", "ana") in estate.events.told


async def test_a_root_that_is_none_is_refused() -> None:
    async with living() as estate:
        with pytest.raises(NotFound):
            await fork_of(estate, "nonsense")


async def test_forks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annex_module, "MOST_ROOMS", 1)
    async with living() as estate:
        root = await room_of(estate)
        await fork_of(estate, root)
        with pytest.raises(ServerFull):
            await fork_of(estate, root)
        assert len(estate.forks.of(root)) == 1


async def test_a_save_request_in_a_fork_is_answered() -> None:
    async with living() as estate:
        fork = await fork_of(estate, await room_of(estate))
        ana = Person(estate, "ana")
        await ana.enter(fork.fork_id)
        ana.say(f.SaveRequest(3))
        await ana.synced.wait()
        answers = [m.body for m in ana.sent if isinstance(m, f.StockNotice)]
        assert answers == [{"type": "save", "responseTo": 3, "status": "skipped"}]
