"""The documents that others share with this server's person, as its routes see them."""

from __future__ import annotations

from jupyter_tandem.core.access import effective_rights
from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.engine.federation.liaison import Liaison
from jupyter_tandem.engine.federation.replica import Replicas
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.federation import HubShares, KnownNames
from jupyter_tandem.ports.hub_drive import Shown
from jupyter_tandem.types import Action


class SharedDrive:
    """:class:`jupyter_tandem.ports.hub_drive.Drive`."""

    def __init__(
        self,
        username: str,
        known: KnownDocuments,
        liaison: Liaison,
        replicas: Replicas,
        shares: HubShares,
    ) -> None:
        """Show ``known`` to ``username``."""
        self._username = username
        self._known = known
        self._liaison = liaison
        self._replicas = replicas
        self._shares = shares

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
            return _shown(self._known.at(path))
        except NotFound:
            return None

    def folder(self, path: str) -> tuple[list[str], list[Shown]]:
        """See the port."""
        start = f"{path}/" if path else ""
        folders: dict[str, None] = {}
        documents: list[Shown] = []
        for known in self._known.folder(path):
            first, slash, _ = known.path.removeprefix(start).partition("/")
            if slash:
                folders[start + first] = None
            else:
                documents.append(_shown(known))
        return sorted(folders), sorted(documents, key=lambda shown: shown.path)

    async def content(self, path: str) -> object:
        """See the port."""
        known = self._known.at(path)
        await self._liaison.ready(known)
        return await self._replicas.content(known.address)

    async def names(self, query: str) -> KnownNames:
        """See the port."""
        return await self._shares.names(query)


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
