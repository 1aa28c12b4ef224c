"""Shares in a SQLite file that is not there before something is shared or done that is to be remembered.

Most servers share nothing. SQLAlchemy would cost them some 15 MB of memory and a quarter of a second at start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_tandem.adapters.sharing.file_name import FILE_NAME
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.audit import AuditQuery
from jupyter_tandem.ports.sharing import Change, Holdings
from jupyter_tandem.sharing import AuditEntry, AuditEvent, LinkId, LinkUse, Subject

if TYPE_CHECKING:
    from jupyter_tandem.adapters.sharing.store import SqlSharing

_NOTHING: Final = Holdings(revision=0, grants=(), links=(), guests=())
"""What a new file holds."""


class SharingOnDemand:
    """As :class:`~jupyter_tandem.adapters.sharing.store.SqlSharing` on the file in ``directory``, opened when needed.

    Another process may make the file; that is seen with the next call.
    """

    def __init__(self, directory: Path) -> None:
        """Nothing is opened yet."""
        self._directory = directory
        self._file = directory / FILE_NAME
        self._store: SqlSharing | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    @property
    def begun(self) -> bool:
        """Whether anything was ever put into the file."""
        return self._store is not None or self._file.exists()

    def load_now(self) -> Holdings:
        """As :meth:`load`, for start-up, before the first request comes.

        Raises:
            StoreUnavailable: it cannot be read. StoreError: a newer Tandem made it.
        """
        if not self.begun:
            return _NOTHING
        self._store = _open(self._directory)
        return self._store.load_now()

    # -- SharingStore --------------------------------------------------------

    async def load(self) -> Holdings:
        """See the port."""
        store = await self._existing()
        return _NOTHING if store is None else await store.load()

    async def revision(self) -> int:
        """See the port."""
        store = await self._existing()
        return _NOTHING.revision if store is None else await store.revision()

    async def commit(self, changes: Sequence[Change], events: Sequence[AuditEvent]) -> int:
        """See the port."""
        return await (await self._needed()).commit(changes, events)

    async def redeem(
        self,
        link_id: LinkId,
        use: LinkUse,
        changes: Sequence[Change],
        events: Sequence[AuditEvent],
    ) -> int:
        """See the port."""
        return await (await self._needed()).redeem(link_id, use, changes, events)

    async def uses(self, link_id: LinkId) -> Sequence[LinkUse]:
        """See the port."""
        store = await self._existing()
        return [] if store is None else await store.uses(link_id)

    async def was_shown_out(self, link_id: LinkId, subject: Subject) -> bool:
        """See the port."""
        store = await self._existing()
        return store is not None and await store.was_shown_out(link_id, subject)

    async def close(self) -> None:
        """See the port."""
        self._closed = True
        async with self._opening:
            if self._store is not None:
                await self._store.close()

    # -- AuditLog ------------------------------------------------------------

    async def append(self, events: Sequence[AuditEvent]) -> None:
        """See the port."""
        await (await self._needed()).append(events)

    async def read(
        self, *, after: int = 0, since: float | None = None, limit: int = 1000
    ) -> Sequence[AuditEntry]:
        """See the port."""
        store = await self._existing()
        return [] if store is None else await store.read(after=after, since=since, limit=limit)

    async def find(
        self, query: AuditQuery, *, limit: int, newest_first: bool = False
    ) -> Sequence[AuditEntry]:
        """See the port."""
        store = await self._existing()
        if store is None:
            return []
        return await store.find(query, limit=limit, newest_first=newest_first)

    async def verify(self) -> str | None:
        """See the port."""
        store = await self._existing()
        return None if store is None else await store.verify()

    # -- inside --------------------------------------------------------------

    async def _existing(self) -> SqlSharing | None:
        """The store, where there is something in it."""
        if not self._closed and not self.begun:
            return None
        return await self._needed()

    async def _needed(self) -> SqlSharing:
        async with self._opening:
            if self._closed:
                raise StoreUnavailable("The server is stopping; try again in a moment.")
            if self._store is None:
                self._store = await asyncio.to_thread(_open, self._directory)
            return self._store


def _open(directory: Path) -> SqlSharing:
    # Not at the top: it imports SQLAlchemy.
    from jupyter_tandem.adapters.sharing.store import SqlSharing

    return SqlSharing.open(directory)
