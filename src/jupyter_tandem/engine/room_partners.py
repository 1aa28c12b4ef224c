"""What a live room asks of those around it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.protocol.execution import Command
from jupyter_tandem.types import SessionId, User


class Orders(Protocol):
    """Carries out what people want done with the document's kernel."""

    def command(self, session: SessionId, user: User, command: Command) -> None:
        """Somebody who may run code wants this; answer with :meth:`.live_room.LiveRoom.answer_run`."""

    def edited(self, user: User, cells: Collection[str]) -> None:
        """Somebody changed the sources of cells; told while :meth:`.live_room.LiveRoom.note_runners` named somebody else."""

    def room_closed(self) -> None:
        """The room takes nothing any more."""


class BigOutputs(Protocol):
    """Keeps big outputs out of the room's document, or in it (docs/spec/big-outputs.md)."""

    async def need_whole(self) -> None:
        """Bring everything into the document and keep it there until :meth:`need_no_more` is called as often.

        Raises:
            StoreUnavailable: it cannot be brought in now.
        """

    def need_no_more(self) -> None:
        """Somebody has left who needed the document whole."""

    async def tidy(self) -> None:
        """Take out what is in the document and too big, unless somebody needs it there."""

    def noticed(self, update: bytes) -> None:
        """This was written into the document."""

    def close(self) -> None:
        """The room takes nothing any more."""


class Whole(Protocol):
    """Gives the whole of a room's document, of a large one beside the loop."""

    async def state(self) -> tuple[int, bytes]:
        """As :meth:`.live_room.LiveRoom.state`.

        Raises:
            StoreError: it cannot be had in this way now.
        """

    async def have(self) -> None:
        """Return when the room has it at hand, or cannot have it."""

    def wanted(self) -> None:
        """Somebody waits for it; answer with :meth:`.live_room.LiveRoom.recalled`."""

    def close(self) -> None:
        """The room takes nothing any more."""


class RoomListener(Protocol):
    """What a room tells the engine around it."""

    def content_changed(self) -> None:
        """The document is ahead of its file."""

    def save_requested(self, session: SessionId, number: int) -> None:
        """A person asks for the file to be written now."""

    def merge_requested(self, session: SessionId, user: User, body: dict[str, Any]) -> None:
        """A person brings edits of another lineage."""

    def presence(self, user: User, action: str) -> None:
        """Somebody joined or left."""

    def struck(self, channel: Channel) -> None:
        """Somebody sent something that no front end sends."""

    def rebuild(self, reason: str) -> None:
        """The document in memory is damaged: close this room, rebuild from the journal."""

    def emptied(self) -> None:
        """The last person left."""
