"""New documents, and updates that hold a whole document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pycrdt import merge_updates

from jupyter_tandem.core.content import normalise
from jupyter_tandem.core.document.document import Document
from jupyter_tandem.errors import DocumentError
from jupyter_tandem.protocol.portions import extend
from jupyter_tandem.types import DocumentKind

_MERGED: Final = 64
"""Updates merged at once."""


def extended(update: bytes, later: Sequence[bytes]) -> bytes | None:
    """One update that does what ``update``, the whole of a document, and ``later`` do; or ``None``.

    It is made without a document where ``update`` is large and most of it is of one client.
    """
    return extend(update, later, unite) if later else update


def unite(updates: Sequence[bytes]) -> bytes:
    """One update that does what ``updates`` do, in order; at least one."""
    while len(updates) > _MERGED:
        # The library's time for merging grows with the square of their number.
        updates = [
            unite(updates[start : start + _MERGED]) for start in range(0, len(updates), _MERGED)
        ]
    return updates[0] if len(updates) == 1 else merge_updates(*updates)


def grow(
    kind: DocumentKind, content: Any, client_id: int, state: Mapping[str, Any] | None = None
) -> tuple[Document, bytes]:
    """A new document that holds ``content``, and the first update of its history.

    Args:
        kind: What kind of document it is.
        content: From the Contents API.
        client_id: Whose edits they are, and those of the document from then on; see :class:`Document`.
        state: What its ``state`` map holds.

    Raises:
        DocumentError: ``content`` is not of this kind.
    """
    return grow_normal(kind, normalise(kind, content), client_id, state)


def grow_normal(
    kind: DocumentKind, wanted: Any, client_id: int, state: Mapping[str, Any] | None = None
) -> tuple[Document, bytes]:
    """As :func:`grow`, of content that is in normal form already; it is taken apart on the way."""
    document = Document(kind, client_id)
    try:
        return document, document.fill(wanted, state or {})
    except DocumentError:
        document.close()
        raise


def seed(kind: DocumentKind, content: Any, client_id: int) -> bytes:
    """The first update of a document that holds ``content``.

    Args:
        kind: What kind of document it is.
        content: From the Contents API.
        client_id: Whose edits they are; never used for this document before or after.

    Raises:
        DocumentError: ``content`` is not of this kind.
    """
    document, update = grow(kind, content, client_id)
    document.close()
    return update
