"""How entries go into chunks: one rule for every store that has rows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from jupyter_tandem.adapters.store.chunk import Chunk
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId


class Continued(Protocol):
    """Where a journal stands, as far as its chunks are concerned."""

    @property
    def begun_ms(self) -> int:
        """When it was begun, in milliseconds since 1970."""

    @property
    def seed(self) -> int:
        """What the checksums of its chunks start from."""

    @property
    def chunk(self) -> Chunk | None:
        """Its last chunk, as it was written."""


S = TypeVar("S", bound=Continued)


def pack(
    entries: Iterable[Entry], standings: Mapping[DocumentId, S], intern: Callable[[str, str], int]
) -> tuple[dict[DocumentId, Chunk], list[tuple[S, Chunk]]]:
    """Put entries that continue their journals into chunks.

    Args:
        entries: In order; documents may alternate.
        standings: Where the journals stand.
        intern: The key of an author and a cause.

    Returns:
        The last chunk of each document, and all that are new or have grown.
    """
    last: dict[DocumentId, Chunk] = {}
    changed: list[tuple[S, Chunk]] = []
    for entry in entries:
        standing = standings[entry.document_id]
        at_ms = round(entry.at * 1000) - standing.begun_ms
        origin = intern(entry.author, entry.cause)
        chunk = last.get(entry.document_id)
        if chunk is None and standing.chunk is not None:
            chunk = standing.chunk.continued()
            changed.append((standing, chunk))
        if chunk is None or not chunk.has_room(entry.update):
            chunk = Chunk.begin(standing.seed, entry.sequence, at_ms)
            changed.append((standing, chunk))
        last[entry.document_id] = chunk
        chunk.add(at_ms, origin, entry.update)
    return last, changed
