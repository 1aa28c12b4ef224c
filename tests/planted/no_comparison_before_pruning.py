"""Planted bug: a snapshot counts as proven whatever is in it."""

from __future__ import annotations

from jupyter_tandem.core.document import Document
from jupyter_tandem.engine import compaction


def _prove_nothing(document: Document) -> tuple[str, dict[int, int]]:
    del document
    return "", {}


def _take_anything(found: bytes, written: bytes) -> bool:
    del found, written
    return True


compaction._proof = _prove_nothing
compaction._same = _take_anything
