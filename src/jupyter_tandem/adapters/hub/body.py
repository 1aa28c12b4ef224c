"""Documents of the service as JSON."""

from __future__ import annotations

from typing import Any

from jupyter_tandem.adapters.server.sharing.body import grant_body, standing_body
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_desk import Held
from jupyter_tandem.sharing import Grant


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
        "within": dict(document.within),
    }


def owned_body(document: HubDocument, grants: list[Grant]) -> dict[str, Any]:
    """A document of somebody's own, with who has it."""
    return {
        "id": document.id,
        "server": document.server,
        "file_id": document.file_id,
        "name": document.name,
        "grants": [grant_body(grant, document.id) for grant in grants],
    }
