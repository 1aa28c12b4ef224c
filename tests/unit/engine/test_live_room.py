"""ROOM-23 and the way frames take through a live room: turns, order, slow connections."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.engine import committer, laggards
from jupyter_tandem.engine import live_room as module
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.delivery import shorten
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.update import encode_state_vector
from jupyter_tandem.types import (
    Role,
)
from tests.unit.engine.live_room_bench import (
    ADDRESS,
    FakeChannel,
    Stage,
    Typist,
    stage_over,
    turn,
)


@pytest.fixture
async def stage() -> Stage:
    return await stage_over(MemoryStore())


@pytest.mark.spec("ROOM-1", "ROOM-15")
async def test_frames_of_a_turn_become_one_entry_then_acknowledged(stage: Stage) -> None:
    session, channel = stage.join()
    typist = Typist()
    for letter in "hello":
        stage.live.receive(session, typist.frame(letter))
    await channel.acknowledged.wait()
    assert [m.count for m in channel.sent if isinstance(m, f.Acknowledgement)][-1] == 6
    replay = await stage.store.journal.replay(ADDRESS.document_id)
    assert replay is not None
    assert len(replay.tail) == 1
    assert ("changed",) in stage.listener.calls


class TornChannel(FakeChannel):
    """Raises, whatever is done with it, as soon as it is torn."""

    torn = False

    def send(self, frame: bytes) -> None:
        if self.torn:
            raise RuntimeError("torn")
        super().send(frame)

    def close(self, code: int, reason: str) -> None:
        super().close(code, reason)
        if self.torn:
            raise RuntimeError("torn")


@pytest.mark.spec("ROOM-47")
async def test_who_cannot_be_sent_to_leaves_and_everybody_else_hears(stage: Stage) -> None:
    writer, _ = stage.join()
    channels = [TornChannel() for _ in range(3)]
    for channel in channels:
        stage.join(channel=channel)
    _, last = stage.join()
    await turn()
    channels[0].torn = channels[2].torn = True
    typist = Typist()
    stage.live.receive(writer, typist.frame("a"), alone=True)
    stage.live.receive(writer, typist.frame("b"), alone=True)
    assert channels[1].text() == last.text() == "ab"
    assert [c.closed and c.closed[0] for c in channels] == [1011, None, 1011]
    assert len(stage.live.room.roster()) == 3


@pytest.mark.spec("ROOM-47")
async def test_who_cannot_be_answered_leaves(stage: Stage) -> None:
    channel = TornChannel()
    session, _ = stage.join(channel=channel)
    _, other = stage.join()
    await turn()
    channel.torn = True
    stage.live.receive(session, f.encode(f.SyncStep1(b"\x00")), alone=True)
    assert channel.closed is not None
    assert other.closed is None
    assert len(stage.live.room.roster()) == 1


@pytest.mark.spec("ROOM-1")
async def test_a_frame_that_comes_alone_is_dealt_with_at_once_but_behind_those_that_wait(
    stage: Stage,
) -> None:
    ana, _ = stage.join()
    bo, _ = stage.join()
    _, reader = stage.join()
    await turn()
    hers, his = Typist(), Typist()
    first, second, third = hers.frame("a"), hers.frame("b"), his.frame("c")
    stage.live.receive(ana, first, alone=True)
    assert reader.updates() == hers.made[:1]
    stage.live.receive(ana, second)
    stage.live.receive(bo, third, alone=True)
    assert reader.updates() == hers.made[:1]
    await turn()
    assert reader.updates() == [*hers.made, *his.made]


@pytest.mark.spec("WIRE-4")
async def test_who_comes_is_greeted_before_hearing_of_edits_that_wait(stage: Stage) -> None:
    writer, _ = stage.join()
    await turn()
    stage.live.receive(writer, Typist().frame("a"))
    _, late = stage.join()
    await turn()
    assert isinstance(late.sent[0], f.Hello)
    assert late.text() == "a"


@pytest.mark.spec("ROOM-23")
async def test_a_slow_connection_gets_one_merged_update(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laggards, "LAG_POLL_S", 0.0)
    writer, _ = stage.join()
    _, slow = stage.join()
    typist = Typist()
    await turn()
    slow.backlog_bytes = laggards.HIGH_WATER_BYTES + 1
    for letter in "abcdefgh":
        stage.live.receive(writer, typist.frame(letter))
        await turn()
    assert len(slow.updates()) == 1
    slow.backlog_bytes = laggards.LOW_WATER_BYTES
    while len(slow.updates()) < 2:
        await turn()
    assert slow.text() == "abcdefgh"
    stage.live.receive(writer, typist.frame("i"))
    await turn()
    assert len(slow.updates()) == 3


@pytest.mark.spec("ROOM-23")
async def test_a_connection_that_falls_behind_in_the_middle_of_a_turn_lacks_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laggards, "LAG_POLL_S", 0.0)
    ana, _ = stage.join()
    bo, _ = stage.join()
    _, slow = stage.join()
    await turn()
    slow.backlog_bytes = laggards.HIGH_WATER_BYTES + 1
    stage.live.receive(ana, Typist().frame("aaa"))
    stage.live.receive(bo, Typist().frame("bbb"))
    await turn()
    assert len(slow.updates()) == 1
    slow.backlog_bytes = laggards.LOW_WATER_BYTES
    while len(slow.updates()) < 2:
        await turn()
    assert slow.text() == stage.live.room.document.content()
    assert len(slow.text()) == 6


@pytest.mark.spec("ROOM-23")
async def test_a_connection_that_never_drains_is_closed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laggards, "LAG_POLL_S", 0.0)
    writer, brisk = stage.join()
    _, stuck = stage.join()
    stuck.backlog_bytes = laggards.HIGH_WATER_BYTES + 1
    stage.live.receive(writer, Typist().frame("x"))
    await turn()
    stage.clock.now += laggards.LAG_LIMIT_S + 1
    while stuck.closed is None:
        await turn()
    assert stuck.closed[0] == 4408
    assert brisk.closed is None


@pytest.mark.spec("ROOM-37", "P-7")
async def test_who_asks_and_does_not_read_is_closed(stage: Stage) -> None:
    writer, brisk = stage.join()
    stage.live.receive(writer, Typist().frame("x" * 300_000))
    await turn()
    asker, deaf = stage.join(Role.VIEWER)

    deaf.reads = False
    for number in range(1_000):
        vector = encode_state_vector({number + 1_000: 1})
        stage.live.receive(asker, f.encode(f.SyncStep1(vector)))
        if number % 10 == 0:
            await turn()
    assert deaf.closed is not None
    assert deaf.closed[0] == 4408
    assert deaf.backlog_bytes < 2 * laggards.HIGH_WATER_BYTES + 3 * 301_000
    assert brisk.closed is None


@pytest.mark.spec("ROOM-37")
async def test_who_reads_slowly_and_asks_once_stays(stage: Stage) -> None:
    writer, _ = stage.join()
    stage.live.receive(writer, Typist().frame("x" * 3_000_000))
    await turn()
    _, slow = stage.join()

    slow.reads = False
    await turn()
    stage.live.receive(writer, Typist().frame("y" * 3_000_000))
    await turn()
    assert slow.backlog_bytes > 6_000_000
    for _ in range(100):
        stage.live.tell("news", "what everybody is told")
    assert slow.closed is None


@pytest.mark.spec("P-1", "P-3")
async def test_what_the_document_has_is_in_the_journal_whatever_fails(stage: Stage) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: faults.append(context["exception"])
    )
    ana, _ = stage.join()
    mal, _ = stage.join()
    bo, _ = stage.join()
    await turn()
    fault = KeyError("a listener's")

    stage.listener.fault = fault
    stage.live.receive(ana, Typist().frame("a"))
    stage.live.receive(mal, b"\xff\xff")
    stage.live.receive(bo, Typist().frame("b"))
    await turn()
    assert faults == [fault]
    await stage.live.durable(stage.live.sequence)
    replay = await stage.store.journal.replay(ADDRESS.document_id)
    assert replay is not None
    assert [entry.sequence for entry in replay.tail] == [1, 2]
    assert len(stage.live.room.document.content()) == 2


async def test_what_was_sent_before_leaving_counts(stage: Stage) -> None:
    session, _ = stage.join()
    _, other = stage.join()
    stage.live.receive(session, Typist().frame("bye"))
    stage.live.leave(session)
    assert len(other.updates()) == 1
    stage.live.leave(session)
    assert stage.listener.calls.count(("leave", "ana")) == 1


async def test_the_last_to_leave_empties_the_room(stage: Stage) -> None:
    session, _ = stage.join()
    stage.live.leave(session)
    assert stage.listener.calls[-1] == ("emptied",)
    assert stage.live.empty


@pytest.mark.spec("ROOM-25")
async def test_while_the_journal_is_stuck_edits_are_turned_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, channel = stage.join()
    await turn()
    monkeypatch.setattr(Committer, "saturated", lambda *_: True)
    stage.live.receive(session, Typist().frame("x"))
    await turn()
    assert channel.closed is not None
    assert channel.closed[0] == 1013
    assert stage.live.room.document.content() == ""


async def test_a_broken_frame_is_a_strike_and_ends_only_its_session(stage: Stage) -> None:
    session, channel = stage.join()
    _, other = stage.join()
    stage.live.receive(session, b"\xff\xff")
    await turn()
    assert channel.closed is not None
    assert channel.closed[0] == 4400
    assert ("struck", channel) in stage.listener.calls
    assert other.closed is None


@pytest.mark.spec("ROOM-24")
async def test_waiting_for_durability_ends_the_journal_s_rest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "REST_S", 3600.0)
    session, _ = stage.join()
    for letter in "ab":
        stage.live.receive(session, Typist().frame(letter))
        await turn()
        await asyncio.wait_for(stage.live.durable(stage.live.sequence), 60)
    assert stage.live.room.durable == 2


@pytest.mark.spec("ROOM-45")
async def test_an_edit_is_written_down_before_anybody_sees_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    session, _ = stage.join()
    _, reader = stage.join()

    def log(entries: Sequence[Entry]) -> bool:
        seen.extend((entry.sequence, len(reader.updates())) for entry in entries)
        return True

    monkeypatch.setattr(stage.store.journal, "log_unsynced", log)
    typist = Typist()
    for letter in "ab":
        stage.live.receive(session, typist.frame(letter))
        await turn()
    assert seen == [(1, 0), (2, 1)]
    assert len(reader.updates()) == 2


async def test_waiting_for_durability_ends_when_the_room_closes(stage: Stage) -> None:
    session, _ = stage.join()
    with stage.store.faults.held("append"):
        stage.live.receive(session, Typist().frame("x"))
        await turn()
        waiter = asyncio.ensure_future(stage.live.durable(stage.live.sequence))
        await turn()
        stage.live.close(1001, "bye")
        with pytest.raises(module.StoreUnavailable):
            await waiter


@pytest.mark.parametrize("reason", ["short", "é" * 200, "x" * 123, "🎉" * 31])
def test_reasons_fit_into_a_close_frame(reason: str) -> None:
    assert len(shorten(reason).encode()) <= 123
    assert shorten("short") == "short"
