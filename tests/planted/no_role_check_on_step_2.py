"""Planted bug: what a client hands over when it connects needs no right to write."""

from __future__ import annotations

from jupyter_tandem.core.session import REQUIRED_ACTION
from jupyter_tandem.protocol.frames import SyncStep2
from jupyter_tandem.types import Action

REQUIRED_ACTION[SyncStep2] = Action.READ  # type: ignore[index]
