"""Rooms that live in memory only: no journal, no file. Forks, previews and a second server's view are such."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from jupyter_tandem.core.document import Document
from jupyter_tandem.core.room import Room
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.store import Entry, Head, Replay, Snapshot
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import Address, DocumentId, LineageId, SessionId, User


class NoJournal:
    """A journal that keeps nothing: every append is as durable as the room it belongs to."""

    async def create(self, document_id: DocumentId, lineage: LineageId) -> Head:
        """A head with nothing behind it."""
        return Head(document_id, lineage, 0)

    async def head(self, document_id: DocumentId) -> Head | None:  # noqa: ARG002
        """None."""
        return None

    async def append(
        self, entries: Sequence[Entry], runs: Sequence[tuple[DocumentId, Run]] = ()
    ) -> None:
        """Forget them."""

    async def replay(self, document_id: DocumentId) -> Replay | None:  # noqa: ARG002
        """None."""
        return None

    async def history(
        self,
        document_id: DocumentId,  # noqa: ARG002
        *,
        after: int = 0,  # noqa: ARG002
        limit: int = 10_000,  # noqa: ARG002
    ) -> Sequence[Entry]:
        """None."""
        return ()

    async def put_snapshot(self, document_id: DocumentId, snapshot: Snapshot) -> None:
        """Forget it."""

    async def prune(self, document_id: DocumentId, *, through: int) -> None:
        """There is nothing to prune."""


class MemoryRooms:
    """Makes rooms that live in memory only. What is edited in them ends with them."""

    def __init__(self, clock: Clock, events: RoomEvents, limits: Limits) -> None:
        """Rooms that report to ``events``."""
        self._clock = clock
        self._events = events
        self._limits = limits
        self._committer = Committer(NoJournal(), _never_lost)

    def open(
        self,
        address: Address,
        document: Document,
        lineage: LineageId,
        on_emptied: Callable[[], None],
        answer: bytes | None = None,
    ) -> LiveRoom:
        """Put ``document`` into a room.

        Args:
            address: Names the room.
            document: What it shows.
            lineage: The history ``document`` belongs to.
            on_emptied: Called when the last person left.
            answer: The whole document as an encoded ``SyncStep2``, where there is one.
        """
        listener = _Listener(address, self._events, on_emptied)
        room = Room(address.document_id, document, lineage, 0, self._limits, answer)
        live = LiveRoom(address, room, self._committer, self._clock, listener)
        listener.live = live
        return live


class _Listener:
    """A room's listener when nothing is behind it."""

    live: LiveRoom

    def __init__(
        self, address: Address, events: RoomEvents, on_emptied: Callable[[], None]
    ) -> None:
        self._address = address
        self._events = events
        self._on_emptied = on_emptied

    def content_changed(self) -> None:
        """There is no file to be behind."""

    def save_requested(self, session: SessionId, number: int) -> None:
        """Nothing is written, and nobody is left waiting."""
        self.live.answer_save(session, number, "skipped")

    def merge_requested(self, session: SessionId, user: User, body: dict[str, Any]) -> None:  # noqa: ARG002
        """Merging belongs where edits are kept."""
        message = "This copy lives in memory only; merge into the document itself."
        answer = {"status": "refused", "conflicts": 0, "message": message}
        self.live.answer_merge(session, answer)

    def presence(self, user: User, action: str) -> None:
        """Pass it on."""
        self._events.presence(self._address, user, action)

    def struck(self, channel: Channel) -> None:
        """Pass it on."""
        self._events.struck(channel)

    def rebuild(self, reason: str) -> None:
        """There is nothing to rebuild it from: it ends."""
        message = f"This copy is damaged and was closed: {reason}"
        asyncio.get_running_loop().call_soon(self.live.close, 4500, message)

    def emptied(self) -> None:
        """Pass it on."""
        self._on_emptied()


def _never_lost(reason: str) -> None:
    raise AssertionError(f"Memory cannot be lost to another server: {reason}")
