"""Whether entries continue the journals they are meant for: one rule for every store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from jupyter_tandem.errors import SequenceConflict, StoreCorrupt
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId

T = TypeVar("T")


def continued(
    entries: Iterable[Entry], standing: Callable[[DocumentId], int | None]
) -> dict[DocumentId, int]:
    """The last sequence of every document that ``entries`` continue, were they appended.

    Args:
        entries: In the order they are to be appended; documents may alternate.
        standing: The last sequence of a document's journal now, ``None`` when there is no journal.

    Raises:
        SequenceConflict: an entry does not follow its predecessor.
    """
    reached: dict[DocumentId, int] = {}
    for entry in entries:
        last = reached.get(entry.document_id)
        if last is None:
            last = existing(entry.document_id, standing(entry.document_id))
        if entry.sequence != last + 1:
            raise SequenceConflict(
                f"Entry {entry.sequence} of document {entry.document_id} does not follow {last}; "
                "read the journal again before appending to it."
            )
        reached[entry.document_id] = entry.sequence
    return reached


def existing(document_id: DocumentId, found: T | None) -> T:
    """What was found of a journal that has to be there.

    Raises:
        SequenceConflict: there is no journal.
    """
    if found is None:
        raise SequenceConflict(
            f"Document {document_id} has no journal; create it before anything is added to it."
        )
    return found


def check_covered(document_id: DocumentId, sequence: int, last: int) -> None:
    """Accept a snapshot at ``sequence`` of a journal that ends at ``last``.

    Raises:
        SequenceConflict: the snapshot holds more than the journal does.
    """
    if sequence > last:
        raise SequenceConflict(
            f"A snapshot of document {document_id} at {sequence} is ahead of its journal, "
            f"which ends at {last}."
        )


def check_prunable(document_id: DocumentId, through: int, newest: int | None) -> None:
    """Accept deleting entries up to ``through`` when the newest snapshot is at ``newest``.

    Raises:
        SequenceConflict: entries would be deleted that no snapshot covers.
    """
    if newest is None or through > newest:
        raise SequenceConflict(
            f"Entries of document {document_id} up to {through} are not covered by a snapshot; "
            "nothing was deleted."
        )


def check_unbroken(document_id: DocumentId, entries: Sequence[Entry], *, after: int) -> None:
    """Accept entries that follow ``after`` one by one.

    Raises:
        StoreCorrupt: an entry is missing.
    """
    for expected, entry in enumerate(entries, after + 1):
        if entry.sequence != expected:
            raise StoreCorrupt(
                f"The journal of document {document_id} lacks entry {expected}; "
                "run `jupyter tandem doctor` to see what can be kept."
            )
