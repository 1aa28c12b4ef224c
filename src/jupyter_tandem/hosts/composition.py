"""Puts one Jupyter Server's Tandem together: which adapter stands behind which port."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio

from jupyter_tandem.adapters.server.events import ServerEvents
from jupyter_tandem.adapters.server.guest.assets import LabFiles
from jupyter_tandem.adapters.server.guest.table import guest_routes
from jupyter_tandem.adapters.server.sharing.table import api_routes
from jupyter_tandem.adapters.server.table import Route, check, routes
from jupyter_tandem.adapters.server.whole_copies import make_hook
from jupyter_tandem.adapters.store.output_files import OutputFiles
from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.adapters.system import SystemClock, SystemEntropy
from jupyter_tandem.engine.annex import Annex
from jupyter_tandem.engine.chronicle import Chronicle
from jupyter_tandem.engine.document_access import DocumentAccess
from jupyter_tandem.engine.door import Door
from jupyter_tandem.engine.execution.vouchers import Vouchers
from jupyter_tandem.engine.fork_desk import ForkDesk
from jupyter_tandem.engine.guestbook import Guestbook
from jupyter_tandem.engine.live_lobby import LiveLobby
from jupyter_tandem.engine.memory_room import MemoryRooms
from jupyter_tandem.engine.outputs.copy import WholeCopies
from jupyter_tandem.engine.outputs.desk import OutputDesk
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.reading_rooms import ReadingRooms
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.sharing.quiet_lobby import QuietLobby
from jupyter_tandem.engine.tenancy import Tenancy
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.hosts.execution import ExecutionNeeds, run_hall
from jupyter_tandem.hosts.federation import Federation, FederationNeeds, HubPlace
from jupyter_tandem.hosts.sharing import Sharing, SharingNeeds
from jupyter_tandem.ports.staff import Staff
from jupyter_tandem.ports.store import Holder

if TYPE_CHECKING:
    from jupyter_events import EventLogger

    from jupyter_tandem.engine.live_room import LiveRoom
    from jupyter_tandem.hosts.settings import TandemSettings
    from jupyter_tandem.ports.files import Files
    from jupyter_tandem.ports.folders import Folders
    from jupyter_tandem.ports.keepsake import Keepsake
    from jupyter_tandem.ports.kernels import Kernels
    from jupyter_tandem.ports.sharing import Places
    from jupyter_tandem.types import FileId

_log = logging.getLogger(__name__)

_HURRY_S: Final = 15.0
"""How long what remains may take when there is no time for files any more: writes that are under way cannot be called
off, and their threads would keep the process alive were they left behind. Mostly it is over in a moment."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the server gives.

    Attributes:
        files: Its contents.
        close_files: Lets go of them; called once, last.
        path_of: Where a file is or was last, without I/O on the network, and of open ones from memory.
        event_logger: Its event bus.
        url: Where people reach it.
        store_dir: Folder of this root's journal.
        places: Finds files and folders for sharing.
        accounts: Whether people other than the owner sign in.
        kernels: Its kernels.
        keepsake: Makes files of the owner's own.
        folders: Its folders, as they can be shared across a Hub.
        hub: Where the server is on a Hub with Tandem's service, or ``None``.
    """

    files: Files
    close_files: Callable[[], Awaitable[None]]
    path_of: Callable[[FileId], str | None]
    event_logger: EventLogger
    url: str
    store_dir: Path
    places: Places
    accounts: bool
    kernels: Kernels
    keepsake: Keepsake
    folders: Folders
    hub: HubPlace | None = None


class Composition:
    """Tandem on one Jupyter Server, from start to stop.

    Attributes:
        routes: What the server is to answer.
        documents: For other extensions.
        before_saving: Hook for the contents manager.
    """

    def __init__(self, settings: TandemSettings, around: Surroundings) -> None:
        """Wire everything; opens the store, asks for nothing yet.

        Raises:
            StoreError: the store cannot be opened.
        """
        threading.Thread(target=_warm_up, daemon=True).start()
        clock, entropy, worker = SystemClock(), SystemEntropy(), Worker()
        self._stop_s = float(settings.stop_s)
        self._store = store = SqliteStore.open(around.store_dir)
        self._worker = worker
        self._close_files = around.close_files
        self._stopping: asyncio.Future[None] | None = None
        guestbook, vouchers = Guestbook(clock), Vouchers()
        events = ServerEvents(around.event_logger, around.path_of, guestbook.struck)
        self._sharing = sharing = Sharing(
            SharingNeeds(around.store_dir, around.places, clock, entropy, around.accounts), events
        )
        limits = settings.limits()
        shelf = OutputShelf(OutputFiles(around.store_dir), worker, int(settings.big_output_bytes))
        desk = OutputDesk(shelf, guestbook)
        self.before_saving = make_hook(shelf.get_of_any)
        memory_rooms = MemoryRooms(clock, entropy, events, worker, limits)
        files = around.files
        self._federation = federation = _federation(around, settings, worker)

        def make_rooms(on_lost: Callable[[str], None]) -> Rooms:
            self._hall.begin()
            return Rooms(
                journal=store.journal,
                bases=store.bases,
                files=files,
                clock=clock,
                entropy=entropy,
                events=sharing.events,
                on_lost=on_lost,
                on_open=self._opened,
                settings=settings.rooms(),
                save_settings=settings.save(),
                elsewhere=None if federation is None else federation.files,
                outputs=shelf,
            )

        def make_reading_rooms(holder: Holder) -> ReadingRooms:
            return ReadingRooms(
                journal=store.journal,
                files=files,
                memory_rooms=memory_rooms,
                entropy=entropy,
                worker=worker,
                holder=holder,
            )

        self.tenancy = tenancy = Tenancy(
            lease=store.lease,
            holder=Holder(entropy.token(), around.url, os.getpid(), socket.gethostname()),
            make_rooms=make_rooms,
            make_reading_rooms=make_reading_rooms,
        )
        self._hall = hall = run_hall(
            ExecutionNeeds(
                landlord=tenancy,
                kernels=around.kernels,
                store=store.runs,
                files=files if federation is None else federation.paths(files),
                path_of=around.path_of,
                clock=clock,
                entropy=entropy,
                vouchers=vouchers,
                auditor=sharing.auditor,
                output_bytes=int(settings.output_bytes),
            )
        )
        self._annex = annex = Annex(memory_rooms)
        copies = WholeCopies(shelf, worker, entropy)
        self._forks = ForkDesk(tenancy, annex, entropy, events, worker)
        chronicle = Chronicle(tenancy, annex, store.journal, files, entropy, worker)
        self._door = Door(
            landlord=tenancy,
            lobby=LiveLobby(limits, clock, events),
            annex=annex,
            guestbook=guestbook,
            files=files,
            journal=store.journal,
            vouchers=vouchers,
            recheck_s=float(settings.access_check_s),
        )
        self.documents = DocumentAccess(tenancy, files, copies)
        office = sharing.office
        guests = Staff(self._door, self._forks, chronicle, hall, desk)
        staff = sharing.staff(guests)
        if federation is not None:
            federation.furnish(tenancy, store.journal, hall, self._door.recheck)
            staff = federation.staff(staff, annex.origin)
            guests = federation.staff(guests, annex.origin)
            office = federation.office(office, around.places, sharing.has_grant, sharing.has_link)
        self.routes: list[Route] = [
            *routes(staff, limits.frame_bytes),
            *api_routes(office),
            *([] if federation is None else federation.routes()),
            *guest_routes(
                sharing.office,
                guests.reception,
                QuietLobby(self._door, limits, clock),
                guests.outputs,
                limits.frame_bytes,
                LabFiles.find(),
            ),
        ]
        check(self.routes)

    async def start(self) -> None:
        """Take the lease, or find out who has it, and bring files up to date after a crash.

        Raises:
            StoreError: the store cannot be used.
        """
        await self._sharing.start(self._door)
        await self.tenancy.start()
        if self._federation is not None:
            self._federation.start()

    async def stop(self) -> None:
        """Save everything, close every connection, let go of the store. Called again, it waits for the same end."""
        if self._stopping is None:
            self._stopping = asyncio.ensure_future(self._stop())
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        try:
            await self._save_in_time()
        finally:
            # Whatever happened: a thread that is left would keep the process alive.
            await self._close_files()
            await self._store.close()
            self._worker.close()

    async def _save_in_time(self) -> None:
        started = time.monotonic()
        saving = asyncio.ensure_future(self._save())
        await asyncio.wait({saving}, timeout=self._stop_s)
        if saving.done():
            saving.result()
            _log.info("Everything is saved (%.1f s)", time.monotonic() - started)
            return
        _log.warning(
            "Saving took longer than %.1f s; what is not in the files is in the journal",
            self._stop_s,
        )
        self.tenancy.hurry()
        await asyncio.wait({saving}, timeout=_HURRY_S)
        if saving.done():
            saving.result()
        else:
            saving.cancel()
            _log.error("What the server does cannot be ended")

    def _opened(self, live: LiveRoom) -> None:
        if self._federation is None or not self._federation.opened(live):
            self._hall.opened(live)

    async def _save(self) -> None:
        # First, so that what becomes of runs reaches the Hub.
        await self._hall.close()
        if self._federation is not None:
            await self._federation.stop()
        await self._forks.close()
        self._annex.close()
        await self._door.close()
        await self.tenancy.stop()
        await self._sharing.stop()


def _warm_up() -> None:
    """Import now, in a thread, what the first reading of a file would import on the event loop (0.2 s)."""
    anyio.run(anyio.sleep, 0)


def _federation(
    around: Surroundings, settings: TandemSettings, worker: Worker
) -> Federation | None:
    if around.hub is None:
        return None
    frame_bytes = settings.limits().frame_bytes
    needs = FederationNeeds(
        directory=around.store_dir,
        frame_bytes=frame_bytes,
        clock=SystemClock(),
        entropy=SystemEntropy(),
        worker=worker,
        keepsake=around.keepsake,
        folders=around.folders,
        places=around.places,
        file_bytes=int(settings.hub_file_bytes),
    )
    return Federation(around.hub, needs)


def store_dir(base: Path, root: str) -> Path:
    """The journal's folder for a served root: readable, and different for different roots."""
    real = os.path.realpath(root)
    name = re.sub(r"[^A-Za-z0-9]+", "-", Path(real).name).strip("-")[:40] or "root"
    return base / f"{name}-{hashlib.sha256(real.encode()).hexdigest()[:16]}"
