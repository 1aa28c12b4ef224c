"""Planted bug: what others are shown counts as written down, and is not."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.ports.store import Entry


def _log_nothing(self: Committer, entries: Sequence[Entry]) -> bool:
    del self, entries
    return True


Committer.log = _log_nothing  # type: ignore[method-assign]
