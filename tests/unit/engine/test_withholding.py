"""ROOM-46: a merge that would be made anew after a crash is shown to nobody before it outlives one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.engine import committer, laggards
from jupyter_tandem.engine import withholding as module
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.withholding import Withholding
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import Role
from tests.unit.engine.door_bench import eventually
from tests.unit.engine.live_room_bench import (
    ADDRESS,
    FakeChannel,
    Stage,
    Typist,
    stage_over,
    turn,
    writer_and_reader,
)


@pytest.fixture
async def stage() -> Stage:
    return await stage_over(MemoryStore())


@pytest.fixture
def held(stage: Stage) -> Iterator[None]:
    """The journal writes nothing."""
    with stage.store.faults.held("append"):
        yield


def merge(stage: Stage, text: str, cause: str = "file") -> None:
    """Another program wrote this into the file."""
    program = Typist()
    program.frame(text)
    stage.live.incorporate(program.made[0], author="", cause=cause)


@pytest.mark.spec("ROOM-46")
@pytest.mark.parametrize("cause", ["file", "merge"])
async def test_a_merge_is_shown_when_it_is_durable_and_not_before(stage: Stage, cause: str) -> None:
    writer, reader = await writer_and_reader(stage)
    with stage.store.faults.held("append"):
        merge(stage, "merged", cause)
        stage.live.receive(writer, Typist().frame("typed"))
        _, late = stage.join(Role.VIEWER)
        await turn()
        assert reader.text() == late.text() == ""
    await stage.committer.drain()
    assert len(reader.updates()) == 2
    assert reader.text() == stage.live.room.document.content()
    assert isinstance(late.sent[0], f.Hello)
    assert late.text() == stage.live.room.document.content()


@pytest.mark.spec("ROOM-46")
async def test_what_came_first_is_sent_first(stage: Stage) -> None:
    ana, _ = stage.join()
    bo, _ = stage.join()
    _, reader = stage.join()
    await turn()
    hers, his = Typist(), Typist()
    with stage.store.faults.held("append"):
        merge(stage, "merged")
        for session, typist, letter in ((ana, hers, "a"), (bo, his, "b"), (ana, hers, "c")):
            stage.live.receive(session, typist.frame(letter))
            await turn()
    await stage.committer.drain()
    assert reader.updates()[1:] == [hers.made[0], his.made[0], hers.made[1]]


@pytest.mark.spec("ROOM-46")
@pytest.mark.usefixtures("held")
async def test_a_journal_that_does_not_write_keeps_people_apart_for_a_moment_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WITHHELD_S", 0.05)
    writer, reader = await writer_and_reader(stage)
    merge(stage, "merged")
    stage.live.receive(writer, Typist().frame("typed"))
    await _until(reader, 2)
    stage.live.receive(writer, Typist().frame("at once"))
    await turn()
    assert len(reader.updates()) == 3


@pytest.mark.spec("ROOM-46")
@pytest.mark.usefixtures("held")
async def test_edits_of_people_are_not_kept_back(stage: Stage) -> None:
    writer, reader = await writer_and_reader(stage)
    stage.live.receive(writer, Typist().frame("typed"))
    await turn()
    assert len(reader.updates()) == 1


@pytest.mark.spec("ROOM-46")
@pytest.mark.usefixtures("held")
async def test_a_merge_that_outlives_the_server_already_is_shown_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.store.journal, "log_unsynced", lambda _entries: True)
    _, reader = stage.join()
    await turn()
    merge(stage, "merged")
    assert len(reader.updates()) == 1


@pytest.mark.spec("ROOM-46", "ROOM-23")
async def test_who_falls_behind_when_it_is_sent_lacks_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laggards, "LAG_POLL_S", 0.0)
    writer, slow = await writer_and_reader(stage)
    with stage.store.faults.held("append"):
        merge(stage, "merged")
        for letter in "abc":
            stage.live.receive(writer, Typist().frame(letter))
            await turn()
        slow.backlog_bytes = laggards.HIGH_WATER_BYTES + 1
    await stage.committer.drain()
    assert len(slow.updates()) == 1
    slow.backlog_bytes = 0
    await _until(slow, 2)
    assert slow.text() == stage.live.room.document.content()


@pytest.mark.spec("ROOM-46", "ROOM-23")
async def test_who_catches_up_meanwhile_gets_nothing_before_what_it_missed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laggards, "LAG_POLL_S", 0.0)
    writer, slow = await writer_and_reader(stage)
    slow.backlog_bytes = laggards.HIGH_WATER_BYTES + 1
    typist = Typist()
    for letter in "abc":
        stage.live.receive(writer, typist.frame(letter))
        await turn()
    assert len(slow.updates()) == 1
    with stage.store.faults.held("append"):
        merge(stage, "merged")
        slow.backlog_bytes = 0
        await turn()
        await turn()
        stage.live.receive(writer, typist.frame("d"))
        await turn()
    await stage.committer.drain()
    # One that brings all it lacks, and what came after that.
    assert len(slow.updates()) == 3
    assert slow.updates()[-1] == typist.made[-1]
    assert slow.text() == stage.live.room.document.content()


@pytest.mark.spec("ROOM-46")
async def test_a_merge_waits_for_its_own_commit_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "REST_S", 3600.0)
    monkeypatch.setattr(module, "WITHHELD_S", 3600.0)
    writer, _ = stage.join()
    _, reader = stage.join()
    stage.live.receive(writer, Typist().frame("typed"))
    await turn()
    await stage.committer.drain()
    merge(stage, "merged")
    await _until(reader, 2)


@pytest.mark.spec("ROOM-46")
async def test_what_one_of_them_raises_does_not_keep_the_others() -> None:
    sent: list[str] = []
    wrote: list[Sequence[bytes]] = []
    withheld = Withholding(wrote.append, lasting=True)
    assert withheld.entries([Entry(ADDRESS.document_id, 1, "", 0.0, "file", b"x")], logged=False)
    withheld.add(sent.append, "first")
    withheld.add([].pop)
    withheld.add(sent.append, "last")
    with pytest.raises(IndexError):
        withheld.durable(1)
    await eventually(lambda: not withheld.active)
    assert sent == ["first", "last"]
    assert wrote == [[b"x"]]


@pytest.mark.spec("ROOM-46")
@pytest.mark.usefixtures("held")
async def test_what_ends_with_the_process_waits_for_nothing(stage: Stage) -> None:
    stage.live = stage.live_over(Committer(stage.store.journal, print, lasting=False))
    _, reader = stage.join()
    await turn()
    merge(stage, "merged")
    assert len(reader.updates()) == 1


@pytest.mark.spec("ROOM-46")
@pytest.mark.usefixtures("held")
async def test_who_is_sent_away_goes_at_once(stage: Stage) -> None:
    session, channel = stage.join()
    await turn()
    merge(stage, "merged")
    stage.live.receive(session, b"\xff\xff\xff")
    await turn()
    assert channel.closed is not None


async def _until(channel: FakeChannel, updates: int) -> None:
    await eventually(lambda: len(channel.updates()) >= updates)
