"""The files of a simulation: in memory, slow, written whole or not at all, edited by other programs."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.errors import FileChanged, FileError, FileMissing
from jupyter_tandem.ports.files import FileContent, FileEvent, FileStamp, Patch
from jupyter_tandem.testing.memory_files import patched
from jupyter_tandem.types import DocumentKind, FileId

_SLOW_S: Final = 0.05
_LATE_S: Final = 0.5
"""How late an event about a change on disk may be."""


@dataclass(slots=True)
class _File:
    content: Any
    version: int
    modified_at: float


class Folder:
    """What is on disk; it outlives every server.

    Attributes:
        full: Whether nothing can be written at the moment.
    """

    def __init__(self) -> None:
        """An empty folder."""
        self.files: dict[FileId, _File] = {}
        self.full = False
        self._listeners: list[asyncio.Queue[FileEvent]] = []

    def content(self, file_id: FileId) -> Any:
        """What another program would read."""
        return copy.deepcopy(self.files[file_id].content)

    def put(self, file_id: FileId, content: Any) -> _File:
        """Replace a file, or make it."""
        known = self.files.get(file_id)
        version = known.version + 1 if known else 1
        now = asyncio.get_running_loop().time()
        file = self.files[file_id] = _File(copy.deepcopy(content), version, now)
        return file

    def edit(self, file_id: FileId, content: Any) -> None:
        """Replace a file as another program does: whoever watches is told."""
        self.put(file_id, content)
        for listener in self._listeners:
            listener.put_nowait(FileEvent(file_id))

    def listen(self) -> asyncio.Queue[FileEvent]:
        """Events from now on."""
        queue: asyncio.Queue[FileEvent] = asyncio.Queue()
        self._listeners.append(queue)
        return queue


class SimulatedFiles:
    """:class:`~jupyter_tandem.ports.files.Files` over a :class:`Folder`; a file's id is its path."""

    def __init__(self, folder: Folder, chance: random.Random) -> None:
        """One server's view of ``folder``."""
        self._folder = folder
        self._chance = chance

    async def identify(self, path: str) -> FileId:
        """See the port."""
        await self._pause()
        self._file(FileId(path))
        return FileId(path)

    async def path(self, file_id: FileId) -> str | None:
        """See the port."""
        return file_id if file_id in self._folder.files else None

    async def read(self, file_id: FileId, kind: DocumentKind) -> FileContent:  # noqa: ARG002
        """See the port."""
        await self._pause()
        file = self._file(file_id)
        return FileContent(_stamp(file_id, file), copy.deepcopy(file.content))

    async def stamp(self, file_id: FileId) -> FileStamp:
        """See the port."""
        await self._pause()
        return _stamp(file_id, self._file(file_id))

    async def write(
        self,
        file_id: FileId,
        kind: DocumentKind,  # noqa: ARG002
        content: Any,
        *,
        expected: FileStamp | None,
    ) -> FileStamp:
        """See the port. A crash comes before or after the replacement, never within."""
        await self._pause()
        if self._folder.full:
            raise FileError("No space left on the device.")
        if expected is not None and not _stamp(file_id, self._file(file_id)).same_version(expected):
            raise FileChanged("The file is not what it was.")
        stamp = _stamp(file_id, self._folder.put(file_id, content))
        await self._pause()
        return stamp

    async def patch(
        self, file_id: FileId, kind: DocumentKind, patch: Patch, *, expected: FileStamp
    ) -> FileStamp | None:
        """See the port."""
        file = self._file(file_id)
        if not _stamp(file_id, file).same_version(expected):
            raise FileChanged("The file is not what it was.")
        cells = file.content["cells"]
        if len(cells) != patch.before:
            return None
        content = {**patch.frame, "cells": patched(cells, patch)}
        return await self.write(file_id, kind, content, expected=expected)

    async def in_place(self, file_id: FileId) -> bool:  # noqa: ARG002
        """See the port."""
        return False

    def watch(self) -> AsyncIterator[FileEvent]:
        """See the port."""
        return _Watch(self._folder.listen(), self._chance)

    def forget(self, file_id: FileId) -> None:
        """See the port."""

    def _file(self, file_id: FileId) -> _File:
        file = self._folder.files.get(file_id)
        if file is None:
            raise FileMissing("There is no such file.")
        return file

    async def _pause(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, _SLOW_S))


class _Watch(AsyncIterator[FileEvent]):
    """Events, late. No generator: one that waits in a killed process could not be dropped in silence."""

    def __init__(self, events: asyncio.Queue[FileEvent], chance: random.Random) -> None:
        self._events = events
        self._chance = chance

    async def __anext__(self) -> FileEvent:
        event = await self._events.get()
        await asyncio.sleep(self._chance.uniform(0, _LATE_S))
        return event


def _stamp(file_id: FileId, file: _File) -> FileStamp:
    raw = json.dumps(file.content, sort_keys=True).encode()
    return FileStamp(
        file_id, hashlib.sha256(raw).hexdigest(), file.modified_at, True, str(file.version)
    )
