"""What happens in rooms reaches the server's event bus, and what others do there does not reach rooms."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from jupyter_events import EventLogger

from jupyter_tandem.adapters.server.events import AWARENESS, SESSION, ServerEvents
from jupyter_tandem.types import Address, DocumentKind, FileId, User

ADDRESS = Address(DocumentKind("text", "file"), FileId("f1"))
ANA = User("ana", "Ana", "Ana", "A")
PATIENCE_S = 60.0


class Bus:
    """An event bus with somebody who listens."""

    def __init__(self) -> None:
        self.logger = EventLogger()
        self.events = ServerEvents(self.logger, lambda _: "folder/a.txt", lambda _: None)
        self.heard: list[tuple[str, str]] = []
        self.news = asyncio.Event()
        for schema in (SESSION, AWARENESS):
            self.logger.add_listener(schema_id=schema, listener=self._hear)

    async def _hear(self, logger: EventLogger, schema_id: str, data: dict[str, Any]) -> None:
        del logger
        self.heard.append((schema_id, data["action"]))
        self.news.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.heard) < count:
                self.news.clear()
                await self.news.wait()


async def test_events_are_told_in_order() -> None:
    bus = Bus()
    bus.events.room(ADDRESS, "load", "")
    bus.events.presence(ADDRESS, ANA, "join")
    bus.events.room(ADDRESS, "save", "")
    assert bus.heard == []
    await bus.until(3)
    assert bus.heard == [(SESSION, "load"), (AWARENESS, "join"), (SESSION, "save")]


@pytest.mark.spec("P-1")
async def test_what_an_extension_does_wrong_with_an_event_ends_nothing_of_ours() -> None:
    bus = Bus()
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: faults.append(context["exception"])
    )
    fault = KeyError("somebody else's")

    def modify(schema_id: str, data: dict[str, Any]) -> dict[str, Any]:
        raise fault

    bus.logger.add_modifier(schema_id=AWARENESS, modifier=modify)
    bus.events.presence(ADDRESS, ANA, "join")
    bus.events.room(ADDRESS, "save", "")
    await bus.until(1)
    assert bus.heard == [(SESSION, "save")]
    assert faults == [fault]
