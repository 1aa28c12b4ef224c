"""The code of many cells as of one moment, read in portions (RUN-1, RUN-3)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

RAISES: Final = "raises-exception"
"""Tag of a cell whose error is expected."""

_decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class CellCode:
    """What a code cell asks a kernel to do. ``raises``: its error is expected."""

    source: str
    raises: bool


class CodeReading:
    """Reads cells as they were when it was made, however they are edited meanwhile.

    Attributes:
        found: Source and tags of the wanted cells that are code, as far as they have been read.
        places: Where each cell is, as far as they have been read.
    """

    __slots__ = ("_at", "_index", "_text", "_wanted", "found", "places")

    def __init__(self, text: str, wanted: Collection[str]) -> None:
        """Read ``wanted`` cells in ``text``: the library's JSON of all of them."""
        self._text = text
        self._wanted = frozenset(wanted)
        self._at = 1
        self._index = 0
        self.found: dict[str, CellCode] = {}
        self.places: dict[str, int] = {}

    @property
    def ended(self) -> bool:
        """Whether everything has been read."""
        return self._at >= len(self._text) - 1

    def go_on(self, cells: int) -> None:
        """Read so many cells more."""
        for _ in range(cells):
            if self.ended:
                return
            cell, end = _decode(self._text, self._at)
            # Behind the comma, or behind the bracket that ends it all.
            self._at = end + 1
            if isinstance(cell, dict):
                self._take(cell)
            self._index += 1

    def _take(self, cell: Mapping[str, Any]) -> None:
        cell_id = cell.get("id")
        # Of two cells with one id the first counts, as in content.
        if not isinstance(cell_id, str) or cell_id in self.places:
            return
        self.places[cell_id] = self._index
        if cell_id in self._wanted and cell.get("cell_type") == "code":
            metadata = cell.get("metadata")
            tags = metadata.get("tags") if isinstance(metadata, dict) else None
            self.found[cell_id] = CellCode(str(cell.get("source", "")), raises(tags))


def raises(tags: Any) -> bool:
    """Whether a cell with these tags is expected to end with an error."""
    return isinstance(tags, (list, tuple)) and RAISES in tags
