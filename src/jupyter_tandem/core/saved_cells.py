"""What is kept of a large notebook's cells from one save to the next (docs/spec/file.md, FILE-41).

Digest and base of a notebook are made of one canonical text each. Those texts consist of pieces, one a cell, and the piece of a
cell that did not change is the same.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.core.base_text import deflated, inflated, is_long
from jupyter_tandem.core.content import (
    ATTACHMENT_DIGESTS,
    OUTPUTS_DIGEST,
    base_of_cells,
    canonical,
    digest_of_digests,
    listed_cell,
    output_digests,
    reduced_cell,
    text_around_cells,
)
from jupyter_tandem.core.notebook_form import has_ids, normalise_cell, without_id
from jupyter_tandem.core.value import weight

_CELLS: Final = "cells"

MOST_BYTES: Final = 16 * 1024 * 1024
"""With more in sources, attachments and metadata nothing is kept: that would be the document once more."""


_NUMBERS: Final = 6
"""Numbers that are kept of a cell besides its texts."""


@dataclass(frozen=True, slots=True)
class SavedCell:
    """One cell, its outputs by their digests.

    Attributes:
        id: Its id; empty where the format has none.
        weight: About how many characters were in it, outputs included.
    """

    id: str
    weight: int
    _listed: bytes
    _reduced: bytes
    _shared_from: int
    _long: bool

    @staticmethod
    def of(cell: Mapping[str, Any]) -> SavedCell:
        """Keep ``cell``, which is in normal form."""
        digests = output_digests(cell)
        # Keys behind this one, the source among them, are in both texts alike.
        shared = canonical({key: value for key, value in cell.items() if key > OUTPUTS_DIGEST})[1:]
        listed = _beginning(listed_cell(cell, digests))
        reduced = _beginning(reduced_cell({**cell, OUTPUTS_DIGEST: digest_of_digests(digests)}))
        text = reduced + shared
        long = is_long(text)
        return SavedCell(
            cell.get("id", ""),
            weight(cell),
            zlib.compress(listed, 1) if is_long(listed) else listed,
            deflated(text) if long else text,
            len(reduced),
            long,
        )

    def pack(self, blob: bytearray, numbers: array[int]) -> None:
        """Add it to what is kept of a notebook."""
        cell_id = self.id.encode()
        for part in (cell_id, self._listed, self._reduced):
            blob += part
        lengths = (len(cell_id), len(self._listed), len(self._reduced))
        numbers.extend((*lengths, self._shared_from, self._long, self.weight))

    @staticmethod
    def unpack(blob: bytes, at: int, numbers: Sequence[int]) -> SavedCell:
        """What :meth:`pack` put at this place."""
        of_id, of_listed, of_reduced, shared_from, long, weight_ = numbers
        listed_at = at + of_id
        reduced_at = listed_at + of_listed
        return SavedCell(
            blob[at:listed_at].decode(),
            weight_,
            blob[listed_at:reduced_at],
            blob[reduced_at : reduced_at + of_reduced],
            shared_from,
            bool(long),
        )

    @property
    def reduced(self) -> tuple[bytes, bytes | None]:
        """Its canonical text in the notebook's base, and what :func:`.base_text.deflated` makes of it, if that is known."""
        return (inflated(self._reduced), self._reduced) if self._long else (self._reduced, None)

    def listed(self, reduced: bytes) -> bytes:
        """Its canonical text in the notebook's digest."""
        # No canonical text begins as what the library compresses.
        is_text = self._listed.startswith(b"{")
        listed = self._listed if is_text else zlib.decompress(self._listed)
        return listed + reduced[self._shared_from :]


class SavedNotebook:
    """A notebook as it was saved.

    It lies in two blocks of memory: many small ones would hold on to the pages that were freed around them.

    Attributes:
        frame: The notebook without its cells, in normal form.
    """

    __slots__ = ("_blob", "_numbers", "frame")

    def __init__(self, cells: Iterable[SavedCell], frame: dict[str, Any]) -> None:
        """Keep ``cells``, in order."""
        blob, numbers = bytearray(), array("Q")
        for cell in cells:
            cell.pack(blob, numbers)
        self._blob = bytes(blob)
        self._numbers = numbers
        self.frame = frame

    def __len__(self) -> int:
        """How many cells there are."""
        return len(self._numbers) // _NUMBERS

    def weight(self, place: int) -> int:
        """About how many characters were in a cell, outputs included."""
        return self._numbers[place * _NUMBERS + _NUMBERS - 1]

    @property
    def kept_bytes(self) -> int:
        """What it takes."""
        numbers = self._numbers.itemsize * len(self._numbers)
        return len(self._blob) + numbers + weight(self.frame)

    def cells(self) -> list[SavedCell]:
        """What is kept of each."""
        found: list[SavedCell] = []
        at = 0
        for first in range(0, len(self._numbers), _NUMBERS):
            numbers = self._numbers[first : first + _NUMBERS]
            found.append(SavedCell.unpack(self._blob, at, numbers))
            at += sum(numbers[:3])
        return found

    @staticmethod
    def of(normal: Mapping[str, Any], ids: Sequence[Any]) -> SavedNotebook | None:
        """Keep ``normal``; ``None`` where its cells do not follow from the document's one by one, or are too many bytes.

        Args:
            normal: A notebook in normal form.
            ids: What the document's cells have for an id.
        """
        cells: Sequence[Mapping[str, Any]] = normal[_CELLS]
        frame = {key: value for key, value in normal.items() if key != _CELLS}
        if len(cells) != len(ids) or not all(map(_is_usual, cells)):
            return None
        if has_ids(frame) and not _are_sound(ids):
            return None
        kept = SavedNotebook(map(SavedCell.of, cells), frame)
        return kept if kept.kept_bytes <= MOST_BYTES else None

    def encode(self) -> tuple[str, bytes]:
        """Digest and base, as :func:`.content.digest_normal` and :func:`.content.encode_base` make them."""
        begin, end = text_around_cells(self.frame)
        cells = self.cells()
        reduced = [cell.reduced for cell in cells]
        texts = (cell.listed(text) for cell, (text, _) in zip(cells, reduced, strict=True))
        digest = hashlib.sha256(begin)
        digest.update(b",".join(texts))
        digest.update(end)
        return digest.hexdigest(), base_of_cells(reduced, self.frame)

    def changed(
        self, former: Sequence[int], cells: Mapping[int, Mapping[str, Any]]
    ) -> SavedNotebook | None:
        """It with some cells in another place, gone, new or changed; ``None`` as in :meth:`of`.

        Args:
            former: Where each cell is in this version, by its present place.
            cells: By their present places those that are new or changed, in normal form.
        """
        if not former or not all(map(_is_usual, cells.values())):
            return None
        before = self.cells()
        now = [
            SavedCell.of(cells[place]) if place in cells else before[was]
            for place, was in enumerate(former)
        ]
        if has_ids(self.frame) and not _are_sound([cell.id for cell in now]):
            return None
        kept = SavedNotebook(now, self.frame)
        return kept if kept.kept_bytes <= MOST_BYTES else None

    def normal_cell(self, raw: Any) -> dict[str, Any]:
        """The normal form of a cell of this notebook.

        Raises:
            DocumentError: it is no cell.
        """
        cell = normalise_cell(raw)
        return cell if has_ids(self.frame) else without_id(cell)


def _beginning(cell: Mapping[str, Any]) -> bytes:
    """Its canonical text as far as :data:`OUTPUTS_DIGEST`, which is never the end."""
    return canonical({key: cell[key] for key in cell if key <= OUTPUTS_DIGEST})[:-1] + b","


def _is_usual(cell: Mapping[str, Any]) -> bool:
    """Whether none of its keys means something to a base."""
    return not cell.keys() & {OUTPUTS_DIGEST, ATTACHMENT_DIGESTS}


def _are_sound(ids: Sequence[Any]) -> bool:
    """Whether nothing has to be done about them to tell cells apart."""
    return all(isinstance(one, str) and one for one in ids) and len(set(ids)) == len(ids)
