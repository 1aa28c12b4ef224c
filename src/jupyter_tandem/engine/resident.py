"""A loaded document: its room, its file bridge, and the tasks that belong to them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from jupyter_tandem.engine.file_bridge_notice import merge_refused
from jupyter_tandem.errors import TandemError
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.types import Address, SessionId, User

if TYPE_CHECKING:
    from jupyter_tandem.engine.bridge import Bridge
    from jupyter_tandem.engine.events import RoomEvents
    from jupyter_tandem.engine.live_room import LiveRoom

_log = logging.getLogger(__name__)

MOST_SAVES: Final = 1_000
"""Requests to save that may wait for the next write of one file; more are answered with ``failed``."""


class Resident:
    """Listens to a room on behalf of the registry and the bridge.

    Attributes:
        address: Of the document.
        live: Its room, from :meth:`furnish` on.
        bridge: The way to its file, likewise.
        furnished: Whether there are these two.
    """

    live: LiveRoom
    bridge: Bridge

    def __init__(
        self,
        address: Address,
        events: RoomEvents,
        on_emptied: Callable[[Address], None],
        on_rebuild: Callable[[Address, str], None],
    ) -> None:
        """Call ``on_emptied`` when the last person leaves and ``on_rebuild`` when memory is damaged."""
        self.address = address
        self.furnished = False
        self._events = events
        self._on_emptied = on_emptied
        self._on_rebuild = on_rebuild
        self._tasks: set[asyncio.Task[None]] = set()
        self._saves: list[tuple[SessionId, int]] = []
        self._saving = False

    def furnish(self, live: LiveRoom, bridge: Bridge) -> None:
        """Hand over the room and its bridge, which need this listener to be made."""
        self.live = live
        self.bridge = bridge
        self.furnished = True

    @property
    def settled(self) -> bool:
        """Whether the journal has everything and nothing will happen to the file by itself: the room may go."""
        return self.live.room.durable >= self.live.sequence and self.bridge.settled

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` beside the room; :meth:`finish` waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Wait for what was spawned."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    # -- RoomListener --------------------------------------------------------

    def content_changed(self) -> None:
        """The document is ahead of its file."""
        self.bridge.content_changed()

    def save_requested(self, session: SessionId, number: int) -> None:
        """Save now and answer. Requests that come while the file is written share the next write."""
        if len(self._saves) >= MOST_SAVES:
            loop = asyncio.get_running_loop()
            loop.call_soon(self.live.answer_save, session, number, "failed")
            return
        self._saves.append((session, number))
        if not self._saving:
            self._saving = True
            self.spawn(self._save())

    def merge_requested(self, session: SessionId, user: User, body: dict[str, Any]) -> None:
        """Merge edits of another lineage and answer."""
        self.spawn(self._merge(session, user, body))

    def presence(self, user: User, action: str) -> None:
        """Pass it on."""
        self._events.presence(self.address, user, action)

    def struck(self, channel: Channel) -> None:
        """Pass it on."""
        self._events.struck(channel)

    def rebuild(self, reason: str) -> None:
        """Pass it on, after the room has finished its turn."""
        asyncio.get_running_loop().call_soon(self._on_rebuild, self.address, reason)

    def emptied(self) -> None:
        """Pass it on."""
        self._on_emptied(self.address)

    async def _save(self) -> None:
        try:
            while self._saves:
                asked, self._saves = self._saves, []
                outcome = await self._saved()
                for session, number in asked:
                    self.live.answer_save(session, number, outcome)
        finally:
            self._saving = False

    async def _saved(self) -> str:
        try:
            return await self.bridge.save_now()
        except Exception:  # noqa: BLE001  (whatever it is, whoever asked waits for an answer)
            _log.exception("Saving %s failed", self.address.document_id)
            return "failed"

    async def _merge(self, session: SessionId, user: User, body: dict[str, Any]) -> None:
        try:
            answer = await self.bridge.merge(body, user.username)
        except TandemError as error:
            answer = merge_refused(str(error))
        except Exception as error:  # noqa: BLE001  (as above)
            _log.exception("Merging into %s failed", self.address.document_id)
            answer = merge_refused(f"Something went wrong ({type(error).__name__}).")
        self.live.answer_merge(session, answer)
