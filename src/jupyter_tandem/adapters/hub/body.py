"""Documents of the service as JSON."""

from __future__ import annotations

from typing import Any

from jupyter_tandem.adapters.server.sharing.body import standing_body
from jupyter_tandem.ports.hub_desk import Held


def held_body(held: Held) -> dict[str, Any]:
    """A document that is shared with somebody."""
    document = held.document
    return {
        "id": document.id,
        "owner": document.owner,
        "name": document.name,
        "format": document.kind.format,
        "type": document.kind.type,
        "mine": standing_body(held.standing),
    }
