"""Planted bug: a client may bring the history of another lineage."""

from __future__ import annotations

from dataclasses import replace

from jupyter_tandem.core.effects import Effect
from jupyter_tandem.core.inputs import Join
from jupyter_tandem.core.room import Room

_join = Room._join


def _join_whatever(self: Room, event: Join) -> list[Effect]:
    return _join(self, replace(event, lineage=self.lineage))


Room._join = _join_whatever  # type: ignore[method-assign]
