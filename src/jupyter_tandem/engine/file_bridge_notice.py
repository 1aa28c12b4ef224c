"""Sentences of the file bridge for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from jupyter_tandem.core.merge import Conflict

FILE_MERGED: Final = "file-merged"
FILE_CONFLICT: Final = "file-conflict"

BUSY: Final = "The server is busy merging; try again in a moment."
NONSENSE: Final = "The edits cannot be read; copy what you need and reload."


def merged_from_file(conflicts: Sequence[Conflict]) -> tuple[str, str]:
    """Code and sentence for the people in a room into which a file's changes were merged."""
    if not conflicts:
        return FILE_MERGED, "Changes that another program made to the file were brought in."
    return FILE_CONFLICT, (
        "Another program changed the file where it was edited here too "
        f"({_places(conflicts)}). Please check what the document holds now."
    )


def merge_refused(reason: str) -> dict[str, Any]:
    """Answer to a merge request that changed nothing."""
    return {"status": "refused", "conflicts": 0, "message": reason}


def merge_answered(*, changed: bool, conflicts: Sequence[Conflict]) -> dict[str, Any]:
    """Answer to a merge request that was carried out."""
    if not changed:
        message = "The document has your edits already."
    elif conflicts:
        message = (
            "Your edits were brought in. Others had changed the same "
            f"({_places(conflicts)}). Please check what the document holds now."
        )
    else:
        message = "Your edits were brought in."
    return {"status": "merged", "conflicts": len(conflicts), "message": message}


def _places(conflicts: Sequence[Conflict]) -> str:
    return "1 place" if len(conflicts) == 1 else f"{len(conflicts)} places"
