"""Which documents the service holds, in the words of those who ask for places and files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from jupyter_tandem.errors import FileMissing, NotFound
from jupyter_tandem.ports.federation import HubDocument, Registry
from jupyter_tandem.ports.files import FileContent, FileEvent, FileStamp
from jupyter_tandem.ports.sharing import Located
from jupyter_tandem.sharing import WHOLE_SERVER, Place, Target, TargetKind
from jupyter_tandem.types import Address, DocumentKind, FileId

_NOWHERE = "The file is kept by its owner's server."


class Catalogue:
    """The registry's image in memory. A document's path at the service is its id.

    It is :class:`jupyter_tandem.ports.sharing.Places` and :class:`jupyter_tandem.ports.files.Files` of a host
    that has no files.
    """

    def __init__(self, registry: Registry) -> None:
        """Read ``registry``; blocks, for start-up.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        self._registry = registry
        self._documents: dict[str, HubDocument] = {}
        self._by_file: dict[tuple[str, str, FileId, DocumentKind], str] = {}
        for document in registry.load_now():
            self._take(document)

    # -- documents -----------------------------------------------------------

    def __len__(self) -> int:
        """How many there are."""
        return len(self._documents)

    def all(self) -> list[HubDocument]:
        """All of them, oldest first."""
        return list(self._documents.values())

    def get(self, document_id: str) -> HubDocument | None:
        """The document with this id."""
        return self._documents.get(document_id)

    def of_file(
        self, owner: str, server: str, file_id: FileId, kind: DocumentKind
    ) -> HubDocument | None:
        """The document of this file."""
        known = self._by_file.get((owner, server, file_id, kind))
        return None if known is None else self._documents[known]

    def kept_by(self, owner: str, server: str) -> list[HubDocument]:
        """Those whose file this server keeps, oldest first."""
        return [d for d in self._documents.values() if (d.owner, d.server) == (owner, server)]

    def owned_by(self, owner: str) -> list[HubDocument]:
        """Those of one person, oldest first."""
        return [d for d in self._documents.values() if d.owner == owner]

    async def put(self, document: HubDocument) -> None:
        """Add or replace a document; durable on return.

        Raises:
            StoreUnavailable: nothing was changed.
        """
        await self._registry.put(document)
        self._take(document)

    async def close(self) -> None:
        """Let go of the registry."""
        await self._registry.close()

    def _take(self, document: HubDocument) -> None:
        self._documents[document.id] = document
        key = (document.owner, document.server, document.file_id, document.kind)
        self._by_file[key] = document.id

    # -- Places --------------------------------------------------------------

    async def at(self, path: str) -> Located:
        """See the port."""
        document = self._documents.get(path.strip("/"))
        if document is None:
            raise NotFound("There is no such file or folder.")
        return _located(document)

    async def of(self, target: Target) -> Located | None:
        """See the port."""
        if target.kind is TargetKind.SERVER:
            return Located(Place(WHOLE_SERVER), "", "")
        document = self._documents.get(target.file_id)
        return None if document is None else _located(document)

    async def place_of_file(self, file_id: FileId) -> Place | None:
        """See the port."""
        document = self._documents.get(file_id)
        return None if document is None else _located(document).place

    # -- Files ---------------------------------------------------------------

    async def identify(self, path: str) -> FileId:
        """See the port."""
        return (await self.at(path)).place.target.file_id

    async def path(self, file_id: FileId) -> str | None:
        """See the port."""
        return file_id if file_id in self._documents else None

    async def read(self, file_id: FileId, kind: DocumentKind) -> FileContent:  # noqa: ARG002
        """There is nothing to read."""
        raise FileMissing(_NOWHERE)

    async def stamp(self, file_id: FileId) -> FileStamp:  # noqa: ARG002
        """There is nothing to look at."""
        raise FileMissing(_NOWHERE)

    async def write(
        self,
        file_id: FileId,  # noqa: ARG002
        kind: DocumentKind,  # noqa: ARG002
        content: Any,  # noqa: ARG002
        *,
        expected: FileStamp | None,  # noqa: ARG002
    ) -> FileStamp:
        """There is nothing to write."""
        raise FileMissing(_NOWHERE)

    async def watch(self) -> AsyncIterator[FileEvent]:
        """Nothing ever happens."""
        await asyncio.Event().wait()
        yield FileEvent(FileId(""))

    def forget(self, file_id: FileId) -> None:
        """Nothing was watched."""


def address_of(document: HubDocument) -> Address:
    """The document's address at the service."""
    return Address(document.kind, FileId(document.id))


def _located(document: HubDocument) -> Located:
    target = Target(TargetKind.DOCUMENT, FileId(document.id))
    return Located(Place(target), document.id, document.name)
