"""HUBRUN-10: what is run across the Hub is recorded once, in the name that the service knows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_tandem.adapters.sharing.export import as_csv
from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.engine.federation import run_record as module
from jupyter_tandem.engine.federation.run_audit import RunAudit
from jupyter_tandem.engine.federation.run_record import RunRecord
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.audit import AuditQuery
from jupyter_tandem.sharing import AuditEvent
from jupyter_tandem.types import FileId, User

pytestmark = pytest.mark.spec("HUBRUN-10")

DOCUMENT = FileId("d1")


def told(number: int, username: str, state: str = "finished", **changes: Any) -> dict[str, Any]:
    user = {"username": username, "display_name": username.title()}
    run = {"id": number, "state": state, "user": user, "cell": f"c{number}", "source_hash": "ab"}
    return {**run, "started_at": 100.5 + number, "ended_at": 103.0 + number, **changes}


class Bench:
    """A service's audit log, and one document's record; made anew as by a restart."""

    def __init__(self, directory: Path) -> None:
        self.store = SqlSharing.open(directory)
        self.auditor = Auditor(self.store, SystemClock())
        self.runs = RunAudit(self.auditor, SystemClock())
        self.record = self.anew()

    def anew(self) -> RunRecord:
        return RunRecord(self.runs, DOCUMENT, "alice")

    async def events(self) -> list[AuditEvent]:
        # Whether something was recorded before is read first.
        if self.record.reading is not None:
            await self.record.reading
        await self.auditor.flush()
        found = await self.store.find(AuditQuery(kind="cell.run", about=DOCUMENT), limit=100)
        return [entry.event for entry in found]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    await bench.auditor.close()
    await bench.store.close()


async def test_a_run_is_recorded_when_it_has_ended_in_the_services_own_words(bench: Bench) -> None:
    bench.record.asked(User("bob", "Bob", "Bob", "B"), [1], 1)
    bench.record.told([told(1, "mallory", "running", ended_at=None)])
    assert await bench.events() == []
    bench.record.told([told(1, "mallory")])
    (event,) = await bench.events()
    assert (event.actor, event.file_id) == ("user:bob", DOCUMENT)
    assert dict(event.details) == {
        "name": "Bob",
        "run": 1,
        "cell": "c1",
        "state": "finished",
        "started": 101.5,
        "seconds": 2.5,
        "source": "ab",
        "server": "alice",
    }


async def test_the_owners_own_runs_and_what_never_started_are_not(bench: Bench) -> None:
    bench.record.told(
        [told(1, "alice"), told(2, "bob", "cancelled", started_at=None), told(3, "bob", "queued")]
    )
    assert await bench.events() == []


async def test_each_run_is_recorded_once_whoever_is_restarted(bench: Bench) -> None:
    bench.record.asked(User("bob", "Bob", "Bob", "B"), [1, 2], 2)
    bench.record.told([told(1, "bob")])
    await bench.events()
    bench.record.told([told(1, "bob"), told(2, "bob", "failed")])
    assert [event.details["run"] for event in await bench.events()] == [1, 2]

    bench.record = bench.anew()
    bench.record.told([told(1, "bob"), told(2, "bob", "failed"), told(3, "bob")])
    # An owner's server that has lost its history counts from 1 again.
    bench.record.told([told(1, "bob", started_at=999.0, ended_at=999.5)])
    events = await bench.events()
    assert [event.details["run"] for event in events] == [1, 2, 3, 1]
    # What the service did not hand on in this life it knows from the owner's server.
    assert [event.details.get("told_by") for event in events] == [None, None, "alice", "alice"]


async def test_runs_of_long_ago_are_found_however_much_was_run_since(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 10)
    runs = [told(number, f"s{number % 7}") for number in range(1, 81)]
    bench.record.told(runs)
    assert len(await bench.events()) == 80
    for _ in range(3):
        # The owner's server remembers what each one ran of every cell last.
        bench.record = bench.anew()
        bench.record.told([*runs[:15], *runs[70:]])
        bench.record.told(runs[15:20])
        assert len(await bench.events()) == 80
    # It could not read all of its history at first.
    bench.record.told([*runs[:40], told(81, "s1")], whole=True)
    bench.record.told([told(30, "s2"), told(81, "s1")])
    assert [event.details["run"] for event in await bench.events()] == list(range(1, 82))


async def test_the_log_is_read_no_further_back_than_what_is_missing_can_be(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 10)
    runs = [told(number, "bob") for number in range(1, 81)]
    bench.record.told(runs)
    await bench.events()
    read: list[int | None] = []
    find = bench.store.find

    async def counted(query: AuditQuery, **how: Any) -> Any:
        read.append(query.before)
        return await find(query, **how)

    monkeypatch.setattr(bench.store, "find", counted)
    soon = time.time() + module.SKEW_S + 3_600
    bench.record = bench.anew()
    bench.record.told([*runs[75:], told(81, "bob", started_at=soon, ended_at=soon)])
    assert bench.record.reading is not None
    await bench.record.reading
    assert len(read) == 1
    assert len(await bench.events()) == 81


async def test_what_is_told_while_the_log_cannot_be_read_is_recorded_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.record.told([told(1, "bob")])
    await bench.events()
    bench.record = bench.anew()
    with monkeypatch.context() as broken:

        async def failing(query: AuditQuery, **how: Any) -> Any:
            raise StoreUnavailable("No.")

        broken.setattr(bench.store, "find", failing)
        bench.record.told([told(1, "bob"), told(2, "bob")])
        reading = bench.record.reading
        assert reading is not None
        await reading
    bench.record.told([told(3, "bob")])
    assert [event.details["run"] for event in await bench.events()] == [1, 2, 3]


async def test_nonsense_does_no_harm(bench: Bench) -> None:
    bench.record.asked(User("bob", "Bob", "Bob", "B"), "1", 1)
    bench.record.asked(User("bob", "Bob", "Bob", "B"), ["x", 7], 2)
    odd = {"cell": 5, "source_hash": "x" * 10_000, "ended_at": float("nan")}
    bench.record.told([told(7, "bob", **odd), told(8, "bob", started_at="soon")])
    (event,) = await bench.events()
    assert (event.details["cell"], len(str(event.details["source"]))) == ("", 256)
    assert event.details["seconds"] == 0.0


@pytest.mark.spec("HUBRUN-14", "AUDIT-12")
@pytest.mark.parametrize("odd", ["\ud800", "\0"])
async def test_names_that_cannot_be_written_keep_nothing_out_of_the_log(
    bench: Bench, odd: str
) -> None:
    bench.record.told([told(1, odd), told(2, "bob", user={"username": "b", "display_name": odd})])
    bench.record.told([told(3, "bob")])
    events = await bench.events()
    assert [(event.actor, event.details["name"]) for event in events] == [
        ("user:\ufffd", "\ufffd"),
        ("user:b", "\ufffd"),
        ("user:bob", "Bob"),
    ]
    assert as_csv(await bench.store.read()).encode()
    assert await bench.store.verify() is None
