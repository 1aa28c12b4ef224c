"""Forks: copies of a document that people edit apart from it, and may merge back (docs/spec/host.md)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.core.document import Document
from jupyter_tandem.engine.annex import Annex
from jupyter_tandem.engine.follower import Follower
from jupyter_tandem.engine.house import Landlord, open_room
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.memory_room import Original
from jupyter_tandem.engine.teaching import TEACH_BYTES
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import NotFound, StoreUnavailable, TandemError
from jupyter_tandem.ports.clock import Entropy
from jupyter_tandem.ports.history import Fork
from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.types import Address, DocumentKind

_log = logging.getLogger(__name__)


class ForkEvents(Protocol):
    """What is told about forks."""

    def forked(self, fork: Fork, username: str, action: str) -> None:
        """A fork was made (``create``) or ended (``delete``)."""


@dataclass(slots=True)
class _Record:
    fork: Fork
    live: LiveRoom
    follower: Follower | None = None


class ForkDesk:
    """Keeps :class:`jupyter_tandem.ports.history.Forks`."""

    def __init__(
        self,
        landlord: Landlord,
        annex: Annex,
        entropy: Entropy,
        events: ForkEvents,
        worker: Worker,
    ) -> None:
        """There is no fork."""
        self._worker = worker
        self._landlord = landlord
        self._annex = annex
        self._entropy = entropy
        self._events = events
        self._records: dict[str, _Record] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, root: str, visitor: Visitor | None = None) -> Mapping[str, Fork]:  # noqa: ARG002
        """See the port. Whoever asks is told the same."""
        return {
            fork_id: record.fork
            for fork_id, record in self._records.items()
            if record.fork.root == root
        }

    async def create(
        self, root: str, *, title: str, description: str, synchronize: bool, visitor: Visitor
    ) -> Fork:
        """See the port."""
        live = await open_room(self._landlord, parse_root(root))
        fork_id = self._entropy.token()
        fork = Fork(fork_id, live.document_id, live.lineage, synchronize, title, description)
        original = await copy_of(live, self._worker, self._entropy.client_id())
        room = self._annex.open(fork_id, live.address, original, live.lineage)
        record = _Record(fork, room)
        self._records[fork_id] = record
        if synchronize:
            self._follow(record, live)
        self._events.forked(fork, visitor.user.username, "create")
        return fork

    async def delete(self, fork_id: str, *, merge: bool, visitor: Visitor) -> Fork:
        """See the port."""
        record = self._records.get(fork_id)
        if record is None:
            raise NotFound("There is no such fork.")
        if merge:
            await self._merge(record, visitor)
        self._records.pop(fork_id, None)
        if record.follower is not None:
            record.follower.stop()
        self._annex.end(fork_id, 1001, "The fork has ended.")
        self._events.forked(record.fork, visitor.user.username, "delete")
        return record.fork

    async def _merge(self, record: _Record, visitor: Visitor) -> None:
        root = await open_room(self._landlord, parse_root(record.fork.root))
        if root.lineage != record.fork.lineage:
            raise NotFound("The document has another history now; the fork cannot be merged.")
        _, update = record.live.encode(root.room.document.state_vector())
        root.incorporate(update, author=visitor.user.username, cause="merge")
        await root.durable(root.sequence)

    def _follow(self, record: _Record, live: LiveRoom) -> None:
        def take(update: bytes) -> None:
            record.live.incorporate(update, author="", cause="merge")

        def reopen() -> None:
            if record.fork.fork_id in self._records:
                task = asyncio.get_running_loop().create_task(self._follow_again(record))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        record.follower = Follower(take, reopen)
        record.follower.follow(live, record.live.room.document.state_vector())

    async def _follow_again(self, record: _Record) -> None:
        """The root's room was closed under us (rebuilt, or another server has taken over)."""
        try:
            live = await open_room(self._landlord, parse_root(record.fork.root))
        except TandemError as error:
            _log.info("Fork %s follows no more: %s", record.fork.fork_id, error)
            return
        if live.lineage == record.fork.lineage:
            self._follow(record, live)

    async def close(self) -> None:
        """End all forks."""
        records, self._records = self._records, {}
        for record in records.values():
            if record.follower is not None:
                record.follower.stop()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))


def parse_root(root: str) -> Address:
    """The address in a room id.

    Raises:
        NotFound: it is none.
    """
    try:
        return Address.parse(root)
    except ValueError as error:
        raise NotFound("Room not found") from error


async def copy_of(live: LiveRoom, worker: Worker, client_id: int) -> Original:
    """A second document with the same history as ``live`` has now.

    Raises:
        StoreUnavailable: the room was closed meanwhile.
    """
    live.hold()
    try:
        _, state = await live.state()
        copied = await worker.run(_copied, live.address.kind, state, client_id)
    finally:
        live.release()
    if live.closed:
        worker.put_off(copied.document.close)
        raise StoreUnavailable("The document was closed meanwhile; try again.")
    return copied


def _copied(kind: DocumentKind, state: bytes, client_id: int) -> Original:
    document = document_of(kind, state, client_id)
    lesson = document.begin_teaching(TEACH_BYTES, state)
    if lesson is not None:
        document.teach(document.make_history(lesson))
    return Original.of(document, state)


def document_of(kind: DocumentKind, state: bytes, client_id: int) -> Document:
    """A document with the history in ``state``."""
    document = Document(kind, client_id)
    document.load([state])
    return document
