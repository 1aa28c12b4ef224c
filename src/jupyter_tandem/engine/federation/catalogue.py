"""Which documents the service holds, in the words of those who ask for places and files."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any, Final

from jupyter_tandem.errors import FileMissing, NotFound
from jupyter_tandem.ports.federation import HubDocument, Registry
from jupyter_tandem.ports.files import FileContent, FileEvent, FileStamp, Patch
from jupyter_tandem.ports.sharing import Located
from jupyter_tandem.sharing import WHOLE_SERVER, Place, Target, TargetKind
from jupyter_tandem.types import Address, DocumentKind, FileId

LONGEST_PATH: Final = 4_096

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
        self._within: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.read_again()

    def read_again(self) -> None:
        """Take in what another process has put into the registry; blocks.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        for document in self._registry.load_now():
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

    def within(self, folder: str) -> list[HubDocument]:
        """The documents that lie in a shared folder, oldest first."""
        return [self._documents[document] for document in self._within.get(folder, ())]

    def folders_of(self, document: HubDocument, within: object) -> dict[str, str]:
        """The shared folders in which a document's server says it lies: those of the same server, with a path.

        A server that says nothing of them says that nothing has changed.
        """
        if not isinstance(within, dict):
            return dict(document.within)
        return {
            folder_id: path
            for folder_id, path in within.items()
            if isinstance(path, str) and self._is_folder_of(document, folder_id) and _fits(path)
        }

    def _is_folder_of(self, document: HubDocument, folder_id: object) -> bool:
        folder = self._documents.get(folder_id) if isinstance(folder_id, str) else None
        if folder is None or not folder.is_folder:
            return False
        return (folder.owner, folder.server) == (document.owner, document.server)

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
        before = self._documents.get(document.id)
        for folder in before.within if before is not None else ():
            self._within[folder].pop(document.id, None)
        for folder in document.within:
            self._within[folder][document.id] = None
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

    async def patch(
        self,
        file_id: FileId,  # noqa: ARG002
        kind: DocumentKind,  # noqa: ARG002
        patch: Patch,  # noqa: ARG002
        *,
        expected: FileStamp,  # noqa: ARG002
    ) -> FileStamp | None:
        """There is nothing to write."""
        raise FileMissing(_NOWHERE)

    async def in_place(self, file_id: FileId) -> bool:  # noqa: ARG002
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


def _fits(path: str) -> bool:
    parts = path.split("/")
    return len(path) <= LONGEST_PATH and not any(part in {"", ".", ".."} for part in parts)


def _located(document: HubDocument) -> Located:
    kind = TargetKind.FOLDER if document.is_folder else TargetKind.DOCUMENT
    folders = tuple(FileId(folder) for folder in document.within)
    return Located(Place(Target(kind, FileId(document.id)), folders), document.id, document.name)
