"""Rooms that live in memory only: no journal, no file. Forks, previews and a second server's view are such."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from jupyter_tandem.core.document import Document
from jupyter_tandem.core.room import Room
from jupyter_tandem.engine.brief_journal import BriefJournal
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.late_answer import LateAnswers
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.settings import LARGE_BYTES
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.protocol.frames import SyncStep2, encode
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import Address, LineageId, SessionId, User


@dataclass(frozen=True, slots=True)
class Original:
    """What a room in memory begins with.

    Attributes:
        document: What it shows.
        state: The whole of it as one update.
        answer: The same as an encoded :class:`SyncStep2`.
    """

    document: Document
    state: bytes
    answer: bytes

    @classmethod
    def of(cls, document: Document, state: bytes) -> Original:
        """That of ``document``; a large one had better be made in a worker."""
        return cls(document, state, encode(SyncStep2(state)))


class MemoryRooms:
    """Makes rooms that live in memory only. What is edited in them ends with them."""

    def __init__(
        self,
        clock: Clock,
        entropy: Entropy,
        events: RoomEvents,
        worker: Worker,
        limits: Limits,
        large_bytes: int = LARGE_BYTES,
    ) -> None:
        """Rooms that report to ``events``; a document from ``large_bytes`` on is put together in ``worker``."""
        self._clock = clock
        self._entropy = entropy
        self._events = events
        self._worker = worker
        self._limits = limits
        self._large_bytes = large_bytes
        self._journal = BriefJournal()
        self._committer = Committer(self._journal, _never_lost, lasting=False)

    def open(
        self,
        address: Address,
        original: Original,
        lineage: LineageId,
        on_emptied: Callable[[], None],
    ) -> LiveRoom:
        """Put ``original`` into a room.

        Args:
            address: Names the room.
            original: What it begins with.
            lineage: The history that belongs to.
            on_emptied: Called when the last person left.
        """
        document, large_bytes = original.document, self._large_bytes
        listener = _Listener(address, self._events, on_emptied)
        room = Room(
            address.document_id, document, lineage, 0, self._limits, original.answer, large_bytes
        )
        live = LiveRoom(address, room, self._committer, self._clock, listener)
        listener.live = live
        if document.bytes_taken >= large_bytes:
            self._journal.begin(live.document_id, lineage, original.state)
            recall = Recall(
                live, self._journal, self._worker, self._entropy, large_bytes=large_bytes
            )
            live.whole = _Whole(live, recall, self._worker, self._journal)
        return live

    def free(self, document: Document) -> None:
        """Free what such a room held, or was to hold; nobody uses it any more."""
        self._worker.put_off(document.close)


class _Whole(LateAnswers):
    """Ends the journal with the room."""

    def __init__(
        self, live: LiveRoom, recall: Recall, worker: Worker, journal: BriefJournal
    ) -> None:
        super().__init__(live, recall, worker)
        self._end = partial(journal.end, live.document_id)

    def close(self) -> None:
        super().close()
        self._end()


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
