"""Lets rooms go: first the journal and the file have what is in them, then they are forgotten."""

from __future__ import annotations

import logging

from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.resident import Resident
from jupyter_tandem.engine.upkeep import Upkeep
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.files import Files

_log = logging.getLogger(__name__)


class RoomCloser:
    """Takes rooms apart with all that belongs to them.

    Attributes:
        hurried: Whether files are saved no more: what they lack is in the journal.
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
        self._files = files
        self._events = events
        self._committer = committer
        self._worker = worker
        self._upkeep = upkeep

    async def retire(self, resident: Resident) -> None:
        """Save the document and say goodbye to everybody. The journal has everything on return."""
        live = resident.live
        self._upkeep.end(resident)
        await self._committer.drain()
        live.close(1001, "The server is going away.")
        if self.hurried:
            resident.bridge.abandon()
        try:
            await resident.bridge.close()
        except Exception:  # noqa: BLE001  (whatever is wrong with the file, the journal is to have everything)
            _log.exception("%s was not saved; the journal has it.", live.document_id)
        await self._committer.drain()
        await resident.finish()
        self._worker.put_off(live.dispose)
        self._files.forget(live.address.file_id)
        self._events.room(live.address, "clean", "")

    async def drop(self, resident: Resident) -> None:
        """Forget a room that was closed, and leave its file as it is. The journal has everything on return."""
        self._upkeep.end(resident)
        resident.bridge.abandon()
        await self._committer.drain()
        await resident.finish()
        self._worker.put_off(resident.live.dispose)

    async def undo(self, resident: Resident) -> None:
        """Forget what was built of a room that nobody was let into. The journal has everything on return."""
        if not resident.furnished:
            return
        resident.live.close(4500, "The document could not be opened.")
        await self.drop(resident)
        self._files.forget(resident.address.file_id)
