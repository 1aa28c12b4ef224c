"""A live room over a store in memory, and those who are in it."""

from __future__ import annotations

import asyncio
from typing import Any

from pycrdt import Doc, Text

from jupyter_tandem.adapters.store.memory import MemoryStore
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.core.room import Room
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import (
    Address,
    DocumentKind,
    FileId,
    LineageId,
    Rights,
    Role,
    SessionId,
    User,
)

ADDRESS = Address(DocumentKind("text", "file"), FileId("f1"))
LINEAGE = LineageId("L")
ANA = User("ana", "Ana", "Ana", "A")


class FakeChannel:
    """A connection whose draining the test decides."""

    def __init__(self) -> None:
        self.sent: list[f.ServerMessage] = []
        self.closed: tuple[int, str] | None = None
        self.backlog_bytes = 0
        self.acknowledged = asyncio.Event()
        self.reads = True

    def send(self, frame: bytes) -> None:
        if not self.reads:
            self.backlog_bytes += len(frame)
            return
        message = f.decode_server(frame)
        self.sent.append(message)
        if isinstance(message, f.Acknowledgement) and message.count > 1:
            self.acknowledged.set()

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def updates(self) -> list[bytes]:
        return [m.update for m in self.sent if isinstance(m, f.Update)]

    def text(self) -> str:
        """What it was sent makes."""
        doc: Doc[Any] = Doc()
        text = doc.get("source", type=Text)
        for message in self.sent:
            if isinstance(message, f.Update | f.SyncStep2):
                doc.apply_update(message.update)
        return str(text)


class FakeClock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1_790_000_000.0


class Listener:
    """Writes down what the room tells the engine."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.fault: Exception | None = None

    def content_changed(self) -> None:
        self.calls.append(("changed",))

    def save_requested(self, session: SessionId, number: int) -> None:
        self.calls.append(("save", session, number))

    def merge_requested(self, session: SessionId, user: User, body: dict[str, Any]) -> None:
        self.calls.append(("merge", session, user, body))

    def presence(self, user: User, action: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.calls.append((action, user.username))

    def struck(self, channel: Channel) -> None:
        self.calls.append(("struck", channel))

    def rebuild(self, reason: str) -> None:
        self.calls.append(("rebuild", reason))

    def emptied(self) -> None:
        self.calls.append(("emptied",))


class Stage:
    """A live room over a store in memory."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.clock = FakeClock()
        self.listener = Listener()
        self.committer = Committer(store.journal, lambda _reason: None)
        self.live = self.live_over(self.committer)

    def live_over(self, committer: Committer) -> LiveRoom:
        """The document from its beginning, whose entries go there."""
        document = Document(ADDRESS.kind, client_id=9)
        document.load([seed(ADDRESS.kind, "", 8)])
        room = Room(ADDRESS.document_id, document, LINEAGE, 0, Limits())
        return LiveRoom(ADDRESS, room, committer, self.clock, self.listener)

    def join(
        self, role: Role = Role.EDITOR, *, channel: FakeChannel | None = None
    ) -> tuple[SessionId, FakeChannel]:
        channel = channel or FakeChannel()
        session = self.live.join(ANA, Rights.of(role), Dialect.TANDEM, LINEAGE, channel)
        self.live.receive(session, f.encode(f.SyncStep1(b"\x00")))
        self.live.receive(session, f.encode(f.SyncStep2(b"\x00\x00")))
        return session, channel


class Typist:
    """Makes updates."""

    def __init__(self) -> None:
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.made: list[bytes] = []
        self._subscription = self.doc.observe(lambda event: self.made.append(event.update))

    def frame(self, letters: str) -> bytes:
        self.text += letters
        return f.encode(f.Update(self.made[-1]))


async def writer_and_reader(stage: Stage) -> tuple[SessionId, FakeChannel]:
    """Two people who have been greeted."""
    writer, _ = stage.join()
    _, reader = stage.join()
    await turn()
    return writer, reader


async def stage_over(store: MemoryStore) -> Stage:
    """The journal has the document already."""
    await store.journal.create(ADDRESS.document_id, LINEAGE)
    return Stage(store)


async def turn() -> None:
    """Let a turn of the loop pass, with what it leads to."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
