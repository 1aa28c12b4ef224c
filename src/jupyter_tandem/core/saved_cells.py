"""What is kept of a large notebook's cells from one save to the next (docs/spec/file.md, FILE-41).

Digest and base of a notebook are made of one canonical text each. Those texts consist of pieces, one a cell, and the piece of a
cell that did not change is the same.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
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


_OBJECT_BYTES: Final = 300
"""What a cell takes besides its text."""


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

    @property
    def kept_bytes(self) -> int:
        """What it takes."""
        return len(self._listed) + len(self._reduced) + _OBJECT_BYTES

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


@dataclass(frozen=True, slots=True)
class SavedNotebook:
    """A notebook as it was saved.

    Attributes:
        cells: In order.
        frame: The notebook without them, in normal form.
    """

    cells: tuple[SavedCell, ...]
    frame: dict[str, Any]

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
        kept = SavedNotebook(tuple(map(SavedCell.of, cells)), frame)
        return kept if kept._is_small() else None

    def encode(self) -> tuple[str, bytes]:
        """Digest and base, as :func:`.content.digest_normal` and :func:`.content.encode_base` make them."""
        begin, end = text_around_cells(self.frame)
        reduced = [cell.reduced for cell in self.cells]
        texts = (cell.listed(text) for cell, (text, _) in zip(self.cells, reduced, strict=True))
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
        now = tuple(
            SavedCell.of(cells[place]) if place in cells else self.cells[was]
            for place, was in enumerate(former)
        )
        if has_ids(self.frame) and not _are_sound([cell.id for cell in now]):
            return None
        kept = SavedNotebook(now, self.frame)
        return kept if kept._is_small() else None

    def normal_cell(self, raw: Any) -> dict[str, Any]:
        """The normal form of a cell of this notebook.

        Raises:
            DocumentError: it is no cell.
        """
        cell = normalise_cell(raw)
        return cell if has_ids(self.frame) else without_id(cell)

    def _is_small(self) -> bool:
        kept = sum(cell.kept_bytes for cell in self.cells) + weight(self.frame)
        return kept <= MOST_BYTES


def _beginning(cell: Mapping[str, Any]) -> bytes:
    """Its canonical text as far as :data:`OUTPUTS_DIGEST`, which is never the end."""
    return canonical({key: cell[key] for key in cell if key <= OUTPUTS_DIGEST})[:-1] + b","


def _is_usual(cell: Mapping[str, Any]) -> bool:
    """Whether none of its keys means something to a base."""
    return not cell.keys() & {OUTPUTS_DIGEST, ATTACHMENT_DIGESTS}


def _are_sound(ids: Sequence[Any]) -> bool:
    """Whether nothing has to be done about them to tell cells apart."""
    return all(isinstance(one, str) and one for one in ids) and len(set(ids)) == len(ids)
