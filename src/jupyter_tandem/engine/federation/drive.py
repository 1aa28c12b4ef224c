"""The documents and folders that others share with this server's person, as its routes see them."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import Final

from jupyter_tandem.core.access import effective_rights
from jupyter_tandem.engine.federation.courier import Delivery
from jupyter_tandem.engine.federation.explorer import Explorer
from jupyter_tandem.engine.federation.folder_agent import MOST_ENTRIES
from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.engine.federation.liaison import Liaison
from jupyter_tandem.engine.federation.replica import Replicas
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.federation import HubShares, KnownNames
from jupyter_tandem.ports.folders import FolderEntry
from jupyter_tandem.ports.hub_drive import Download, Shown, ShownFolder
from jupyter_tandem.ports.keepsake import Keepsake
from jupyter_tandem.types import Action

_MORE: Final = (
    f"This folder holds more than the {MOST_ENTRIES:,} entries that are listed. "
    "The others can be opened by their paths."
)


class SharedDrive:
    """:class:`jupyter_tandem.ports.hub_drive.Drive`."""

    def __init__(
        self,
        username: str,
        known: KnownDocuments,
        liaison: Liaison,
        replicas: Replicas,
        shares: HubShares,
        explorer: Explorer,
        keepsake: Keepsake,
    ) -> None:
        """Show ``known``, and what ``explorer`` finds, to ``username``; copies go into ``keepsake``."""
        self._keepsake = keepsake
        self._username = username
        self._known = known
        self._liaison = liaison
        self._replicas = replicas
        self._shares = shares
        self._explorer = explorer

    @property
    def username(self) -> str:
        """See the port."""
        return self._username

    @property
    def connected(self) -> bool:
        """See the port."""
        return self._liaison.connected

    def document(self, path: str) -> Shown | None:
        """See the port."""
        try:
            known = self._known.at(path)
        except NotFound:
            return None
        return None if known.offered.is_folder else _shown(known)

    async def look(self, path: str) -> Shown | None:
        """See the port."""
        found = self.document(path)
        if found is not None:
            return found
        folder = self._known.folder_at(path)
        if folder is None:
            self._known.folder(path)
            return None
        if not folder[1]:
            return None
        return _entry_shown(folder[0], path, await self._explorer.stat(path))

    async def folder(self, path: str) -> ShownFolder:
        """See the port."""
        shared = self._known.folder_at(path) if path else None
        if shared is not None:
            return await self._shared_folder(shared[0], path)
        start = f"{path}/" if path else ""
        folders: dict[str, None] = {}
        documents: list[Shown] = []
        for known in self._known.folder(path):
            first, slash, _ = known.path.removeprefix(start).partition("/")
            if slash or known.offered.is_folder:
                folders[start + first] = None
            else:
                documents.append(_shown(known))
        listed = sorted(documents, key=lambda shown: shown.path)
        return ShownFolder(dict.fromkeys(sorted(folders), 0.0), listed)

    async def content(self, path: str) -> object:
        """See the port."""
        known = await self._explorer.document(path)
        await self._liaison.ready(known)
        return await self._replicas.content(known.address)

    async def download(self, path: str) -> Download:
        """See the port. A document is what its people have typed, also where its file waits for that."""
        document = self.document(path)
        if document is not None:
            return _Held(document, await self.content(path))
        folder = self._known.folder_at(path)
        if folder is None:
            raise NotFound("There is no such file or folder.")
        entry, delivery = await self._explorer.fetch(path)
        return _Fetched(_entry_shown(folder[0], path, entry), delivery, self._explorer)

    def move(self, path: str, to: str) -> None:
        """See the port."""
        self._known.move(path, to)

    async def copy(self, path: str, folder: str) -> dict[str, object]:
        """See the port."""
        shown = await self.look(path)
        if shown is None or shown.type == "directory":
            raise NotFound("Folders are copied file by file.")
        if shown.document or shown.type == "notebook":
            content = await self.content(path)
            model = {"type": shown.type, "format": shown.format, "content": content}
        else:
            data = b64encode(await _all_of(await self.download(path))).decode()
            model = {"type": "file", "format": "base64", "content": data}
        return await self._keepsake.copy(path.rpartition("/")[2], folder, model)

    async def names(self, query: str) -> KnownNames:
        """See the port."""
        return await self._shares.names(query)

    async def _shared_folder(self, folder: Known, path: str) -> ShownFolder:
        found = await self._explorer.list(path)
        folders = {
            f"{path}/{e.name}": e.modified_at for e in found.entries if e.type == "directory"
        }
        files = {f"{path}/{e.name}": e for e in found.entries if e.type != "directory"}
        documents = {at: _entry_shown(folder, at, entry) for at, entry in files.items()}
        for known in self._known.all():
            above, _, _ = known.path.rpartition("/")
            if known.offered.is_folder:
                continue
            if above == path and (found.away or known.path in files):
                entry = files.get(known.path)
                shown = _shown(known)
                documents[known.path] = shown if entry is None else _with_facts(shown, entry)
            elif found.away and known.path.startswith(f"{path}/"):
                first = known.path.removeprefix(f"{path}/").partition("/")[0]
                folders[f"{path}/{first}"] = 0.0
        listed = sorted(documents.values(), key=lambda shown: shown.path)
        why = found.away or ("" if found.whole else _MORE)
        return ShownFolder(dict(sorted(folders.items())), listed, found.whole, why)


class _Fetched:
    """:class:`jupyter_tandem.ports.hub_drive.Download`."""

    def __init__(self, shown: Shown, delivery: Delivery, explorer: Explorer) -> None:
        self.shown = shown
        self._delivery = delivery
        self._explorer = explorer

    async def read(self) -> bytes:
        return await self._delivery.read()

    def close(self) -> None:
        self._explorer.close(self._delivery)


async def _all_of(download: Download) -> bytes:
    data = bytearray()
    try:
        while piece := await download.read():
            data += piece
    finally:
        download.close()
    return bytes(data)


def _shown(known: Known) -> Shown:
    rights = effective_rights(known.actions)
    kind = known.offered.kind
    return Shown(
        path=known.path,
        document=known.address.document_id,
        type="notebook" if kind.type == "notebook" else "file",
        format=kind.format,
        owner=known.offered.owner,
        role="" if rights is None else rights.role.value,
        writable=Action.WRITE in known.actions,
    )


def _entry_shown(folder: Known, path: str, entry: FolderEntry) -> Shown:
    """A file that the service does not hold: whether it can be edited shows when it is opened."""
    rights = effective_rights(folder.actions)
    shown = Shown(
        path=path,
        document="",
        type=entry.type,
        format="json" if entry.type == "notebook" else "text",
        owner=folder.offered.owner,
        role="" if rights is None else rights.role.value,
        writable=Action.WRITE in folder.actions and entry.type != "directory",
    )
    return _with_facts(shown, entry)


class _Held:
    """:class:`jupyter_tandem.ports.hub_drive.Download` of a document."""

    def __init__(self, shown: Shown, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        if shown.format == "base64":
            self._left = b64decode(text)
        else:
            self._left = text.encode(errors="replace")
        self.shown = replace(shown, size=len(self._left))

    async def read(self) -> bytes:
        data, self._left = self._left, b""
        return data

    def close(self) -> None:
        pass


def _with_facts(shown: Shown, entry: FolderEntry) -> Shown:
    return replace(shown, size=entry.size, modified_at=entry.modified_at, mimetype=entry.mimetype)
