"""A document's room, as its desk uses it: kept open while something runs, opened again when it was closed."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.session import Session
from jupyter_tandem.engine.house import Landlord, open_room
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.errors import DocumentError, TandemError
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import Action, Address, Voice

_log = logging.getLogger(__name__)

AGAIN_S: Final = 0.25
"""Pause after a room could not be opened, before it is tried again; twice as long each time."""

SLOWEST_S: Final = 30.0
"""The longest of these pauses."""


class Place:
    """Where outputs are written and people are told."""

    def __init__(self, landlord: Landlord, address: Address) -> None:
        """The room is not open."""
        self.address = address
        self._landlord = landlord
        self._live: LiveRoom | None = None
        self._needed = False
        self._holds = False
        self._opening: asyncio.Task[None] | None = None
        self._pause_s = AGAIN_S
        self._not_before = float("-inf")

    @property
    def live(self) -> LiveRoom | None:
        """The room while it is open."""
        return None if self._live is None or self._live.closed else self._live

    @property
    def away(self) -> bool:
        """Whether the room is not open, and not needed from here."""
        return self.live is None and self._opening is None and not self._needed

    def opened(self, live: LiveRoom) -> None:
        """The room has been opened, by whomever."""
        self._live, self._holds = live, False
        self._pause_s, self._not_before = AGAIN_S, float("-inf")
        if self._needed:
            self._hold()

    def closed(self) -> None:
        """The room takes nothing any more."""
        self._live, self._holds = None, False

    async def enter(self) -> None:
        """Open the room if need be and keep it open.

        Raises:
            TandemError: it cannot be opened.
        """
        self._needed = True
        if self.live is None:
            await open_room(self._landlord, self.address)
        self._hold()

    def leave(self) -> None:
        """The room may be closed when nobody is in it."""
        self._needed = False
        live = self.live
        if live is not None and self._holds:
            self._holds = False
            live.release()

    def cells(self) -> RunCells | None:
        """The document's cells, for reading; ``None`` when it is not open or no notebook."""
        live = self.live
        if live is None:
            return None
        try:
            return live.room.document.run_cells()
        except DocumentError:
            return None

    def write(self, write: Callable[[RunCells], None], author: str) -> bool:
        """Let ``write`` change cells; ``False`` when the room has to be opened first, which is under way."""
        live = self.live
        if live is None:
            loop = asyncio.get_running_loop()
            if self._opening is None and loop.time() >= self._not_before:
                self._opening = loop.create_task(self._open_again())
            return False
        live.write_cells(write, author=author)
        return True

    async def settle(self, runs: Sequence[Run]) -> bool:
        """Return when ``runs``, and what was written so far, are durable together; ``False``: the room is not open.

        Raises:
            LeaseLost: another server writes now.
        """
        live = self.live
        if live is None:
            return False
        await live.settle(runs)
        return True

    def note_runners(self, runs: Sequence[Run]) -> None:
        """Whoever started one of these wants to know who else changes its cell."""
        live = self.live
        if live is not None:
            live.note_runners(run.username for run in runs if run.started_at is not None)

    def post(self, body: dict[str, Any], forgotten: tuple[int, ...] = ()) -> None:
        """Tell everybody who is here."""
        live = self.live
        if live is not None:
            live.post(body, forgotten)

    def somebody_may_run(self, username: str) -> bool:
        """Whether this person is here and may run code; on a Hub also at their own server."""
        live = self.live
        people: list[Session] = [] if live is None else live.room.roster()
        if any(s.user.username == username and s.rights.allow(Action.RUN) for s in people):
            return True
        elsewhere = any(session.voice is Voice.HUB for session in people)
        return elsewhere and live is not None and username in _names(live)

    # -- inside ------------------------------------------------------------------------------------

    def _hold(self) -> None:
        live = self.live
        if live is not None and not self._holds:
            self._holds = True
            live.hold()

    async def _open_again(self) -> None:
        try:
            await open_room(self._landlord, self.address)
        except TandemError as error:
            _log.warning("%s cannot be opened: %s", self.address.document_id, error)
        finally:
            self._opening = None
            if self.live is None:
                self._not_before = asyncio.get_running_loop().time() + self._pause_s
                self._pause_s = min(2 * self._pause_s, SLOWEST_S)


def _names(live: LiveRoom) -> set[str]:
    """Everybody who says where their cursor is; rooms see to it that nobody does so under another's name."""
    states = (json.loads(state.json) for state in live.room.awareness_states())
    users = [state.get("user") for state in states if isinstance(state, dict)]
    return {str(user.get("username")) for user in users if isinstance(user, dict)}
