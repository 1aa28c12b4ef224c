"""Rooms beside the documents, by room id: forks and previews of earlier versions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.memory_room import MemoryRooms, Original
from jupyter_tandem.errors import ServerFull
from jupyter_tandem.types import Address, FileId, LineageId

MOST_ROOMS: Final = 200
"""Forks and previews in memory at once; each is a whole copy of its document."""

PREVIEW_IDLE_S: Final = 60.0
"""How long a preview nobody is in stays. Its client connects within a second, or reconnects within 30."""


class Annex:
    """Opens and closes rooms that live in memory only."""

    def __init__(self, memory_rooms: MemoryRooms, idle_s: float = PREVIEW_IDLE_S) -> None:
        """There is none."""
        self._memory_rooms = memory_rooms
        self._idle_s = idle_s
        self._rooms: dict[str, LiveRoom] = {}
        self._origins: dict[str, Address] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._on_end: dict[str, Callable[[], None]] = {}

    def live(self, room_id: str) -> LiveRoom | None:
        """The room, or ``None``."""
        return self._rooms.get(room_id)

    def origin(self, room_id: str) -> Address | None:
        """The document a room shows a copy of; ``None`` when there is no such room."""
        return self._origins.get(room_id)

    def open(
        self, room_id: str, origin: Address, original: Original, lineage: LineageId
    ) -> LiveRoom:
        """Open a room with a copy of the document ``origin``; it stays until :meth:`end`.

        Raises:
            ServerFull: there are too many.
        """
        if len(self._rooms) >= MOST_ROOMS:
            self._memory_rooms.free(original.document)
            raise ServerFull("Too many forks and previews are open; close some.")
        address = Address(origin.kind, FileId(room_id))
        live = self._memory_rooms.open(address, original, lineage, lambda: self._emptied(room_id))
        self._rooms[room_id] = live
        self._origins[room_id] = origin
        return live

    def end_when_idle(self, room_id: str, on_end: Callable[[], None]) -> None:
        """End the room by itself when nobody has been in it for a while, and say so."""
        self._on_end[room_id] = on_end
        self._emptied(room_id)

    def end(self, room_id: str, code: int, reason: str) -> None:
        """Close a room and forget it; does nothing when there is none."""
        live = self._rooms.pop(room_id, None)
        self._origins.pop(room_id, None)
        timer = self._timers.pop(room_id, None)
        on_end = self._on_end.pop(room_id, None)
        if timer is not None:
            timer.cancel()
        if live is not None:
            live.close(code, reason)
            self._memory_rooms.free(live.room.document)
        if on_end is not None:
            on_end()

    def close(self) -> None:
        """End all."""
        for room_id in list(self._rooms):
            self.end(room_id, 1001, "The server is going away.")

    def _emptied(self, room_id: str) -> None:
        if room_id not in self._on_end:
            return
        timer = self._timers.pop(room_id, None)
        if timer is not None:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[room_id] = loop.call_later(self._idle_s, self._end_if_idle, room_id)

    def _end_if_idle(self, room_id: str) -> None:
        live = self._rooms.get(room_id)
        if live is not None and live.empty:
            self.end(room_id, 1001, "Nobody was here.")
