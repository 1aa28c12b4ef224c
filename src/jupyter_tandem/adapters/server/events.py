"""What happens in rooms, told on the server's event bus (jupyter-events)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_tandem.adapters.server.fork_route import fork_body

if TYPE_CHECKING:
    from jupyter_events import EventLogger

    from jupyter_tandem.ports.channel import Channel
    from jupyter_tandem.ports.history import Fork
    from jupyter_tandem.types import Address, FileId, User

_BASE: Final = "https://schema.jupyter.org/jupyter_collaboration"
SESSION: Final = f"{_BASE}/session/v1"
AWARENESS: Final = f"{_BASE}/awareness/v1"
FORK: Final = f"{_BASE}/fork/v1"

_SCHEMAS: Final = Path(__file__).parent / "event_schemas"


class ServerEvents:
    """Tells the event bus, a moment later and in order; costs next to nothing while nobody listens there."""

    def __init__(
        self,
        logger: EventLogger,
        path_of: Callable[[FileId], str | None],
        on_struck: Callable[[Channel], None],
    ) -> None:
        """Tell ``logger``.

        Args:
            logger: The server's.
            path_of: Where a file is now; asked for every event, so it has to be quick.
            on_struck: Hears of connections that sent what no front end sends.
        """
        self._logger = logger
        self._path_of = path_of
        self._on_struck = on_struck
        for schema in (SESSION, AWARENESS, FORK):
            if schema not in logger.schemas:
                logger.register_event_schema(_SCHEMAS / f"{schema.split('/')[-2]}.yaml")

    def presence(self, address: Address, user: User, action: str) -> None:
        """Somebody joined or left."""
        room = address.document_id.removesuffix(":")
        self._emit(AWARENESS, {"roomid": room, "username": user.username, "action": action})

    def room(self, address: Address, action: str, message: str) -> None:
        """A room was loaded, saved, overwritten from disk or evicted."""
        data = {
            "level": "INFO",
            "room": address.document_id,
            "path": self._path_of(address.file_id) or "",
            "action": action,
        }
        self._emit(SESSION, {**data, "msg": message} if message else data)

    def struck(self, channel: Channel) -> None:
        """A connection sent what no front end sends."""
        self._on_struck(channel)

    def forked(self, fork: Fork, username: str, action: str) -> None:
        """A fork was made or ended."""
        data = {"fork_roomid": fork.fork_id, "fork_info": fork_body(fork)}
        self._emit(FORK, {**data, "username": username, "action": action})

    def _emit(self, schema: str, data: dict[str, Any]) -> None:
        # In a turn of its own: what other extensions do with events must not end what a room is in the middle of.
        emit = partial(self._logger.emit, schema_id=schema, data=data)
        asyncio.get_running_loop().call_soon(emit)
