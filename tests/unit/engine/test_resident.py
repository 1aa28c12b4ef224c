"""People who ask for a save at the same time are served together, however often they ask."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jupyter_tandem.engine import resident as module
from jupyter_tandem.engine.resident import Resident
from jupyter_tandem.types import Address, DocumentKind, FileId, SessionId, User

ADDRESS = Address(DocumentKind("text", "file"), FileId("f1"))


class OddError(Exception):
    """What a contents manager raises that nobody here has heard of."""


class FakeBridge:
    """Counts writes, each of which takes as long as the test wants."""

    def __init__(self) -> None:
        self.writes = 0
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def save_now(self) -> str:
        self.writes += 1
        self.begun.set()
        await self.may_end.wait()
        return "success"


class FakeRoom:
    """Remembers what was answered."""

    def __init__(self) -> None:
        self.answers: list[tuple[SessionId, int, str]] = []
        self.merges: list[tuple[SessionId, dict[str, Any]]] = []
        self.answered = asyncio.Event()

    def answer_save(self, session: SessionId, number: int, status: str) -> None:
        self.answers.append((session, number, status))
        self.answered.set()

    def answer_merge(self, session: SessionId, body: dict[str, Any]) -> None:
        self.merges.append((session, body))


def furnished() -> tuple[Resident, FakeRoom, FakeBridge]:
    resident = Resident(ADDRESS, None, lambda _: None, lambda *_: None)  # type: ignore[arg-type]  # no events come
    room, bridge = FakeRoom(), FakeBridge()
    resident.furnish(room, bridge)  # type: ignore[arg-type]  # all that it asks of them
    return resident, room, bridge


@pytest.mark.spec("FILE-5", "FILE-34")
async def test_requests_that_come_meanwhile_share_the_next_write() -> None:
    resident, room, bridge = furnished()
    ana, bo = SessionId(1), SessionId(2)
    resident.save_requested(ana, 1)
    await bridge.begun.wait()
    # What is asked for now may be about an edit that the first write lacks.
    for number in range(2, 100):
        resident.save_requested(ana, number)
        resident.save_requested(bo, number)
    assert room.answers == []
    bridge.may_end.set()
    await resident.finish()
    assert bridge.writes == 2
    assert len(room.answers) == 1 + 2 * 98
    assert set(room.answers) >= {(ana, 1, "success"), (ana, 99, "success"), (bo, 99, "success")}
    resident.save_requested(bo, 100)
    await resident.finish()
    assert room.answers[-1] == (bo, 100, "success")


@pytest.mark.spec("FILE-34", "P-12")
async def test_more_requests_than_may_wait_are_answered_at_once() -> None:
    resident, room, bridge = furnished()
    ana = SessionId(1)
    for number in range(module.MOST_SAVES + 1):
        resident.save_requested(ana, number)
    await room.answered.wait()
    assert room.answers == [(ana, module.MOST_SAVES, "failed")]
    bridge.may_end.set()
    await resident.finish()
    assert len(room.answers) == module.MOST_SAVES + 1


@pytest.mark.spec("ROOM-62")
async def test_requests_are_answered_whatever_goes_wrong() -> None:
    class OddBridge:
        async def save_now(self) -> str:
            raise OddError

        async def merge(self, body: dict[str, Any], author: str) -> dict[str, Any]:
            raise OddError

    resident, room, _ = furnished()
    resident.bridge = OddBridge()  # type: ignore[assignment]  # all that is asked of it
    ana = SessionId(1)
    for number in (1, 2):
        resident.save_requested(ana, number)
        await resident.finish()
    assert room.answers == [(ana, 1, "failed"), (ana, 2, "failed")]
    resident.merge_requested(ana, User("ana", "Ana", "Ana", "A"), {})
    await resident.finish()
    ((session, answer),) = room.merges
    assert session == ana
    assert answer["status"] == "refused"
    assert "OddError" in answer["message"]
