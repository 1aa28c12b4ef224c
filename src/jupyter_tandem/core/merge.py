"""Three-way merge of document content (docs/spec/merge.md).

*Ours* is the live document, *theirs* the other version (the file, or edits of another lineage), *base* the
last version they had in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.core.conflict import Conflict, Kept
from jupyter_tandem.core.content import (
    Family,
    digest_reduced,
    family,
    normalise,
    reduced,
)
from jupyter_tandem.core.merge_lines import merge_text
from jupyter_tandem.core.merge_notebook import merge_notebook
from jupyter_tandem.types import DocumentKind

__all__ = ["Conflict", "Kept", "Merged", "merge", "merge_normal"]

_BASE64: Final = "base64"


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge.

    Attributes:
        content: In normal form.
        conflicts: Places that both sides had changed, in document order. Nothing is lost by one whose
            ``kept`` is ``both``.
    """

    content: Any
    conflicts: tuple[Conflict, ...]


def merge(kind: DocumentKind, base: Any | None, ours: Any, theirs: Any) -> Merged:
    """Merge two versions of a document so that both sides' changes are kept (rules: MERGE-n).

    Args:
        kind: What kind of document it is.
        base: The last common version, as content or from :func:`~.content.decode_base`; ``None`` when
            there is none: then everything of both is kept, and what is equal is not doubled.
        ours: The live document's content.
        theirs: The other version's content.

    Raises:
        DocumentError: one of them is not of this kind.
    """
    return merge_normal(kind, base, normalise(kind, ours), normalise(kind, theirs))


def merge_normal(kind: DocumentKind, base: Any | None, ours: Any, theirs: Any) -> Merged:
    """As :func:`merge`, of two versions that are in normal form already."""
    before = None if base is None else reduced(kind, base)
    our_digest, their_digest = digest_reduced(kind, ours), digest_reduced(kind, theirs)
    if our_digest == their_digest:
        return Merged(ours, ())
    if before is not None:
        base_digest = digest_reduced(kind, before)
        if base_digest in (our_digest, their_digest):
            return Merged(theirs if base_digest == our_digest else ours, ())
    if family(kind) is Family.NOTEBOOK:
        return Merged(*merge_notebook(before, ours, theirs))
    if family(kind) is Family.TEXT and kind.format != _BASE64:
        merged = merge_text(before, ours, theirs)
        conflicts = [Conflict("", "source", Kept.BOTH, line) for line in merged.conflicts]
        return Merged(merged.text, tuple(conflicts))
    return Merged(ours, (Conflict("", "content", Kept.OURS),))
