"""Brings another version of a document into the live one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_tandem.core.apart import take_apart
from jupyter_tandem.core.content import normalise
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.merge import Conflict, merge_normal
from jupyter_tandem.types import DocumentKind


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What to do to the live document.

    Attributes:
        update: A Yjs update to apply to it, or ``None`` when nothing is to change. It builds on the state
            that was given, so edits made meanwhile merge with it as any concurrent edits do.
        conflicts: Places both sides had changed.
    """

    update: bytes | None
    conflicts: tuple[Conflict, ...]


def reconcile(
    kind: DocumentKind, state: bytes, base: Any | None, theirs: Any, client_id: int
) -> Reconciled:
    """Merge ``theirs`` into a document and say it as an update.

    Works on a copy and shares nothing, so it may run in any thread. Takes time in proportion to the
    document: some 0.2 s for 10 MB of outputs, or 1 s for 10,000 cells.

    Args:
        kind: What kind of document it is.
        state: The document's whole state as an update.
        base: The last common version, as content or from :func:`~.content.decode_base`, or ``None``.
        theirs: The other version's content.
        client_id: Whose edits the update holds; a fresh id, never used in this document before.

    Raises:
        DocumentError: ``state`` or ``theirs`` is no document of this kind.
    """
    fork = Document(kind, client_id)
    try:
        fork.load([state])
        ours, normal = fork.content(), normalise(kind, theirs)
        merged = merge_normal(kind, base, ours, normal)
        update = fork.update_to(merged.content)
    finally:
        fork.close()
    for content in (ours, normal, merged.content):
        take_apart(content)
    return Reconciled(update, merged.conflicts)
