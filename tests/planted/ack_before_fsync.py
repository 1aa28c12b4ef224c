"""Planted bug: edits are acknowledged when they are queued for the disk, not when they are on it."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_tandem.engine.committer import Committed, Committer
from jupyter_tandem.ports.store import Entry

_add = Committer.add


def _add_and_acknowledge(
    self: Committer, room: Committed, entries: Sequence[Entry], *, logged: bool = False
) -> None:
    _add(self, room, entries, logged=logged)
    room.entries_durable(entries[-1].sequence)


Committer.add = _add_and_acknowledge  # type: ignore[method-assign]
