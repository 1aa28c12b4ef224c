"""What stands around a relay, as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.engine.federation.run_audit import RunAudit
from jupyter_tandem.errors import HubUnreachable
from jupyter_tandem.ports.audit import AuditQuery
from jupyter_tandem.protocol.reason import Reason, owner_away_ask
from jupyter_tandem.sharing import AuditEntry, Detail
from jupyter_tandem.types import FileId, User


class FakeKeeper:
    """The owner's server."""

    owner = "Alice"

    def __init__(self) -> None:
        self.errands: list[tuple[int, str, dict[str, Any]]] = []
        self.warrants: asyncio.Queue[tuple[str, bool | None]] = asyncio.Queue()
        self.news = asyncio.Event()

    async def until_asked(self, count: int) -> None:
        while len(self.errands) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 10)

    def errand(self, number: int, user: User, command: dict[str, Any]) -> None:
        self.errands.append((number, user.username, command))
        self.news.set()

    def warrant(self, username: str, *, may_run: bool | None) -> None:
        self.warrants.put_nowait((username, may_run))


class Word:
    """Who may run code."""

    def __init__(self) -> None:
        self.may: set[str] = {"bob"}
        self.away = False
        self.asked: list[str] = []
        self.under_way = self.most_under_way = 0
        self.ended = asyncio.Semaphore(0)

    async def may_run(self, file_id: FileId, username: str) -> bool:
        self.asked.append(username)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        self.ended.release()
        if self.away:
            raise HubUnreachable("The Hub does not answer.")
        return username in self.may


class FakeStarting:
    """Lets those in ``let`` have the server started; a start goes on until it is told how it ends."""

    def __init__(self) -> None:
        self.let: set[str] = set()
        self.started: asyncio.Queue[str] = asyncio.Queue()
        self.stopped = asyncio.Event()
        self.end: asyncio.Queue[Reason] = asyncio.Queue()

    async def objection(
        self, file_id: FileId, username: str, owner: str, *, was_let: bool
    ) -> Reason | None:
        return None if username in self.let else owner_away_ask(owner)

    async def bring_up(self, file_id: FileId, user: User, owner: str) -> Reason:
        self.started.put_nowait(user.username)
        try:
            return await self.end.get()
        finally:
            self.stopped.set()


class FakeAudit:
    """Keeps what is recorded."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, str, dict[str, Detail]]] = []
        self.news = asyncio.Event()

    async def until_recorded(self, count: int) -> None:
        while len(self.recorded) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 10)

    def record(self, kind: str, actor: str, file_id: str = "", **details: Detail) -> None:
        self.recorded.append((kind, actor, details))
        self.news.set()

    async def flush(self) -> None: ...

    @property
    def waiting(self) -> int:
        return 0

    @property
    def log(self) -> Any:
        return self

    async def find(
        self, query: AuditQuery, *, limit: int, newest_first: bool = False
    ) -> Sequence[AuditEntry]:
        return []


def recording(audit: FakeAudit | None = None) -> RunAudit:
    """The way of runs into ``audit``."""
    return RunAudit(audit or FakeAudit(), SystemClock())
