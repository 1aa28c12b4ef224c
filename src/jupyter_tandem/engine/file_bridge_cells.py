"""Remembers between two saves of a large notebook what its cells were, and which have changed (FILE-41)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jupyter_tandem.core.document.cell_changes import NEW
from jupyter_tandem.engine.settings import LARGE_BYTES

if TYPE_CHECKING:
    from jupyter_tandem.core.document.cell_changes import CellChanges, CellPlaces
    from jupyter_tandem.core.saved_cells import SavedNotebook
    from jupyter_tandem.engine.live_room import LiveRoom

MOST_CELLS: Final = 100
MOST_BYTES: Final = 512 * 1024
"""More cells, or more in them, are not read on the event loop: this much takes 2 ms."""


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """How a notebook differs from what was saved.

    Attributes:
        sequence: Up to where the document was looked at.
        saved: What it differs from.
        former: For each cell where it was in that, or :data:`NEW`.
        cells: By place those that are new or were changed, not in normal form yet; ``None`` for what is no cell.
    """

    sequence: int
    saved: SavedNotebook
    former: Sequence[int]
    cells: Mapping[int, Any]


class CellMemory:
    """Of one room's document. It is given what was saved by :meth:`keep` and forgets it with every other step."""

    def __init__(self, live: LiveRoom, large_bytes: int = LARGE_BYTES) -> None:
        """Nothing is watched before :meth:`begin`, and of a document of less than ``large_bytes`` nothing at all."""
        self._live = live
        self._large_bytes = large_bytes
        self._changes: CellChanges | None = None
        self._cells = 0
        self._bytes = 0
        self._saved: SavedNotebook | None = None
        self._digest = ""

    def begin(self) -> None:
        """The whole document is about to be saved: count what changes from now on."""
        self._saved = None
        _, document = self._live.present()
        if document.bytes_taken < self._large_bytes:
            return
        self._changes = document.watch_cells()
        if self._changes is not None:
            self._bytes = document.bytes_taken
            self._cells = self._changes.restart()

    @property
    def cells(self) -> int | None:
        """How many cells there were at :meth:`begin`, if there are these in this order still.

        ``None``: what is being saved now cannot be kept.
        """
        if self._changes is None or not self._changes.orderly:
            return None
        return self._cells

    def keep(self, saved: SavedNotebook | None, digest: str) -> None:
        """``saved``, with this digest, is in the file now, and as of the last :meth:`begin` or :meth:`take`."""
        self._saved, self._digest = saved, digest

    def take(self, digest: str) -> ChangedCells | None:
        """What changed since the last save; ``None``: the whole document is to be saved.

        Args:
            digest: Of what the file holds.
        """
        saved, self._saved = self._saved, None
        changes = self._changes
        if saved is None or changes is None or digest != self._digest:
            return None
        sequence, document = self._live.present()
        places = changes.places()
        if document.damaged or places is None:
            return None
        wanting = places.wanting()
        grown = document.bytes_taken - self._bytes
        if len(wanting) > MOST_CELLS or grown + _weight(saved, places, wanting) > MOST_BYTES:
            return None
        cells = changes.read(wanting)
        changes.restart()
        self._bytes = document.bytes_taken
        return ChangedCells(sequence, saved, places.former, cells)


def _weight(saved: SavedNotebook, places: CellPlaces, wanting: Sequence[int]) -> int:
    """What was in these cells when they were saved."""
    former = (places.former[place] for place in wanting)
    return sum(saved.weight(was) for was in former if was != NEW)
