"""Lets rooms go: first the journal and the file have what is in them, then they are forgotten."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.resident import Resident
from jupyter_tandem.engine.upkeep import Upkeep
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import StoreError
from jupyter_tandem.ports.files import Files

_log = logging.getLogger(__name__)


class RoomCloser:
    """Takes rooms apart with all that belongs to them.

    What is said below about the journal holds while there is time (:meth:`wait_no_more`) and it can be written at all.

    Attributes:
        hurried: Whether files are saved no more: what they lack is in the journal.
        abandoned: Whether somebody else, maybe in this process, has these documents now.
    """

    def __init__(
        self,
        files: Files,
        events: RoomEvents,
        committer: Committer,
        worker: Worker,
        upkeep: Upkeep,
    ) -> None:
        """Let go of what :class:`jupyter_tandem.engine.room_loader.RoomLoader` has built of the same parts."""
        self.hurried = False
        self.abandoned = False
        self._files = files
        self._events = events
        self._committer = committer
        self._worker = worker
        self._upkeep = upkeep
        self._no_time = asyncio.Event()

    @property
    def out_of_time(self) -> bool:
        """Whether nothing is waited for any more."""
        return self._no_time.is_set()

    def wait_no_more(self) -> None:
        """Wait neither for the journal nor for what has begun: no document is opened after this."""
        self._no_time.set()

    def abandon(self) -> None:
        """The same, since somebody else has these documents now."""
        self.abandoned = True
        self.wait_no_more()

    async def retire(self, resident: Resident) -> None:
        """Save the document and say goodbye to everybody. The journal has everything on return."""
        live = resident.live
        self._upkeep.end(resident)
        # People are told of what is durable while they are here; they may go on typing meanwhile.
        await self._written(live)
        if not live.closed:
            live.close(1001, "The server is going away.")
        if self.hurried:
            resident.bridge.abandon()
        try:
            await resident.bridge.close()
        except Exception:  # noqa: BLE001  (whatever is wrong with the file, the journal is to have everything)
            _log.exception("%s was not saved; the journal has it.", live.document_id)
        await self._end(resident)
        if not self.abandoned:
            self._files.forget(live.address.file_id)
            self._events.room(live.address, "clean", "")

    async def drop(self, resident: Resident) -> None:
        """Forget a room that was closed, and leave its file as it is. The journal has everything on return."""
        self._upkeep.end(resident)
        resident.bridge.abandon()
        await self._end(resident)

    async def undo(self, resident: Resident) -> None:
        """Forget what was built of a room that nobody was let into. The journal has everything on return."""
        if resident.furnished:
            resident.live.close(4500, "The document could not be opened.")
            await self.drop(resident)
        if not self.abandoned:
            self._files.forget(resident.address.file_id)

    async def in_time(self, work: Coroutine[Any, Any, object]) -> None:
        """Wait for ``work``, but no longer than there is time."""
        working = asyncio.ensure_future(work)
        waiting = asyncio.ensure_future(self._no_time.wait())
        try:
            await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            working.cancel()
        if working.done():
            # Where nothing can be written any more, that was said by the committer.
            with contextlib.suppress(StoreError):
                working.result()

    # -- inside ----------------------------------------------------------------

    async def _end(self, resident: Resident) -> None:
        # What has begun may write, too.
        await self.in_time(resident.finish())
        await self._written(resident.live)
        self._worker.put_off(resident.live.dispose)

    async def _written(self, live: LiveRoom) -> None:
        """Return when the journal has what is in the room now, whatever comes in others."""
        if live.room.durable < live.sequence:
            await self.in_time(self._committer.settle(live.document_id, ()))
