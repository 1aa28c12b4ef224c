"""Records who restored which document."""

from __future__ import annotations

from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.ports.history import History, Timeline
from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.types import Address, DocumentKind


class AuditedHistory:
    """A :class:`~jupyter_tandem.ports.history.History` that passes everything on to another."""

    def __init__(self, history: History, auditor: Auditor) -> None:
        """Pass on to ``history``."""
        self._history = history
        self._auditor = auditor

    async def timeline(self, path: str, kind: DocumentKind, visitor: Visitor) -> Timeline:
        """See the port."""
        return await self._history.timeline(path, kind, visitor)

    async def step(self, preview: str, steps: int, visitor: Visitor) -> bool:
        """See the port."""
        return await self._history.step(preview, steps, visitor)

    async def restore(self, root: str, preview: str, visitor: Visitor) -> None:
        """See the port."""
        await self._history.restore(root, preview, visitor)
        self._auditor.record(
            "document.restored",
            f"user:{visitor.user.username}",
            Address.parse(root).file_id,
            name=visitor.user.display_name,
        )
