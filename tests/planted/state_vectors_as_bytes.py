"""Planted bug, found by the simulation: state vectors are compared as bytes, in whose order nobody may trust."""

from __future__ import annotations

from jupyter_tandem.core.document import Document
from jupyter_tandem.engine import compaction


def _prove_by_bytes(document: Document) -> tuple[str, bytes]:
    return document.fingerprint(), document.state_vector()


compaction._proof = _prove_by_bytes  # type: ignore[assignment]
