"""AUDIT-12: what cannot be recorded keeps nothing else from being recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from jupyter_tandem.adapters.sharing.store import SqlSharing
from jupyter_tandem.engine.sharing import auditor as module
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.sharing import AuditEvent
from tests.unit.engine.sharing.desk import Clock

pytestmark = pytest.mark.spec("AUDIT-12")


class PickyLog(SqlSharing):
    """Takes no event of the kind ``bad``, and none at all for the first few times."""

    away = 0
    appends = 0

    async def append(self, events: Sequence[AuditEvent]) -> None:
        self.appends += 1
        if self.away:
            self.away -= 1
            raise StoreUnavailable("the disk is full")
        if any(event.kind == "bad" for event in events):
            raise UnicodeError("half a character")
        await super().append(events)

    async def kinds(self) -> list[tuple[str, object]]:
        found = await self.read(limit=10_000)
        return [(one.event.kind, one.event.details.get("count")) for one in found]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PickyLog:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    return PickyLog(SqlSharing.open(tmp_path)._engine)


async def settled(auditor: Auditor) -> None:
    task = auditor._task
    if task is not None:
        await task


async def test_an_event_that_cannot_be_written_keeps_out_nothing_but_itself(log: PickyLog) -> None:
    auditor = Auditor(log, Clock())
    log.away = 2
    kinds = [*("good" for _ in range(300)), "bad", "next", "bad", "last"]
    for kind in kinds:
        auditor.record(kind, "user:ada")
    await settled(auditor)
    told = [(kind, None) for kind in kinds if kind != "bad"]
    assert await log.kinds() == [*told, ("audit.dropped", 2)]
    assert auditor.waiting == 0
    assert log.appends < 60, "looked for by halves"
    auditor.record("more", "user:ada")
    await settled(auditor)
    assert (await log.kinds())[-1] == ("more", None)
    await log.close()


async def test_what_was_left_out_is_told_as_soon_as_something_can_be_written(
    log: PickyLog,
) -> None:
    auditor = Auditor(log, Clock())
    for _ in range(3):
        auditor.record("bad", "user:ada")
    await settled(auditor)
    assert (await log.kinds(), auditor.waiting) == ([], 0)
    auditor.record("good", "user:ada")
    await settled(auditor)
    assert await log.kinds() == [("good", None), ("audit.dropped", 3)]
    await log.close()
