"""What a code cell asks a kernel to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

RAISES: Final = "raises-exception"
"""Tag of a cell whose error is expected."""


@dataclass(frozen=True, slots=True)
class CellCode:
    """Source of a code cell, as of one moment. ``raises``: its error is expected."""

    source: str
    raises: bool

    @classmethod
    def of(cls, source: str, tags: Any) -> CellCode:
        """That of a cell with these tags; anything may stand in their place."""
        return cls(source, isinstance(tags, (list, tuple)) and RAISES in tags)
