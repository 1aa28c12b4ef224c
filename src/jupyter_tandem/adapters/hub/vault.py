"""How much room the service's files and its database take."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.ports.hub_pages import Room, Stored


class DiskVault:
    """:class:`jupyter_tandem.ports.hub_pages.Vault`."""

    def __init__(
        self, directory: Path, database_bytes: Callable[[], Awaitable[int | None]]
    ) -> None:
        """Ask ``database_bytes`` of a database that has everything; where there is none, measure ``directory``."""
        self._directory = directory
        self._database_bytes = database_bytes

    async def measure(self) -> Room:
        """See the port."""
        elsewhere = await self._database_bytes()
        if elsewhere is not None:
            return Room([Stored("database", elsewhere)], None)
        try:
            return await asyncio.to_thread(_on_disk, self._directory)
        except OSError as error:
            raise StoreUnavailable(f"The disk cannot be asked ({error.strerror}).") from error


def _on_disk(directory: Path) -> Room:
    files = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    stored = [Stored(str(path.relative_to(directory)), path.stat().st_size) for path in files]
    return Room(stored, shutil.disk_usage(directory).free)
