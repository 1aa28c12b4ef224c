"""Records who ran which cell (RUN-33)."""

from __future__ import annotations

from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.sharing import GUEST_USERNAME
from jupyter_tandem.types import FileId


class AuditedRuns:
    """Hands every run that was started and has ended to the audit log."""

    def __init__(self, auditor: Auditor) -> None:
        """Record by ``auditor``."""
        self._auditor = auditor

    def ended(self, run: Run, file_id: FileId) -> None:
        """``run`` has ended. Its source is named by its hash, never quoted."""
        started, ended = run.started_at or 0.0, run.ended_at or 0.0
        self._auditor.record(
            "cell.run",
            _actor(run.username),
            file_id,
            name=run.display_name,
            run=run.id,
            cell=run.cell,
            state=run.state.value,
            started=started,
            seconds=round(ended - started, 3),
            source=run.source_hash,
        )


def _actor(username: str) -> str:
    guest_id = username.removeprefix(GUEST_USERNAME)
    return f"guest:{guest_id}" if guest_id != username else f"user:{username}"
