"""Who may write this server's documents: holding the lease, waiting for it, taking over (HOST-6)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from jupyter_tandem.engine.house import House
from jupyter_tandem.engine.reading_rooms import ReadingRooms, where_it_is_live
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.errors import LeaseLost, SequenceConflict, StoreError, StoreUnavailable
from jupyter_tandem.ports.store import Holder, Lease
from jupyter_tandem.trouble import Trouble
from jupyter_tandem.types import Action, Rights, Role

_log = logging.getLogger(__name__)

RENEW_S: Final = 4.0
"""How often the lease is renewed or asked for: three times within the store's time to live."""

AGAIN_S: Final = 1.0
"""How often a store that fails is asked: whoever has the lease is to be seen again soon after the store is back."""

UNSEEN: Final = 3
"""How many times the period of renewal a holder goes on that fails to renew, though not because of the store: less than
the store's time to live, after which others no longer see it."""

RECOVER_AGAIN_S: Final = 30.0
"""The longest pause before files are brought up to date once more that a failing store kept from it."""

OPENING_S: Final = 10.0
"""How long a request waits for the server to start or to change over. Sockets are open before that is done."""

_LOOK: Final = Rights.of(Role.VIEWER)


class Tenancy:
    """Keeps the server's one house: rooms while it holds the lease, reading rooms while another does."""

    def __init__(
        self,
        *,
        lease: Lease,
        holder: Holder,
        make_rooms: Callable[[Callable[[str], None]], Rooms],
        make_reading_rooms: Callable[[Holder], ReadingRooms],
        renew_s: float = RENEW_S,
        ask_s: float | None = None,
    ) -> None:
        """Ask for ``lease`` in the name of ``holder``; nothing happens before :meth:`start`.

        A lease that is held is renewed every ``renew_s``; one that another holds is asked for every ``ask_s``, which
        is the same unless it is given.
        """
        self._lease = lease
        self._holder = holder
        self._make_rooms = make_rooms
        self._make_reading_rooms = make_reading_rooms
        self._renew_s = renew_s
        self._ask_s = renew_s if ask_s is None else ask_s
        self._house: House | None = None
        self._leaving: House | None = None
        self._writes = False
        self._lost = asyncio.Event()
        self._opened = asyncio.Event()
        self._writing = asyncio.Event()
        self._stopping = asyncio.Event()
        self._renewed_at = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._recovery: asyncio.Task[None] | None = None

    # -- Landlord ------------------------------------------------------------

    async def house(self) -> House:
        """See :class:`jupyter_tandem.engine.house.Landlord`."""
        if self._house is None and not self._stopping.is_set():
            await self._wait_until(self._opened, OPENING_S)
        if self._house is None:
            raise StoreUnavailable("The server is starting or stopping; try again in a moment.")
        return self._house

    @property
    def writes(self) -> bool:
        """Whether this server holds the lease."""
        return self._writes

    async def until_writing(self, longest_s: float) -> None:
        """Return when this server holds the lease, when it stops, or after ``longest_s``."""
        await self._wait_until(self._writing, longest_s)

    def limit(self, rights: Rights) -> Rights:
        """See :class:`jupyter_tandem.engine.house.Landlord`."""
        if self._writes or not rights.allow(Action.READ):
            return rights
        return _LOOK

    # -- life ----------------------------------------------------------------

    async def start(self) -> None:
        """Take the lease or find out who has it; from now on :meth:`house` is open.

        Raises:
            StoreError: the store cannot be used.
        """
        await self._settle_in(await self._lease.acquire(self._holder))
        self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Save everything, close every connection, give the lease back."""
        self._stopping.set()
        self._opened.set()
        self._writing.set()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        await self._move_out()
        try:
            await self._lease.release()
        except StoreError as error:
            # Whoever asks for it next finds that nobody is there; what else has to end must not stay.
            _log.warning("The lease of the journal was not given back: %s", error)

    def hurry(self) -> None:
        """While :meth:`stop` goes on, or before it: save no more files."""
        if self._recovery is not None:
            self._recovery.cancel()
        for house in (self._house, self._leaving):
            if isinstance(house, Rooms):
                house.hurry()

    async def _keep(self) -> None:
        trouble = Trouble("The lease of the journal")
        while True:
            if not trouble:
                await self._wait_until(self._lost, self._renew_s if self._writes else self._ask_s)
            with trouble.outlived():
                await self._look_after_lease()
            if trouble:
                # Where it is lost nothing is waited for: a store that fails would be asked without end.
                await asyncio.sleep(self._again_s)

    @property
    def _again_s(self) -> float:
        return min(AGAIN_S, self._renew_s)

    @staticmethod
    async def _wait_until(event: asyncio.Event, longest_s: float) -> None:
        try:
            await asyncio.wait_for(event.wait(), longest_s)
        except asyncio.TimeoutError:
            return

    async def _look_after_lease(self) -> None:
        if self._writes and not self._lost.is_set():
            await self._renew()
        if self._lost.is_set() or not self._writes:
            await self._ask_again()

    async def _renew(self) -> None:
        begun = asyncio.get_running_loop().time()
        try:
            await self._lease.renew()
        except (LeaseLost, SequenceConflict) as error:
            # The second: the store came back without what it had acknowledged; only who has it brings it again.
            self._lose(str(error))
        except StoreError:
            # It writes nothing else either, and whoever takes it over has it refuse what this server wants to write.
            raise
        except Exception:
            if begun - self._renewed_at >= UNSEEN * self._renew_s:
                _log.error("The lease of the journal was not renewed for too long; it is given up.")
                self._lost.set()
                await self._move_out()
            raise
        else:
            self._renewed_at = begun

    async def _ask_again(self) -> None:
        holder = await self._lease.acquire(self._holder)
        if holder is not None and not self._writes and self._house is not None:
            # What is not held is not lost; it would be asked for without a pause.
            self._lost.clear()
            return
        await self._move_out()
        await self._settle_in(holder)

    async def _settle_in(self, holder: Holder | None) -> None:
        self._lost.clear()
        if holder is not None:
            _log.warning("%s", where_it_is_live(holder))
            self._house = self._make_reading_rooms(holder)
            self._opened.set()
            return
        self._renewed_at = asyncio.get_running_loop().time()
        rooms = self._let()
        self._house, self._writes = rooms, True
        self._writing.set()
        self._opened.set()
        self._recovery = asyncio.get_running_loop().create_task(self._recover(rooms))

    async def _recover(self, rooms: Rooms) -> None:
        """Bring files up to date until that is done; where the store fails once more when the server stops."""
        trouble, pause_s = Trouble("Files that a crash left behind"), self._again_s
        while True:
            last = self._stopping.is_set()
            with trouble.outlived():
                await rooms.recover()
            if last or not trouble:
                return
            await self._wait_until(self._stopping, pause_s)
            pause_s = min(2 * pause_s, RECOVER_AGAIN_S)

    def _let(self) -> Rooms:
        """Rooms whose end does no harm to those that come after them."""

        def lose(reason: str) -> None:
            if rooms in (self._house, self._leaving):
                self._lose(reason)

        rooms = self._make_rooms(lose)
        return rooms

    async def _move_out(self) -> None:
        self._leaving = house = self._house
        self._house = None
        self._writes = False
        if not self._stopping.is_set():
            self._opened.clear()
            self._writing.clear()
        if self._recovery is not None:
            if self._lost.is_set():
                self._recovery.cancel()
            # Else the files that a crash left behind are saved like the others.
            await asyncio.wait({self._recovery})
            self._recovery = None
        if isinstance(house, Rooms) and self._lost.is_set():
            house.abandon()
        elif house is not None:
            await house.close()
        self._leaving = None

    def _lose(self, reason: str) -> None:
        _log.error("The journal is given up: %s", reason)
        self._lost.set()
