"""The two kinds of places a contents manager keeps files in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from jupyter_tandem.ports.files import FileContent, FileStamp, Patch
from jupyter_tandem.types import DocumentKind


class ContentsPlace(Protocol):
    """Reads and writes files by their path, relative to the contents root."""

    async def versions(self, paths: Sequence[str]) -> list[str | None]:
        """The present version of each file, ``None`` where there is none. Reads no content."""

    async def stamp(self, path: str) -> FileStamp:
        """See :meth:`~jupyter_tandem.ports.files.Files.stamp`."""

    async def read(self, path: str, kind: DocumentKind) -> FileContent:
        """See :meth:`~jupyter_tandem.ports.files.Files.read`."""

    async def save(
        self, path: str, kind: DocumentKind, content: Any, expected: FileStamp | None
    ) -> FileStamp:
        """See :meth:`~jupyter_tandem.ports.files.Files.write`."""

    async def patch(
        self, path: str, kind: DocumentKind, patch: Patch, expected: FileStamp
    ) -> FileStamp | None:
        """See :meth:`~jupyter_tandem.ports.files.Files.patch`."""

    async def in_place(self, path: str) -> bool:
        """See :meth:`~jupyter_tandem.ports.files.Files.in_place`."""

    async def find(self, path: str) -> str | None:
        """Where the file is now that was last seen at ``path``, if that can be found out."""

    def names(self, path: str) -> frozenset[Path]:
        """Under which names a local file system knows the file; none when it is not on a local disk."""

    def forget(self, path: str) -> None:
        """Drop what was remembered about the file."""

    def close(self) -> None:
        """Leave the contents manager as it was found."""


def request(kind: DocumentKind) -> dict[str, str]:
    """``type`` and ``format`` as the Contents API wants them for a document of ``kind``."""
    if kind.type == "notebook":
        return {"type": "notebook", "format": "json"}
    return {"type": "file", "format": "base64" if kind.format == "base64" else "text"}


def content_of(model: dict[str, Any], kind: DocumentKind) -> Any:
    """The content in a model of the Contents API, as the port promises it."""
    content = model["content"]
    return "".join(content.split()) if kind.format == "base64" else content
