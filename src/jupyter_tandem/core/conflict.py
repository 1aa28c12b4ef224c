"""What a merge tells people about."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kept(str, enum.Enum):
    """Which side's version is in the merged document."""

    BOTH = "both"
    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that both sides had changed.

    Attributes:
        cell_id: The cell, or ``""`` for the document itself (or a cell without id).
        part: ``source``, ``outputs``, ``cell`` (deleted on one side, changed on the other), ``order``,
            ``content``, or the dotted path of a key, as in ``metadata.tags``.
        kept: What the merged document holds.
        line: Line of the merged source, from 0; ``None`` for other parts.
    """

    cell_id: str
    part: str
    kept: Kept
    line: int | None = None
