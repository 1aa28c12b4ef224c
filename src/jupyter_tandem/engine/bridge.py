"""What a room needs of the way to its file, whoever keeps the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.ports.files import FileStamp
from jupyter_tandem.types import Address


@dataclass(frozen=True, slots=True)
class Seed:
    """What a document was just made from.

    Attributes:
        stamp: The version of its file.
        update: The first update of its history, which holds all that the file held.
    """

    stamp: FileStamp
    update: bytes


class Bridge(Protocol):
    """As :class:`jupyter_tandem.engine.file_bridge.FileBridge`, which says what each method promises."""

    @property
    def settled(self) -> bool:
        """Whether the room may go."""

    async def start(self, seed: Seed | None) -> None:
        """Begin."""

    def content_changed(self) -> None:
        """The document was edited."""

    def touched(self) -> None:
        """Something may have happened to the file."""

    async def save_now(self) -> str:
        """Somebody asks for the file to be written; ``success``, ``skipped`` or ``failed``."""

    async def merge(self, body: dict[str, Any], author: str) -> dict[str, Any]:
        """Bring in edits of another lineage; the answer's body."""

    async def close(self) -> None:
        """Finish what is under way and let go; after :meth:`abandon`, wait for what cannot be called off."""

    def abandon(self) -> None:
        """Let go at once."""


class Elsewhere(Protocol):
    """Documents whose file another server keeps."""

    def keeps(self, address: Address) -> bool:
        """Whether the document's file is kept elsewhere."""

    def bridge(self, room: LiveRoom) -> Bridge:
        """What stands in for its file here."""
