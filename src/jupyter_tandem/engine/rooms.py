"""All rooms of one server: opening, evicting, recovering, closing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from contextvars import Context
from typing import Final

from jupyter_tandem.engine.bridge import Elsewhere
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.file_bridge import SaveSettings
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.resident import Resident
from jupyter_tandem.engine.room_closer import RoomCloser
from jupyter_tandem.engine.room_loader import RoomLoader
from jupyter_tandem.engine.room_slot import Slot
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.teaching import teach_later
from jupyter_tandem.engine.upkeep import Upkeep
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import FileError, ServerFull, StoreUnavailable
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.store import Entry, FileBaseStore, Journal
from jupyter_tandem.types import Address, DocumentId, FileId, LineageId

_log = logging.getLogger(__name__)

_CLOSED_TOGETHER: Final = 32
"""Rooms that are saved at the same time when the server stops: of too many at once none would be done in time."""

_UNSETTLED_S: Final = 0.2
"""Least time between two looks at a room that may not go yet, however short its idle time is."""

_LAST_S: Final = 5.0
"""How long what all rooms have left for the journal may take when the server stops."""


class Rooms:
    """The registry. One per server; everything on one event loop."""

    def __init__(
        self,
        *,
        journal: Journal,
        bases: FileBaseStore,
        files: Files,
        clock: Clock,
        entropy: Entropy,
        events: RoomEvents,
        on_lost: Callable[[str], None],
        on_open: Callable[[LiveRoom], None] = lambda _: None,
        settings: RoomSettings | None = None,
        save_settings: SaveSettings | None = None,
        elsewhere: Elsewhere | None = None,
        outputs: OutputShelf | None = None,
    ) -> None:
        """Serve documents from ``journal`` and ``files``; ``on_lost`` hears that another server has taken over.

        Documents whose file is kept ``elsewhere`` have a journal before they are opened for the first time, and
        their big outputs in them; those of the others are kept in ``outputs``.
        """
        self._journal = journal
        self._bases = bases
        self._files = files
        self._clock = clock
        self._entropy = entropy
        self._events = events
        self._settings = settings or RoomSettings()
        self._save_settings = save_settings or SaveSettings()
        self._elsewhere = elsewhere
        self._committer = Committer(journal, on_lost, outputs)
        self._worker = Worker()
        self._loader = RoomLoader(
            journal=journal,
            bases=bases,
            files=files,
            clock=clock,
            entropy=entropy,
            events=events,
            committer=self._committer,
            worker=self._worker,
            settings=self._settings,
            save_settings=self._save_settings,
            elsewhere=elsewhere,
            outputs=outputs,
            on_open=on_open,
        )
        self._upkeep = Upkeep(journal, self._settings, self._worker, self._loader.shelf)
        self._closer = RoomCloser(files, events, self._committer, self._worker, self._upkeep)
        self._slots: dict[FileId, Slot] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._closed = False

    # -- looking -------------------------------------------------------------

    def live(self, document_id: DocumentId) -> LiveRoom | None:
        """The document's room if it is in memory now."""
        for slot in self._slots.values():
            if slot.address.document_id == document_id and slot.resident is not None:
                return slot.resident.live
        return None

    def all_live(self) -> list[LiveRoom]:
        """Every room in memory now."""
        return [slot.resident.live for slot in self._slots.values() if slot.resident is not None]

    # -- opening -------------------------------------------------------------

    async def lineage(self, address: Address) -> LineageId:
        """The document's lineage; the document is made from its file when it has no journal yet.

        Raises:
            As :meth:`open`.
        """
        head = await self._journal.head(address.document_id)
        if head is not None and head.sequence > 0:
            slot = self._slots.get(address.file_id)
            if slot is not None:
                slot.refuse_other_kind(address)
            return head.lineage
        return (await self.open(address)).lineage

    async def open(self, address: Address) -> LiveRoom:
        """The document's room, loaded if need be. Several callers share one load.

        Raises:
            FileMissing, FileUnreadable, FileError: the file cannot be read and there is no journal.
            FileOpenAsOtherKind: people are in the same file, opened as another kind.
            ServerFull: no more rooms fit.
            StoreUnavailable, StoreCorrupt: the journal cannot be read, or what was in the document when it was
                closed cannot be written.
        """
        while True:
            slot = self._slots.get(address.file_id)
            if slot is None:
                slot = self._make_slot(address)
            elif slot.closing is not None:
                await slot.gone()
                continue
            elif slot.address.kind != address.kind:
                await self._vacate(slot, address)
                continue
            resident = await slot.loaded()
            if slot.closing is None:
                self._schedule_eviction(slot)
                return resident.live

    def _make_slot(self, address: Address) -> Slot:
        if self._closed or len(self._slots) >= self._settings.rooms:
            raise ServerFull("The server has as many documents open as it can hold; close some.")
        # In no context, or the room keeps the request of whoever came first.
        loading = self._load(address)
        task = asyncio.get_running_loop().create_task(loading, context=Context())
        slot = self._slots[address.file_id] = Slot(address, task)
        # Before whoever waits for it learns that it failed, and may try again.
        task.add_done_callback(lambda _: self._loaded(slot))
        return slot

    def _loaded(self, slot: Slot) -> None:
        # Here: whoever asked for it may have gone meanwhile.
        if slot.resident is None:
            self._forget(slot)
        else:
            self._schedule_eviction(slot)

    async def _vacate(self, slot: Slot, address: Address) -> None:
        """Have the room of another kind closed when nobody is in it."""
        # Whatever becomes of it is the business of who asked for that kind.
        await asyncio.wait({slot.task})
        slot.refuse_other_kind(address)
        if slot.resident is not None and slot.closing is None:
            slot.close(self._evict(slot))

    async def _load(self, address: Address) -> Resident:
        started = time.perf_counter()
        resident = Resident(address, self._events, self._emptied, self._rebuild)
        try:
            loaded = await self._loader.load(resident)
            self._watch()
            self._events.room(address, "initialize" if loaded.new else "load", "")
            if loaded.lesson is not None:
                teach_later(resident, self._worker, loaded.lesson, self._save_settings.first_look_s)
            self._upkeep.begin(resident, loaded.recall, loaded.long)
        except BaseException:
            await self._closer.undo(resident)
            raise
        took_ms = 1000 * (time.perf_counter() - started)
        _log.info("Opened %s in %.0f ms", address.document_id, took_ms)
        return resident

    def _forget(self, slot: Slot) -> None:
        if self._slots.get(slot.address.file_id) is slot:
            del self._slots[slot.address.file_id]

    # -- another history -----------------------------------------------------

    async def replant(self, address: Address, lineage: LineageId, state: bytes | None) -> None:
        """Give a document another history: the one in ``state``, or none at all. Durable on return.

        Its file is saved before, and merged with what is new when the document is opened again. Front ends
        come back, and find by the lineage that it is not what they have.

        Raises:
            StoreError: the journal cannot be written.
        """
        with contextlib.suppress(FileError):
            await self.open(address)
        while (slot := self._slots.get(address.file_id)) and slot.closing is not None:
            await slot.gone()
        if slot is None:
            await self._plant(address, lineage, state)
        else:
            await asyncio.shield(slot.close(self._replant(slot, address, lineage, state)))

    async def _replant(
        self, slot: Slot, address: Address, lineage: LineageId, state: bytes | None
    ) -> None:
        try:
            await self._closer.retire(await slot.loaded())
            if self._closer.out_of_time:
                # Edits of the former history may still be on their way to the journal.
                raise StoreUnavailable("The server is stopping.")
            await self._plant(address, lineage, state)
        finally:
            self._forget(slot)

    async def _plant(self, address: Address, lineage: LineageId, state: bytes | None) -> None:
        document_id = address.document_id
        await self._journal.create(document_id, lineage)
        if state is not None:
            # No seed: it was not made of the file, which may lack what it holds (FILE-60).
            entry = Entry(document_id, 1, "", self._clock.wall(), "merge", state)
            await self._journal.append([entry])

    # -- evicting ------------------------------------------------------------

    def _emptied(self, address: Address) -> None:
        slot = self._slots.get(address.file_id)
        if slot is not None:
            self._schedule_eviction(slot)

    def _schedule_eviction(self, slot: Slot, least_s: float = 0.0) -> None:
        slot.stop_timer()
        if slot.closing is not None or self._slots.get(slot.address.file_id) is not slot:
            return
        loop = asyncio.get_running_loop()
        idle_s = max(self._settings.idle_s, least_s)
        slot.timer = loop.call_later(idle_s, self._evict_if_idle, slot, context=Context())

    def _evict_if_idle(self, slot: Slot) -> None:
        slot.timer = None
        resident = slot.resident
        if resident is None or slot.closing is not None or not resident.live.empty:
            return
        if not resident.settled:
            self._schedule_eviction(slot, _UNSETTLED_S)
            return
        slot.close(self._evict(slot))

    async def _evict(self, slot: Slot) -> None:
        """Save, snapshot, forget. The journal has everything."""
        try:
            await self._closer.in_time(asyncio.wait({slot.task}))
            if slot.resident is None:
                slot.task.cancel()
            else:
                await self._closer.retire(slot.resident)
        except Exception:  # noqa: BLE001  (one room must not keep the others)
            _log.exception("%s could not be closed cleanly", slot.address.document_id)
        finally:
            self._forget(slot)

    def _rebuild(self, address: Address, reason: str) -> None:
        """The document in memory is damaged: everybody reconnects to one rebuilt from the journal."""
        _log.error("Rebuilding %s from its journal: %s", address.document_id, reason)
        slot = self._slots.get(address.file_id)
        if slot is None or slot.closing is not None or slot.resident is None:
            return
        resident = slot.resident
        resident.live.close(4500, "The document had to be rebuilt; nothing saved is lost.")
        slot.close(self._drop(slot, resident))

    async def _drop(self, slot: Slot, resident: Resident) -> None:
        try:
            await self._closer.drop(resident)
        finally:
            self._forget(slot)

    # -- caring --------------------------------------------------------------

    async def recover(self) -> None:
        """After a crash: bring the files of documents up to date that the journal is ahead of.

        Raises:
            StoreError: some were kept from it by the store; another attempt may do more.
        """
        unsettled = await self._bases.unsettled()
        failures = [await self._recover_one(document_id) for document_id in unsettled]
        for failure in filter(None, failures):
            raise failure

    async def _recover_one(self, document_id: DocumentId) -> StoreUnavailable | None:
        """Open a document, which brings its file up to date; what the store had against it."""
        try:
            address = Address.parse(document_id)
            if self._elsewhere is None or not self._elsewhere.keeps(address):
                await self.open(address)
        except StoreUnavailable as error:
            return error
        except Exception as error:  # noqa: BLE001  (the others are looked after all the same)
            _log.warning("%s stays as it is in the journal: %s", document_id, error)
        return None

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = asyncio.get_running_loop().create_task(self._watch_files())

    async def _watch_files(self) -> None:
        async for event in self._files.watch():
            slot = self._slots.get(event.file_id)
            if slot is not None and slot.resident is not None and slot.closing is None:
                slot.resident.bridge.touched()

    # -- closing -------------------------------------------------------------

    async def close(self) -> None:
        """Take nothing more, make everything durable, save every file, close every connection."""
        self._closed = True
        if self._closer.hurried:
            self._closer.wait_no_more()
        if self._watcher is not None:
            self._watcher.cancel()
        doorway = asyncio.Semaphore(_CLOSED_TOGETHER)
        await asyncio.gather(
            *(self._close_slot(slot, doorway) for slot in list(self._slots.values()))
        )
        if self._watcher is not None:
            # It may have been made since, for a room that was being loaded.
            self._watcher.cancel()
            await asyncio.wait({self._watcher})
        self._upkeep.close()
        await self._committer.close(timeout_s=_LAST_S)
        self._worker.close()

    def hurry(self) -> None:
        """There is no time to save files any more: what they lack is in the journal. :meth:`close` goes on.

        The journal gets a few seconds more, and nobody is told what becomes durable.
        """
        self._closer.hurried = True
        if self._closed:
            # Before, a room that is opened anew would begin without what its journal does not have yet.
            self._closer.wait_no_more()
        for slot in self._slots.values():
            if slot.resident is not None:
                slot.resident.bridge.abandon()

    def abandon(self) -> None:
        """Another server writes now: close every connection, touch neither journal nor file any more."""
        self._closed = True
        self._committer.abandon()
        self._closer.abandon()
        if self._watcher is not None:
            self._watcher.cancel()
        slots, self._slots = self._slots, {}
        for slot in slots.values():
            slot.stop_timer()
            slot.task.cancel()
            if slot.resident is not None:
                slot.resident.bridge.abandon()
                slot.resident.live.close(1001, "Another server has taken over; reconnect.")
        self._upkeep.close()
        self._worker.close()

    async def _close_slot(self, slot: Slot, doorway: asyncio.Semaphore) -> None:
        slot.stop_timer()
        async with doorway:
            closing = slot.closing or slot.close(self._evict(slot))
            try:
                await asyncio.wait({closing})
            finally:
                # Only where this is called off.
                closing.cancel()
