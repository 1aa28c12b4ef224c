"""What the engine needs from the place where files live (on one server: the Contents API)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jupyter_tandem.types import DocumentKind, FileId


@dataclass(frozen=True, slots=True)
class FileStamp:
    """A cheap sign of a file's version: equal stamps mean *very likely unchanged*.

    Attributes:
        path: Where the file is now, relative to the contents root.
        file_hash: sha256 of its bytes where cheap to have, else ``""``.
        modified_at: Last modification as the contents manager tells it (Unix seconds).
        writable: Whether it can be written.
        version: Opaque; differs when the bytes differ. May differ although they do not.
    """

    path: str
    file_hash: str
    modified_at: float
    writable: bool
    version: str

    def same_version(self, other: FileStamp) -> bool:
        """Whether both were taken of the same bytes, wherever the file was."""
        if self.file_hash and other.file_hash:
            return self.file_hash == other.file_hash
        return self.version == other.version


@dataclass(frozen=True, slots=True)
class FileContent:
    """One version of a file.

    Attributes:
        stamp: Of exactly these bytes.
        content: A notebook (dict, nbformat 4), a text, or base64 text without line breaks, by the
            document's kind.
    """

    stamp: FileStamp
    content: Any

    @property
    def path(self) -> str:
        """Where it was read."""
        return self.stamp.path

    @property
    def file_hash(self) -> str:
        """sha256 of its bytes where the contents manager can tell, else ``""``."""
        return self.stamp.file_hash


@dataclass(frozen=True, slots=True)
class Patch:
    """A notebook, by what differs from the version that it is to replace.

    Attributes:
        before: How many cells that version has.
        cells: For each cell its number in that version, from 0, when it is the same; else its content.
        frame: The notebook without its cells.
    """

    before: int
    cells: Sequence[int | Mapping[str, Any]]
    frame: Mapping[str, Any]


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
            FileMissing: it is gone. FileUnreadable: it holds no document of this kind.
            FileError: it cannot be read at the moment.
        """

    async def stamp(self, file_id: FileId) -> FileStamp:
        """The file's stamp without its content.

        Raises:
            FileMissing, FileError.
        """

    async def write(
        self, file_id: FileId, kind: DocumentKind, content: Any, *, expected: FileStamp | None
    ) -> FileStamp:
        """Write the file if it still is what ``expected`` says; whole or not at all.

        Args:
            file_id: Which file.
            kind: What ``content`` is.
            content: As in :class:`FileContent`.
            expected: The version to be replaced, wherever the file is by now. ``None``: the file was
                deleted and is made again where it was last.

        Returns:
            The stamp of what was written. Durable where the place can promise that.

        Raises:
            FileChanged: the file differs from ``expected``; nothing was written.
            FileMissing: it is gone, and ``expected`` was given, or nobody knows where it was.
            FileReadOnly: it cannot be written.
            FileError: disk full or the like; the former file is intact.
        """

    async def patch(
        self, file_id: FileId, kind: DocumentKind, patch: Patch, *, expected: FileStamp
    ) -> FileStamp | None:
        """As :meth:`write` of the whole notebook: the same bytes, and the same is told to others.

        ``None``: this place cannot do it with this file now, and nothing was written. That is so unless
        ``expected`` was written from here, and never wrong: whoever asked writes the whole notebook.

        Raises:
            As :meth:`write`.
        """

    async def in_place(self, file_id: FileId) -> bool:
        """Whether a write that is cut short may leave a part of the file, also because nobody knows.

        ``False``: it is replaced whole. The file is as it was.

        Raises:
            FileMissing.
        """

    def watch(self) -> AsyncIterator[FileEvent]:
        """Events for files that were identified, until the iterator is closed.

        An event may be late (slow polling) or superfluous, never missing for longer than the poll period.
        What :meth:`write` did itself makes none.
        """

    def forget(self, file_id: FileId) -> None:
        """Stop watching a document's file (its room was evicted)."""
