"""The record of who did what (docs/spec/audit.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.sharing import AuditEntry, AuditEvent


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries are wanted; all that is given has to fit.

    Attributes:
        since: Unix seconds; not older than this.
        until: Unix seconds; older than this.
        kind: What the kind begins with: ``grant`` finds ``grant.made``.
        actor: Who did it, as text.
        about: The file or folder it was about.
        after: Numbered above this.
        before: Numbered below this.
    """

    since: float | None = None
    until: float | None = None
    kind: str = ""
    actor: str = ""
    about: str = ""
    after: int = 0
    before: int | None = None


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

    async def find(
        self, query: AuditQuery, *, limit: int, newest_first: bool = False
    ) -> Sequence[AuditEntry]:
        """At most ``limit`` of the entries that ``query`` wants, in order or newest first.

        Raises:
            StoreUnavailable.
        """

    async def verify(self) -> str | None:
        """Recompute the whole chain; the first thing that is wrong with it, or ``None``.

        What cannot be seen from inside: the newest entries cut off together. Whoever needs that keeps
        the newest digest elsewhere.
        """
