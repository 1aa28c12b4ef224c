"""A journal that ends with its room. Forks, previews and a second server's view have such a one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from jupyter_tandem.engine.settings import RECALLED_ENTRIES
from jupyter_tandem.ports.store import Entry, Head, Replay, Snapshot
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId, LineageId

MOST_BYTES: Final = 16 * 1024 * 1024
"""Most that is kept of what came since a room was opened; with more of it the whole document is encoded where it is
wanted, as that of a small one is.
"""


@dataclass(slots=True)
class _Kept:
    lineage: LineageId
    state: bytes
    tail: list[Entry] = field(default_factory=list)
    bytes: int = 0


class BriefJournal:
    """Keeps, of those documents it was told of, what is needed to have them whole, and nothing of the others.

    Every append is as durable as the room it belongs to. There is no history and there are no snapshots to put in.
    """

    def __init__(self) -> None:
        """It was told of none."""
        self._kept: dict[DocumentId, _Kept] = {}

    def begin(self, document_id: DocumentId, lineage: LineageId, state: bytes) -> None:
        """Keep this document from sequence 0 on; ``state`` is the whole of it as one update."""
        self._kept[document_id] = _Kept(lineage, state)

    def end(self, document_id: DocumentId) -> None:
        """Its room is closed; does nothing where it is not kept."""
        self._kept.pop(document_id, None)

    # -- Journal ---------------------------------------------------------------

    async def create(self, document_id: DocumentId, lineage: LineageId) -> Head:
        """A head with nothing behind it."""
        return Head(document_id, lineage, 0)

    async def head(self, document_id: DocumentId) -> Head | None:
        """See the port."""
        kept = self._kept.get(document_id)
        return None if kept is None else _head(document_id, kept)

    async def append(
        self,
        entries: Sequence[Entry],
        runs: Sequence[tuple[DocumentId, Run]] = (),  # noqa: ARG002
    ) -> None:
        """See the port."""
        for entry in entries:
            kept = self._kept.get(entry.document_id)
            # What a room wrote that is closed may still be on its way when another has taken its place.
            if kept is not None and entry.sequence == len(kept.tail) + 1:
                kept.tail.append(entry)
                kept.bytes += len(entry.update)
                if kept.bytes > MOST_BYTES or len(kept.tail) > RECALLED_ENTRIES:
                    self.end(entry.document_id)

    def log_unsynced(self, entries: Sequence[Entry]) -> bool:  # noqa: ARG002
        """See the port: the room goes with the process."""
        return False

    async def replay(self, document_id: DocumentId) -> Replay | None:
        """See the port."""
        kept = self._kept.get(document_id)
        if kept is None:
            return None
        return Replay(_head(document_id, kept), Snapshot(0, kept.state), tuple(kept.tail))

    async def history(
        self,
        document_id: DocumentId,  # noqa: ARG002
        *,
        after: int = 0,  # noqa: ARG002
        limit: int = 10_000,  # noqa: ARG002
    ) -> Sequence[Entry]:
        """None."""
        return ()

    async def put_snapshot(self, document_id: DocumentId, snapshot: Snapshot) -> None:
        """Forget it."""

    async def prune(self, document_id: DocumentId, *, through: int) -> None:
        """There is nothing to prune."""


def _head(document_id: DocumentId, kept: _Kept) -> Head:
    return Head(document_id, kept.lineage, len(kept.tail))
