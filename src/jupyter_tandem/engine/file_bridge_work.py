"""What the file bridge computes in a worker thread. Documents are built, used and dropped in one call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jupyter_tandem.core.apart import take_apart
from jupyter_tandem.core.big_output import has_big
from jupyter_tandem.core.content import (
    decode_base,
    digest_normal,
    encode_base,
    left_in,
    normalise,
    outputs_as_digests,
    with_left,
)
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.merge import Conflict
from jupyter_tandem.core.reconcile import Reconciled, reconcile
from jupyter_tandem.core.saved_cells import SavedNotebook
from jupyter_tandem.core.stump import bytes_of, is_stump
from jupyter_tandem.engine.file_bridge_cells import ChangedCells
from jupyter_tandem.errors import DocumentError, FileUnreadable
from jupyter_tandem.ports.files import Patch
from jupyter_tandem.ports.store import FileBase, FileBases
from jupyter_tandem.types import DocumentKind


@dataclass(frozen=True, slots=True)
class Export:
    """A document as it goes into its file.

    Attributes:
        content: For the Contents API; a :class:`Patch` where only what changed was exported.
        digest: Its content digest.
        base: Its encoding for a later merge.
        big: Whether it holds outputs that are better kept beside it.
        saved: What may be kept of it until the next time, or ``None``.
    """

    content: Any
    digest: str
    base: bytes
    big: bool = False
    saved: SavedNotebook | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a version found on disk means for a document.

    Attributes:
        digest: Its content digest.
        base: Its encoding for a later merge.
        known: The remembered version it is, if it is one; then there is nothing to merge.
        update: What brings its changes into the document, or ``None``.
        conflicts: Places that were changed on both sides.
    """

    digest: str
    base: bytes
    known: FileBase | None
    update: bytes | None = None
    conflicts: tuple[Conflict, ...] = ()


def export_document(
    kind: DocumentKind,
    state: bytes,
    client_id: int,
    big_bytes: int | None = None,
    cells: int | None = None,
) -> Export:
    """Build the content of the document that ``state`` encodes.

    Args:
        kind: Of the document.
        state: It as one update.
        client_id: For the document that is made of it meanwhile.
        big_bytes: Outputs with more are looked for; ``None``: they are not.
        cells: How many cells are in it when it may be kept what they were; ``None``: it may not.

    Raises:
        DocumentError: the shared types hold no document of this kind.
    """
    ids: list[Any] = []

    def note(cell: dict[str, Any]) -> dict[str, Any]:
        ids.append(cell.get("id"))
        return cell

    with _fork(kind, state, client_id) as document:
        content = document.content(note)
        # Freeing it takes one long step: not together with the content.
        del document
    big = big_bytes is not None and len(state) > big_bytes and has_big(content, big_bytes)
    saved = None if big or cells != len(ids) else SavedNotebook.of(content, ids)
    if saved is None:
        return Export(content, digest_normal(kind, content), encode_base(kind, content), big)
    return Export(content, *saved.encode(), big, saved)


def export_changed(changed: ChangedCells, big_bytes: int | None = None) -> Export | None:
    """Build what differs from the last save; ``None`` where that cannot be told from single cells.

    Outputs with more than ``big_bytes`` are looked for among what changed; ``None``: they are not.
    """
    before = changed.saved
    try:
        cells = {place: before.normal_cell(raw) for place, raw in changed.cells.items()}
    except DocumentError:
        return None
    saved = before.changed(changed.former, cells)
    if saved is None:
        return None
    content = [cells.get(place, was) for place, was in enumerate(changed.former)]
    patch = Patch(len(before), content, before.frame)
    big = big_bytes is not None and has_big({"cells": list(cells.values())}, big_bytes)
    return Export(patch, *saved.encode(), big, None if big else saved)


def remember(kind: DocumentKind, state: bytes, client_id: int) -> tuple[str, bytes]:
    """Digest and base of the document that ``state`` encodes, as :func:`export_document` would give them.

    A notebook is never in memory as a whole besides: its outputs are needed by their digests only.

    Raises:
        DocumentError: the shared types hold no document of this kind.
    """
    with _fork(kind, state, client_id) as document:
        content = document.content(outputs_as_digests)
        # As above.
        del document
    return digest_normal(kind, content), encode_base(kind, content)


def compare(
    kind: DocumentKind, state: bytes, bases: FileBases, found: Any, client_id: int
) -> Comparison:
    """Hold the content ``found`` on disk against the document and the remembered versions.

    The cells of a notebook are taken out of it: the event loop would free them in one step.

    Raises:
        FileUnreadable: it is no document of this kind.
    """
    try:
        theirs = normalise(kind, found)
        encoded = encode_base(kind, theirs)
    except DocumentError as error:
        raise FileUnreadable(str(error)) from error
    take_apart(found)
    comparison = _compared(kind, state, bases, theirs, encoded, client_id)
    take_apart(theirs)
    return comparison


def _compared(
    kind: DocumentKind, state: bytes, bases: FileBases, theirs: Any, encoded: bytes, client_id: int
) -> Comparison:
    digest = digest_normal(kind, theirs)
    for known in (bases.common, bases.intended):
        if known is not None and known.digest == digest:
            return Comparison(digest, encoded, known)
    base = _decode(kind, bases.common)
    merged = reconcile(kind, state, base, theirs, client_id)
    take_apart(base)
    return Comparison(digest, encoded, None, merged.update, merged.conflicts)


def base_over_left(
    kind: DocumentKind, bases: FileBases, read_as: DocumentKind, found: Any
) -> bytes | None:
    """The base to merge with after the write that was begun last, if it is that which has left ``found``.

    Args:
        kind: Of the document.
        bases: With what was being written.
        read_as: As what the file was read.
        found: What it holds. That is no base for a merge, but the version before it is one.
    """
    data = bytes_of(read_as, found)
    former = b"" if bases.common is None else bases.common.content
    new, old = _decode(kind, bases.intended), _decode(kind, bases.common)
    if data is None or not is_stump(kind, data, new, old, left_in(former)):
        return None
    return with_left(former, data)


def merge_foreign(
    kind: DocumentKind, state: bytes, base: Any, ours: Any, client_id: int
) -> Reconciled:
    """Bring in what somebody changed from ``base`` to ``ours`` in another history of the document.

    Raises:
        DocumentError: one of the two is no document of this kind.
    """
    common = None if base is None else normalise(kind, base)
    return reconcile(kind, state, common, normalise(kind, ours), client_id)


def _decode(kind: DocumentKind, base: FileBase | None) -> Any:
    """The remembered version, or ``None``: a merge without one keeps more, and loses nothing."""
    if base is None:
        return None
    try:
        return decode_base(kind, base.content)
    except DocumentError:
        return None


@contextlib.contextmanager
def _fork(kind: DocumentKind, state: bytes, client_id: int) -> Iterator[Document]:
    document = Document(kind, client_id)
    try:
        document.load([state])
        yield document
    finally:
        document.close()
