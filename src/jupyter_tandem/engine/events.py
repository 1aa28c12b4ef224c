"""What rooms tell the host around them."""

from __future__ import annotations

from typing import Protocol

from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.types import Address, User


class RoomEvents(Protocol):
    """What rooms tell the host."""

    def presence(self, address: Address, user: User, action: str) -> None:
        """Somebody joined or left a document."""

    def room(self, address: Address, action: str, message: str) -> None:
        """A room was loaded (``initialize``, ``load``) or evicted (``clean``), or its document was saved or
        overwritten from disk (``save``, ``overwrite``).
        """

    def struck(self, channel: Channel) -> None:
        """A connection sent what no front end sends."""
