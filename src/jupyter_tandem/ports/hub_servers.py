"""Single-user servers, as the Hub starts them."""

from __future__ import annotations

import enum
from typing import Protocol


class ServerState(enum.Enum):
    """How somebody's default server stands.

    BETWEEN: it starts, or it stops.
    """

    STOPPED = "stopped"
    BETWEEN = "between"
    RUNNING = "running"


class Servers(Protocol):
    """Asks the Hub about people's default servers. Every coroutine raises HubUnreachable when it does not answer."""

    async def may_start(self) -> bool:
        """Whether the service may start servers at all; what the Hub said may be some seconds old."""

    async def state(self, username: str) -> ServerState | None:
        """How somebody's server stands, asked now; ``None``: the Hub does not tell."""

    async def start(self, username: str) -> bool:
        """Start it, with what its person chose last and nothing else; whether the Hub let us ask.

        Whether it comes up, :meth:`state` tells.
        """
