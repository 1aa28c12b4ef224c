"""The record of who did what (docs/spec/audit.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from jupyter_tandem.sharing import AuditEntry, AuditEvent


class AuditLog(Protocol):
    """Append-only and hash-chained. There is no way to change or remove an entry."""

    async def append(self, events: Sequence[AuditEvent]) -> None:
        """Record ``events`` in order. Durable on return.

        Raises:
            StoreUnavailable: nothing was recorded.
        """

    async def read(
        self, *, after: int = 0, since: float | None = None, limit: int = 1000
    ) -> Sequence[AuditEntry]:
        """Entries in order: those numbered above ``after``, not older than ``since`` (Unix seconds), at
        most ``limit``.

        Raises:
            StoreUnavailable.
        """

    async def verify(self) -> str | None:
        """Recompute the whole chain; the first thing that is wrong with it, or ``None``.

        What cannot be seen from inside: the newest entries cut off together. Whoever needs that keeps
        the newest digest elsewhere.
        """
