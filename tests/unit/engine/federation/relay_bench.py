"""What stands around a relay, as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

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
        self.warrants: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()
        self.news = asyncio.Event()

    async def until_asked(self, count: int) -> None:
        while len(self.errands) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 10)

    def errand(self, number: int, user: User, command: dict[str, Any]) -> None:
        self.errands.append((number, user.username, command))
        self.news.set()

    def warrant(self, username: str, *, may_run: bool) -> None:
        self.warrants.put_nowait((username, may_run))


class Word:
    """Who may run code."""

    def __init__(self) -> None:
        self.may: set[str] = {"bob"}
        self.away = False

    async def may_run(self, file_id: FileId, username: str) -> bool:
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

    async def objection(self, file_id: FileId, username: str, owner: str) -> Reason | None:
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

    def record(self, kind: str, actor: str, file_id: str = "", **details: Detail) -> None:
        self.recorded.append((kind, actor, details))

    async def flush(self) -> None: ...

    @property
    def log(self) -> Any:
        return self

    async def find(
        self, query: AuditQuery, *, limit: int, newest_first: bool = False
    ) -> Sequence[AuditEntry]:
        return []
