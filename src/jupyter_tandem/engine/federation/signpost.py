"""Where a document of the Hub is in one person's JupyterLab."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from jupyter_tandem.core.federation.naming import DRIVE
from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.federation import HubShares
from jupyter_tandem.ports.files import Files

_NOT_THERE: Final = "There is no such document, or it is not shared with you. Ask its owner."


class KnownSignpost:
    """:class:`jupyter_tandem.ports.hub_drive.Signpost`."""

    def __init__(
        self,
        username: str,
        known: KnownDocuments,
        ask: Callable[[], Awaitable[None]],
        shares: HubShares,
        files: Files,
    ) -> None:
        """Point ``username`` the way.

        Args:
            username: Whose server this is.
            known: What others share with them.
            ask: Asks the service anew and tells ``known``.
            shares: Knows which of their own files are shared.
            files: Knows where those are now.
        """
        self._username = username
        self._known = known
        self._ask = ask
        self._shares = shares
        self._files = files

    @property
    def username(self) -> str:
        """See the port."""
        return self._username

    async def path_of(self, document: str) -> str:
        """See the port."""
        if self._known.get(document) is None:
            # A server that was started for this, or a share that was made a moment ago.
            await self._ask()
        known = self._known.get(document)
        if known is not None:
            return f"{DRIVE}:{known.path}"
        file_id = (await self._shares.files()).get(document)
        path = None if file_id is None else await self._files.path(file_id)
        if path is None:
            raise NotFound(_NOT_THERE)
        return path
