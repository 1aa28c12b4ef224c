"""What the engine needs from the place where files live (on one server: the Contents API)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

from jupyter_tandem.types import DocumentKind, FileId


@dataclass(frozen=True, slots=True)
class FileContent:
    """One version of a file.

    Attributes:
        path: Where it was read, relative to the contents root.
        content: A notebook (dict, nbformat 4), a text, or base64 text, by the document's kind.
        file_hash: sha256 of its bytes where the contents manager can tell, else ``""``.
        modified_at: Last modification as the contents manager tells it (Unix seconds).
        writable: Whether it can be written.
    """

    path: str
    content: Any
    file_hash: str
    modified_at: float
    writable: bool


@dataclass(frozen=True, slots=True)
class FileStamp:
    """A cheap sign of a file's version: equal stamps mean *very likely unchanged*.

    Attributes:
        path: Where the file is now.
        file_hash: sha256 of its bytes where cheap to have, else ``""``.
        modified_at: Last modification (Unix seconds).
        writable: Whether it can be written.
    """

    path: str
    file_hash: str
    modified_at: float
    writable: bool


@dataclass(frozen=True, slots=True)
class FileEvent:
    """Something may have happened to a file: look again. Never says what it holds."""

    file_id: FileId


class Files(Protocol):
    """Reads and writes the files behind documents, by file id: rename and move are followed inside."""

    async def identify(self, path: str) -> FileId:
        """The id of the file at ``path``, made if it has none yet.

        Raises:
            FileMissing: there is no such file. NotFound: the path is outside the root or hidden.
        """

    async def path(self, file_id: FileId) -> str | None:
        """Where the document's file is now, or ``None`` when it is gone."""

    async def read(self, file_id: FileId, kind: DocumentKind) -> FileContent:
        """Read the file.

        Raises:
            FileMissing, FileUnreadable, FileError.
        """

    async def stamp(self, file_id: FileId) -> FileStamp:
        """The file's stamp without its content.

        Raises:
            FileMissing, FileError.
        """

    async def write(
        self, file_id: FileId, kind: DocumentKind, content: Any, *, expected: FileStamp
    ) -> FileStamp:
        """Write the file if it still is what ``expected`` says; whole or not at all.

        Raises:
            FileChanged: the file differs from ``expected``; nothing was written.
            FileMissing: it is gone; nothing was written. FileReadOnly: it cannot be written.
            FileError: disk full or the like; the former file is intact.
        """

    def watch(self) -> AsyncIterator[FileEvent]:
        """Events for files that were identified, until the iterator is closed.

        An event may be late (slow polling) or superfluous, never missing for longer than the poll period.
        """

    def forget(self, file_id: FileId) -> None:
        """Stop watching a document's file (its room was evicted)."""
