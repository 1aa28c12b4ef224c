"""HOST-6: two servers on one root."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk, MemoryStore
from jupyter_tandem.engine import committer, tenancy
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import DocumentId
from tests.unit.engine.door_bench import TEXT, Estate, Person, eventually, living, with_file


@pytest.mark.spec("HOST-6")
async def test_the_second_server_looks_follows_and_says_where() -> None:
    disk, files = MemoryDisk(), with_file()
    async with living(disk, files, "one") as one, living(disk, files, "two") as two:
        assert (one.tenancy.writes, two.tenancy.writes) == (True, False)
        room = (await one.door.invite("a.txt", TEXT)).address.document_id
        ana, bo = Person(one, "ana"), Person(two, "bo")
        await ana.enter(room)
        await ana.reads("one\n")
        invitation = await two.door.invite("a.txt", TEXT)
        await bo.enter(room, invitation.lineage, tandem=True)
        await bo.reads("one\n")
        hello = next(m for m in bo.sent if isinstance(m, f.Hello))
        assert hello.body["role"] == "viewer"
        status = [m.body for m in bo.sent if isinstance(m, f.Status)][-1]
        assert status["file"]["state"] == "read_only"
        assert "http://one/" in status["file"]["reason"]
        bo.type("ignored")
        ana.type("two")
        while "two" not in str(bo.text):
            bo.changed.clear()
            await bo.changed.wait()
        live = (await one.tenancy.house()).live(room)
        assert live is not None
        assert live.room.document.content() == "one\ntwo"


@pytest.mark.spec("HOST-6")
async def test_the_second_server_takes_over_when_the_first_has_gone() -> None:
    disk, files = MemoryDisk(), with_file()
    async with living(disk, files, "one") as one:
        room = (await one.door.invite("a.txt", TEXT)).address.document_id
        ana = Person(one, "ana")
        await ana.enter(room)
        await ana.reads("one\n")
        two = Estate(disk, files, "two")
        await two.tenancy.start()
        bo = Person(two, "bo")
        await bo.enter(room)
        await bo.reads("one\n")
        ana.type("two")
    try:
        assert (await bo.closed)[0] == 1001
        await eventually(lambda: two.tenancy.writes)
        again = Person(two, "bo")
        await again.enter(room, tandem=True)
        await again.reads("one\ntwo")
        again.type("!")
        live = (await two.tenancy.house()).live(room)
        assert live is not None
        live.encode()
        assert live.room.document.content() == "one\ntwo!"
    finally:
        await two.stop()


@pytest.mark.spec("HOST-6")
async def test_a_server_that_was_overtaken_stops_writing_and_only_looks() -> None:
    disk, files = MemoryDisk(), with_file()
    async with living(disk, files, "one") as one:
        room = (await one.door.invite("a.txt", TEXT)).address.document_id
        ana = Person(one, "ana")
        await ana.enter(room)
        await ana.reads("one\n")
        await one.store.lease.release()
        async with living(disk, files, "two") as two:
            assert two.tenancy.writes
            assert (await ana.closed)[0] == 1001
            await eventually(lambda: not one.tenancy.writes)
            cy = Person(one, "cy")
            await cy.enter(room, tandem=True)
            hello = next(m for m in cy.sent if isinstance(m, f.Hello))
            assert hello.body["role"] == "viewer"


@pytest.mark.spec("HOST-6")
async def test_a_store_that_fails_while_the_lease_is_lost_is_asked_now_and_then() -> None:
    async with living(MemoryDisk(), with_file(), "one") as one:
        faults, loop = one.store.faults, asyncio.get_running_loop()
        with faults.failing("acquire"):
            asked = faults.calls["acquire"]
            await one.store.lease.release()
            await eventually(lambda: faults.calls["acquire"] > asked)
            begun, asked = loop.time(), faults.calls["acquire"]
            await eventually(lambda: faults.calls["acquire"] >= asked + 3)
            assert loop.time() - begun >= 2 * 0.02
        await eventually(lambda: one.tenancy.writes)


@pytest.mark.spec("ROOM-70")
async def test_a_server_that_begins_anew_is_not_harmed_by_what_it_had_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(committer, "RETRY_DELAYS_S", (0.1,))
    async with living() as one:
        room = (await one.door.invite("a.txt", TEXT)).address.document_id
        ana, faults = Person(one, "ana"), one.store.faults
        await ana.enter(room)
        await ana.reads("one\n")
        first = await one.tenancy.house()
        with faults.failing("append"):
            tried = faults.calls["append"]
            ana.type("lost")
            await eventually(lambda: faults.calls["append"] > tried)
            await one.store.lease.release()
            assert (await ana.closed)[0] == 1001
            second = await one.tenancy.house()
            assert second is not first
        bo = Person(one, "bo")
        await bo.enter(room)
        await bo.reads("one\n")
        bo.type("two")
        live = second.live(room)
        assert live is not None
        live.encode()
        await live.durable(live.sequence)
        await asyncio.sleep(3 * 0.1)
        assert await one.tenancy.house() is second
        assert not bo.closed.done()
        assert live.room.document.content() == "one\ntwo"


@pytest.mark.spec("ROOM-70")
async def test_who_only_looks_does_not_ask_without_end_for_what_it_had_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(committer, "RETRY_DELAYS_S", (0.1,))
    disk, files = MemoryDisk(), with_file()
    async with living(disk, files, "one") as one:
        room = (await one.door.invite("a.txt", TEXT)).address.document_id
        ana, faults = Person(one, "ana"), one.store.faults
        await ana.enter(room)
        await ana.reads("one\n")
        with faults.failing("append"):
            tried = faults.calls["append"]
            ana.type("lost")
            await eventually(lambda: faults.calls["append"] > tried)
            await one.store.lease.release()
            two = Estate(disk, files, "two")
            await two.tenancy.start()
            await eventually(lambda: not one.tenancy.writes)
        # The rest after the failure is over.
        await asyncio.sleep(2 * 0.1)
        asked = faults.calls["acquire"]
        await asyncio.sleep(10 * 0.02)
        asked = faults.calls["acquire"] - asked
        await two.stop()
        assert asked <= 10 + 1


@pytest.mark.spec("ROOM-70")
async def test_only_the_rooms_that_are_open_can_lose_the_lease() -> None:
    async with living() as one:
        lost: list[Callable[[str], None]] = []
        make_rooms = one.tenancy._make_rooms

        def listening(lose: Callable[[str], None]) -> Rooms:
            lost.append(lose)
            return make_rooms(lose)

        one.tenancy._make_rooms = listening
        for times in range(2):
            house = await one.tenancy.house()
            await one.store.lease.release()
            await eventually(lambda: len(lost) > times)  # noqa: B023
            assert await one.tenancy.house() is not house
        stale, present = lost
        house = await one.tenancy.house()
        stale("This server may not write any more.")
        await asyncio.sleep(5 * 0.02)
        assert await one.tenancy.house() is house
        present("Another server writes now.")
        await eventually(lambda: len(lost) == 3)


class Odd(Exception):
    """What nobody foresaw."""


class Failing:
    """Lets a method fail in a way that no port speaks of, for as long as it is told to."""

    def __init__(self, patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self._method = getattr(owner, name)
        self.calls, self.on = 0, True
        patch.setattr(owner, name, self)

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        if self.on:
            raise Odd("No locks available")
        return self._method(*args)


def complaints(log: pytest.LogCaptureFixture, about: str) -> list[str]:
    return [
        r.getMessage() for r in log.records if r.levelname != "INFO" and about in r.getMessage()
    ]


@pytest.mark.spec("JOURNAL-50")
async def test_a_holder_goes_on_renewing_whatever_has_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with living() as one:
        house = await one.tenancy.house()
        # However slow this machine is, that is not too long.
        monkeypatch.setattr(tenancy, "UNSEEN", 1_000_000)
        renew = Failing(monkeypatch, one.store.lease, "renew")
        await eventually(lambda: renew.calls >= 4)
        renew.on = False
        renewed = one.store.disk.heartbeat
        await eventually(lambda: one.store.disk.heartbeat > renewed)
        assert await one.tenancy.house() is house
    assert len(complaints(caplog, "No locks available")) == 1


@pytest.mark.spec("JOURNAL-50")
@pytest.mark.parametrize("made", ["make_rooms", "make_reading_rooms"])
async def test_who_waits_takes_over_whatever_has_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, made: str
) -> None:
    disk, files = MemoryDisk(), with_file()
    async with living(disk, files, "one") as one, living(disk, files, "two") as two:
        acquire = Failing(monkeypatch, two.store.lease, "acquire")
        begun = asyncio.get_running_loop().time()
        await eventually(lambda: acquire.calls >= 4)
        assert asyncio.get_running_loop().time() - begun >= 3 * 0.02, "it pauses"
        assert complaints(caplog, "Odd: No locks") == [
            "The lease of the journal: Odd: No locks available"
        ]
        acquire.on = False
        making = Failing(monkeypatch, two.tenancy, f"_{made}")
        one.tenancy._ask_s = one.tenancy._renew_s = 3_600.0
        await one.store.lease.release()
        if made == "make_reading_rooms":
            await eventually(lambda: two.tenancy.writes)
            # It is overtaken, and cannot even look at first.
            await two.store.lease.release()
            assert await one.store.lease.acquire(one.tenancy._holder) is None
        await eventually(lambda: making.calls >= 2)
        making.on = False
        await two.tenancy.house()
        assert two.tenancy.writes == (made == "make_rooms")


@pytest.mark.spec("JOURNAL-50")
async def test_a_server_in_trouble_is_stopped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenancy, "AGAIN_S", 3_600.0)
    async with living() as one:
        await eventually(lambda: one.store.disk.heartbeat > 0)
        renew = Failing(monkeypatch, one.store.lease, "renew")
        one.tenancy._renew_s = 3_600.0
        await eventually(lambda: renew.calls > 0)


@pytest.mark.spec("JOURNAL-51")
async def test_who_cannot_renew_for_too_long_writes_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tenancy, "AGAIN_S", 0.02)
    async with living() as one:
        room = (await one.door.invite("a.txt", TEXT)).address.document_id
        ana = Person(one, "ana")
        await ana.enter(room)
        await ana.reads("one\n")
        house = await one.tenancy.house()
        renew = Failing(monkeypatch, one.store.lease, "renew")
        acquire = Failing(monkeypatch, one.store.lease, "acquire")
        one.tenancy._renew_s = 3_600.0
        await eventually(lambda: renew.calls > 2 * tenancy.UNSEEN)
        assert await one.tenancy.house() is house, "it is not too long yet"
        one.tenancy._renew_s = 0.02
        assert (await ana.closed)[0] == 1001
        assert not one.tenancy.writes
        await eventually(lambda: acquire.calls > 1)
        renew.on = acquire.on = False
        assert await one.tenancy.house() is not house
        assert one.tenancy.writes


@pytest.mark.spec("JOURNAL-51")
async def test_who_cannot_renew_because_of_its_store_keeps_its_rooms() -> None:
    async with living() as one:
        house, faults = await one.tenancy.house(), one.store.faults
        with faults.failing("renew"):
            asked = faults.calls["renew"]
            await eventually(lambda: faults.calls["renew"] > asked + 2 * tenancy.UNSEEN)
        await eventually(lambda: one.store.disk.heartbeat > 0)
        assert await one.tenancy.house() is house


@pytest.mark.spec("ROOM-71")
async def test_files_are_brought_up_to_date_when_the_store_can_be_read_again() -> None:
    disk, files = MemoryDisk(), with_file()
    await left_behind(disk, files)
    two = Estate(disk, files, "two")
    with two.store.faults.failing("unsettled"):
        await two.tenancy.start()
        await eventually(lambda: two.store.faults.calls["unsettled"] >= 2)
    two.store.faults.fail("replay")
    await eventually(lambda: files.get("a.txt") == b"one\nunsaved")
    await two.stop()


@pytest.mark.spec("ROOM-71")
async def test_a_server_that_stops_tries_once_more_to_bring_files_up_to_date() -> None:
    disk, files = MemoryDisk(), with_file()
    await left_behind(disk, files)
    two = Estate(disk, files, "two")
    faults = two.store.faults
    with faults.failing("unsettled"):
        two.tenancy._renew_s = 3_600.0
        await two.tenancy.start()
        await eventually(lambda: faults.calls["unsettled"] > 0)
    await two.stop()
    assert files.get("a.txt") == b"one\nunsaved"
    assert faults.calls["unsettled"] == 2


@pytest.mark.spec("ROOM-71")
async def test_a_server_stops_also_when_files_cannot_be_brought_up_to_date() -> None:
    estate = Estate(MemoryDisk(), with_file())
    with estate.store.faults.failing("unsettled"):
        await estate.tenancy.start()
        await estate.stop()


@pytest.mark.spec("HOST-6")
async def test_whoever_waits_for_the_lease_goes_on_when_it_is_had_and_when_nothing_comes_of_it() -> (
    None
):
    disk, files = MemoryDisk(), with_file()
    two = Estate(disk, files, "two")
    async with living(disk, files, "one"):
        await two.tenancy.start()
        await two.tenancy.until_writing(0.01)
        assert not two.tenancy.writes
        waiting = asyncio.ensure_future(two.tenancy.until_writing(3_600))
    await waiting
    assert two.tenancy.writes
    await two.tenancy.until_writing(3_600)
    await two.store.lease.release()
    async with living(disk, files, "one"):
        await eventually(lambda: not two.tenancy.writes)
        waiting = asyncio.ensure_future(two.tenancy.until_writing(3_600))
        await two.stop()
        await waiting


@pytest.mark.spec("HOST-6", "JOURNAL-35")
async def test_a_holder_shows_itself_soon_after_its_store_is_back() -> None:
    async with living(MemoryDisk(), with_file(), "one") as one:
        faults = one.store.faults
        with faults.failing("renew"):
            asked = faults.calls["renew"]
            await eventually(lambda: faults.calls["renew"] > asked)
            one.tenancy._renew_s = 3_600.0
        asked = faults.calls["renew"]
        # It waits a second, not an hour.
        await eventually(lambda: faults.calls["renew"] > asked)
        assert one.tenancy.writes


async def test_who_comes_before_the_start_waits_and_after_the_stop_is_sent_away() -> None:
    estate = Estate(MemoryDisk(), with_file())
    early = asyncio.ensure_future(estate.door.invite("a.txt", TEXT))
    await asyncio.sleep(0)
    assert not early.done()
    await estate.tenancy.start()
    assert (await early).address.document_id
    await estate.stop()
    with pytest.raises(StoreUnavailable):
        await estate.door.invite("a.txt", TEXT)


async def left_behind(disk: MemoryDisk, files: MemoryFiles) -> None:
    """A server was killed that had not saved an edit."""
    async with living(disk, files, "one") as one:
        room = (await one.door.invite("a.txt", TEXT)).address.document_id
        ana = Person(one, "ana")
        await ana.enter(room)
        await ana.reads("one\n")
    ana.text += "unsaved"
    store = MemoryStore(disk)
    assert await store.lease.acquire(Holder("killed", "http://killed/", 1, "host")) is None
    head = await store.journal.head(room)
    assert head is not None
    update = ana.doc.get_update()
    await store.journal.append([Entry(room, head.sequence + 1, "ana", 0.0, "edit", update)])
    await store.lease.release()
    await store.close()


@pytest.mark.spec("ROOM-29", "ROOM-30")
async def test_a_server_that_is_stopped_right_after_its_start_saves_what_a_crash_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disk, files = MemoryDisk(), with_file()
    await left_behind(disk, files)
    two = Estate(disk, files, "two")
    unsettled = two.store.bases.unsettled

    async def slowly() -> Sequence[DocumentId]:
        for _ in range(100):
            await asyncio.sleep(0)
        return await unsettled()

    monkeypatch.setattr(two.store.bases, "unsettled", slowly)
    await two.tenancy.start()
    assert files.get("a.txt") == b"one\n"
    await two.tenancy.stop()
    assert files.get("a.txt") == b"one\nunsaved"
    await two.store.close()
    two.worker.close()
