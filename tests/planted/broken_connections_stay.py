"""Planted bug, found by the simulation: who comes back is held for an impostor of their own broken connection."""

from __future__ import annotations

from jupyter_tandem.core.client_ids import ClientRegistry
from jupyter_tandem.types import ClientId, SessionId, User


def _never(self: ClientRegistry, client: ClientId, session: SessionId, user: User) -> bool:
    del self, client, session, user
    return False


ClientRegistry.may_take_over = _never  # type: ignore[method-assign]
