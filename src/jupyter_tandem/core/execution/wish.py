"""What somebody wishes to be run, held against the document and the queue (RUN-2, RUN-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from jupyter_tandem.core.document.cell_code import CellCode
from jupyter_tandem.core.execution.answer import refused
from jupyter_tandem.core.execution.book import RunBook
from jupyter_tandem.core.execution.source import source_hash
from jupyter_tandem.protocol.execution import CellWish, RunCells
from jupyter_tandem.protocol.frames import RunAnswer

_CHANGED: Final = "Somebody else has changed this cell. Look at it and run it again."
_NO_CELL: Final = "The cell is not in the document any more, or it holds no code."
_FULL: Final = "Too many cells wait to be run; cancel some first."


def refusal(wish: RunCells, codes: Mapping[str, CellCode], book: RunBook) -> RunAnswer | None:
    """Why a wish cannot be fulfilled, if it cannot.

    Args:
        wish: What is wished.
        codes: The code of its cells, as far as the document has them.
        book: What waits already.
    """
    gone = [cell.cell for cell in wish.cells if cell.cell not in codes]
    if gone:
        return refused(wish.number, "no-cell", _NO_CELL, gone)
    changed = [
        cell.cell
        for cell in wish.cells
        if cell.source_hash and cell.source_hash != source_hash(codes[cell.cell].source)
    ]
    if changed:
        return refused(wish.number, "changed", _CHANGED, changed)
    if not book.has_room(len(wish.cells), anew=wish.restart):
        return refused(wish.number, "full", _FULL)
    return None


def as_they_are(cells: Sequence[CellWish], codes: Mapping[str, CellCode]) -> list[CellWish]:
    """The wishes with the hashes of what will be run."""
    return [CellWish(cell.cell, source_hash(codes[cell.cell].source)) for cell in cells]
