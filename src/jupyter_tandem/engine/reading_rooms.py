"""All documents of a server that may only look, because another server holds the journal (HOST-6)."""

from __future__ import annotations

import asyncio
import logging
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.core.document import grow
from jupyter_tandem.core.inputs import FileReport
from jupyter_tandem.engine.compaction import reopen
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.memory_room import MemoryRooms, Original
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import FileMissing, StoreUnavailable, TandemError
from jupyter_tandem.ports.clock import Entropy
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.store import Holder, Journal, Replay
from jupyter_tandem.types import Address, DocumentId, DocumentKind, LineageId

_log = logging.getLogger(__name__)

FOLLOW_S: Final = 2.0
"""How often the other server's journal is asked for news: once per open document."""

IDLE_S: Final = 30.0
"""How long a room stays when nobody is in it: a page is reloaded, or a copy has just been made of it."""

_NEWS: Final = "The server has news; reconnect."


@dataclass(slots=True)
class _Shown:
    live: LiveRoom
    sequence: int
    idle: asyncio.TimerHandle | None = None


class ReadingRooms:
    """Shows what the journal holds and follows it; writes nothing anywhere."""

    def __init__(
        self,
        *,
        journal: Journal,
        files: Files,
        memory_rooms: MemoryRooms,
        entropy: Entropy,
        worker: Worker,
        holder: Holder,
        follow_s: float = FOLLOW_S,
        idle_s: float = IDLE_S,
    ) -> None:
        """Show documents that are live at ``holder``."""
        self._journal = journal
        self._files = files
        self._memory_rooms = memory_rooms
        self._entropy = entropy
        self._worker = worker
        self._reason = where_it_is_live(holder)
        self._follow_s = follow_s
        self._idle_s = idle_s
        self._shown: dict[DocumentId, _Shown] = {}
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    # -- House ---------------------------------------------------------------

    async def open(self, address: Address) -> LiveRoom:
        """The document as the other server's journal or, before it has one, the file has it.

        Raises:
            FileError, StoreError: neither can be read.
        """
        async with self._turn:
            shown = self._shown.get(address.document_id)
            if shown is None:
                shown = await self._load(address)
                if self._closed:
                    shown.live.close(1001, _NEWS)
                    self._memory_rooms.free(shown.live.room.document)
                    raise StoreUnavailable(_NEWS)
                self._shown[address.document_id] = shown
                self._start()
            self._schedule_end(address.document_id)
            return shown.live

    async def lineage(self, address: Address) -> LineageId:
        """The lineage of what is shown."""
        return (await self.open(address)).lineage

    def live(self, document_id: DocumentId) -> LiveRoom | None:
        """The room in which the document is shown now."""
        shown = self._shown.get(document_id)
        return shown.live if shown else None

    async def close(self) -> None:
        """Close every connection; clients come back to whatever this server is then."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        for document_id in list(self._shown):
            self._end(document_id, _NEWS)

    # -- inside --------------------------------------------------------------

    async def _load(self, address: Address) -> _Shown:
        document_id = address.document_id
        replay = await self._journal.replay(document_id)
        if replay is not None and replay.head.sequence > 0:
            client_id = self._entropy.client_id()
            original = await self._worker.run(_reopened, address, replay, client_id)
            lineage, sequence = replay.head.lineage, replay.head.sequence
        else:
            original = await self._from_file(address)
            lineage, sequence = LineageId(self._entropy.token()), 0
        path = await self._files.path(address.file_id)
        live = self._memory_rooms.open(
            address, original, lineage, lambda: self._schedule_end(document_id)
        )
        live.report(FileReport("read_only", None, self._reason, path or "", ""))
        return _Shown(live, sequence)

    async def _from_file(self, address: Address) -> Original:
        if await self._files.path(address.file_id) is None:
            raise FileMissing("The file is gone.")
        found = await self._files.read(address.file_id, address.kind)
        client_id = self._entropy.client_id()
        return await self._worker.run(_grown, address.kind, found.content, client_id)

    def _schedule_end(self, document_id: DocumentId) -> None:
        shown = self._shown.get(document_id)
        if shown is not None:
            if shown.idle is not None:
                shown.idle.cancel()
            loop = asyncio.get_running_loop()
            shown.idle = loop.call_later(
                self._idle_s, self._end_if_empty, document_id, context=Context()
            )

    def _end_if_empty(self, document_id: DocumentId) -> None:
        shown = self._shown.get(document_id)
        if shown is not None and shown.live.empty:
            self._end(document_id, "Nobody was here.")

    def _end(self, document_id: DocumentId, reason: str) -> None:
        shown = self._shown.pop(document_id, None)
        if shown is not None:
            if shown.idle is not None:
                shown.idle.cancel()
            shown.live.close(1001, reason)
            self._memory_rooms.free(shown.live.room.document)

    def _start(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._follow_s)
            for document_id, shown in list(self._shown.items()):
                await self._catch_up(document_id, shown)

    async def _catch_up(self, document_id: DocumentId, shown: _Shown) -> None:
        try:
            await self._take_news(document_id, shown)
        except TandemError as error:
            _log.warning("Cannot follow %s: %s", document_id, error)

    async def _take_news(self, document_id: DocumentId, shown: _Shown) -> None:
        head = await self._journal.head(document_id)
        if head is None or head.sequence == shown.sequence:
            return
        if head.lineage != shown.live.lineage:
            self._end(document_id, "The document has another history now; reconnect.")
            return
        for entry in await self._journal.history(document_id, after=shown.sequence):
            shown.live.incorporate(entry.update, author=entry.author, cause=entry.cause)
            shown.sequence = entry.sequence


def _reopened(address: Address, replay: Replay, client_id: int) -> Original:
    return Original.of(*reopen(address, replay, client_id))


def _grown(kind: DocumentKind, content: Any, client_id: int) -> Original:
    return Original.of(*grow(kind, content, client_id))


def where_it_is_live(holder: Holder) -> str:
    """The sentence for somebody who opened a document on the wrong server."""
    place = f"at {holder.url} " if holder.url else ""
    return (
        f"This folder is being edited by another Jupyter server {place}"
        f"(process {holder.pid} on {holder.host}); here you can only look."
    )
