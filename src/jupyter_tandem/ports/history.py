"""What a server's routes ask of the engine about forks and earlier versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.types import DocumentId, DocumentKind, LineageId


@dataclass(frozen=True, slots=True)
class Fork:
    """A copy of a document that people edit apart from it.

    Attributes:
        fork_id: Its room id.
        root: Room id of the document it was made from.
        lineage: The history it shares with its root.
        synchronize: Whether edits of the root go into the fork as they are made.
        title: For people.
        description: For people.
    """

    fork_id: str
    root: DocumentId
    lineage: LineageId
    synchronize: bool
    title: str
    description: str


class Forks(Protocol):
    """Forks live in memory: they end with the server."""

    def of(self, root: str, visitor: Visitor) -> Mapping[str, Fork]:
        """The forks of a document by fork id; empty when there is none.

        Raises:
            NotFound: the document is nothing of the visitor's.
        """

    async def create(
        self, root: str, *, title: str, description: str, synchronize: bool, visitor: Visitor
    ) -> Fork:
        """Fork a document as it is now.

        Raises:
            NotFound: ``root`` is no document. ServerFull: there are too many forks.
            FileError, StoreError: the document cannot be opened.
        """

    async def delete(self, fork_id: str, *, merge: bool, visitor: Visitor) -> Fork:
        """End a fork; with ``merge`` its edits go into the root first.

        Raises:
            NotFound: there is no such fork. StoreError: the merge could not be made durable.
        """


@dataclass(frozen=True, slots=True)
class Timeline:
    """A document's versions, and a room that shows any one of them.

    Attributes:
        root: Room id of the document.
        preview: Room id in which the chosen version is shown; begins with the newest.
        lineage: The history both share.
        timestamps: Unix seconds of every version, oldest first; the last one is the present.
    """

    root: DocumentId
    preview: str
    lineage: LineageId
    timestamps: Sequence[float]


class History(Protocol):
    """Looking at earlier versions, and going back to one."""

    async def timeline(self, path: str, kind: DocumentKind, visitor: Visitor) -> Timeline:
        """Open a preview.

        Raises:
            NotFound, FileMissing: there is no such document. ServerFull: too many previews are open.
        """

    async def step(self, preview: str, steps: int, visitor: Visitor) -> bool:
        """Show a version ``steps`` later (earlier when negative), or the last (first) there is.

        Returns:
            Whether that is another version than before.

        Raises:
            NotFound: there is no such preview.
        """

    async def restore(self, root: str, preview: str, visitor: Visitor) -> None:
        """Make the document what the preview shows: as a new edit, nothing of its history is lost.

        Durable on return. The preview ends.

        Raises:
            NotFound: there is no such preview of this document. StoreError: nothing was changed for good.
        """
