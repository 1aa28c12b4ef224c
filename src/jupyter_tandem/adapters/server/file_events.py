"""Hands events about files from those who notice to those who listen; holds one event a file at most."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from jupyter_tandem.ports.files import FileEvent
from jupyter_tandem.types import FileId


class FileEvents:
    """A mailbox: several events of one file become one, so it never holds more than there are files."""

    def __init__(self) -> None:
        """An empty mailbox."""
        self._waiting: dict[FileId, None] = {}
        self._filled = asyncio.Event()

    def add(self, file_id: FileId) -> None:
        """Something may have happened to the file."""
        self._waiting[file_id] = None
        self._filled.set()

    def discard(self, file_id: FileId) -> None:
        """Nobody is interested in this file any more."""
        self._waiting.pop(file_id, None)

    async def stream(self) -> AsyncIterator[FileEvent]:
        """Events in the order in which they were noticed, for ever. One listener at a time."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                file_id = next(iter(self._waiting))
                del self._waiting[file_id]
                yield FileEvent(file_id)
