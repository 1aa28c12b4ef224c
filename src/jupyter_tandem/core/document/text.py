"""Editing shared texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_tandem.core.difference import text_edits

if TYPE_CHECKING:
    from pycrdt import Text


def write_text(shared: Text, wanted: str) -> None:
    """Turn a shared text into ``wanted`` by replacing what differs.

    Positions in a ``pycrdt.Text`` are UTF-8 byte offsets.
    """
    held = str(shared)
    edits = text_edits(held, wanted)
    starts: list[int] = []
    characters = position = 0
    for edit in edits:
        position += len(held[characters : edit.start].encode())
        characters = edit.start
        starts.append(position)
    for edit, start in zip(reversed(edits), reversed(starts), strict=True):
        removed = len(held[edit.start : edit.end].encode())
        if removed:
            del shared[start : start + removed]
        if edit.text:
            shared.insert(start, edit.text)
