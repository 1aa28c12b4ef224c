"""Where documents are in a server that goes through the Hub, for those who start kernels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from jupyter_tandem.core.federation.naming import DRIVE, hub_document, is_hub_file
from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.ports.files import FileContent, FileEvent, Files, FileStamp, Patch
from jupyter_tandem.types import DocumentKind, FileId


class FederatedFiles:
    """:class:`jupyter_tandem.ports.files.Files` that knows paths of others' documents, and nothing else of them."""

    def __init__(self, files: Files, known: KnownDocuments) -> None:
        """Pass everything else on to ``files``."""
        self._files = files
        self._known = known

    async def path(self, file_id: FileId) -> str | None:
        """See the port; with the drive's name, as JupyterLab calls the document."""
        if not is_hub_file(file_id):
            return await self._files.path(file_id)
        known = self._known.get(hub_document(file_id))
        return None if known is None else f"{DRIVE}:{known.path}"

    async def identify(self, path: str) -> FileId:
        """See the port."""
        return await self._files.identify(path)

    async def read(self, file_id: FileId, kind: DocumentKind) -> FileContent:
        """See the port."""
        return await self._files.read(file_id, kind)

    async def stamp(self, file_id: FileId) -> FileStamp:
        """See the port."""
        return await self._files.stamp(file_id)

    async def write(
        self, file_id: FileId, kind: DocumentKind, content: Any, *, expected: FileStamp | None
    ) -> FileStamp:
        """See the port."""
        return await self._files.write(file_id, kind, content, expected=expected)

    async def patch(
        self, file_id: FileId, kind: DocumentKind, patch: Patch, *, expected: FileStamp
    ) -> FileStamp | None:
        """See the port."""
        return await self._files.patch(file_id, kind, patch, expected=expected)

    async def in_place(self, file_id: FileId) -> bool:
        """See the port."""
        return await self._files.in_place(file_id)

    def watch(self) -> AsyncIterator[FileEvent]:
        """See the port."""
        return self._files.watch()

    def forget(self, file_id: FileId) -> None:
        """See the port."""
        self._files.forget(file_id)
