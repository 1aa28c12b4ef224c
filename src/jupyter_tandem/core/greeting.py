"""The bodies of Hello and Status (docs/spec/wire.md)."""

from __future__ import annotations

from typing import Any

from jupyter_tandem.core.inputs import FileReport
from jupyter_tandem.core.naming import public_user
from jupyter_tandem.core.session import Session
from jupyter_tandem.protocol.frames import Hello, Status
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import DocumentId, LineageId, Rights

PROTOCOL_VERSION = 1


def hello(session: Session, document_id: DocumentId, lineage: LineageId, limits: Limits) -> Hello:
    """What a newcomer must know before it sends anything."""
    return Hello(
        {
            "protocol": PROTOCOL_VERSION,
            "session": session.id,
            "document": document_id,
            "lineage": lineage,
            **_rights_body(session.rights),
            "user": public_user(session.user),
            "limits": {
                "frame_bytes": limits.frame_bytes,
                "awareness_bytes": limits.awareness_bytes,
                "client_ids": limits.client_ids,
                "depth": limits.depth,
            },
            "sync": True,
        }
    )


def status(session: Session, file: FileReport | None, journal_failure: str) -> Status:
    """How journal, file and rights stand."""
    journal = {"state": "failed" if journal_failure else "ok", "reason": journal_failure}
    body: dict[str, Any] = {"journal": journal, "rights": _rights_body(session.rights)}
    if file is not None:
        body["file"] = {
            "state": file.state,
            "saved_at": file.saved_at,
            "reason": file.reason,
            "path": file.path or file.shown_path,
        }
    return Status(body)


def _rights_body(rights: Rights) -> dict[str, Any]:
    return {"role": rights.role.value, "actions": sorted(a.value for a in rights.actions)}
