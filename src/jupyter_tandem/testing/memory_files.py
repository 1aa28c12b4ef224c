"""Files that live in memory, and what other programs do to them."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_tandem.adapters.server.file_events import FileEvents
from jupyter_tandem.errors import (
    FileChanged,
    FileError,
    FileMissing,
    FileReadOnly,
    FileUnreadable,
    NotFound,
)
from jupyter_tandem.ports.files import FileContent, FileEvent, FileStamp, Patch
from jupyter_tandem.types import DocumentKind, FileId


@dataclass(slots=True)
class _File:
    data: bytes
    version: int
    writable: bool = True


class MemoryFiles:
    """The :class:`~jupyter_tandem.ports.files.Files` port over a dict, with failures that a test orders.

    Attributes:
        failure: What every write raises, until it is ``None`` again.
        reading_failure: What every look at a file raises, until it is ``None`` again.
        replaces: Whether the files are such as are replaced whole.
        before_write: Called just before a write compares versions: another program's last chance.
        writes: How often a file was written.
        patches: How often that was done by :meth:`patch`.
        reads: How often content was read.
    """

    def __init__(self) -> None:
        """No files."""
        self.failure: FileError | None = None
        self.reading_failure: FileError | None = None
        self.replaces = True
        self.before_write: Callable[[], None] | None = None
        self.writes = 0
        self.patches = 0
        self._own: dict[str, int] = {}
        self.reads = 0
        self._files: dict[str, _File] = {}
        self._paths: dict[FileId, str] = {}
        self._versions = itertools.count(1)
        self._events = FileEvents()

    # -- other programs ------------------------------------------------------

    def put(self, path: str, data: bytes | str) -> None:
        """Another program writes a file; the event goes out."""
        raw = data.encode() if isinstance(data, str) else data
        known = self._files.get(path)
        writable = known is None or known.writable
        self._files[path] = _File(raw, next(self._versions), writable)
        self._tell(path)

    def get(self, path: str) -> bytes:
        """What another program reads.

        Raises:
            KeyError: there is no such file.
        """
        return self._files[path].data

    def is_own(self, path: str) -> bool:
        """Whether the file is as :meth:`write` or :meth:`patch` left it."""
        return self._own.get(path) == self._files[path].version

    def exists(self, path: str) -> bool:
        """Whether there is a file at ``path``."""
        return path in self._files

    def remove(self, path: str) -> None:
        """Another program deletes a file."""
        del self._files[path]
        self._tell(path)

    def move(self, old: str, new: str) -> None:
        """Somebody renames a file or a folder."""
        for path in list(self._files):
            if path == old or path.startswith(old + "/"):
                self._files[new + path[len(old) :]] = self._files.pop(path)
        for file_id, path in self._paths.items():
            if path == old or path.startswith(old + "/"):
                self._paths[file_id] = new + path[len(old) :]
                self._events.add(file_id)

    def protect(self, path: str, *, writable: bool = False) -> None:
        """Somebody changes a file's permissions."""
        self._files[path].writable = writable
        self._tell(path)

    def _tell(self, path: str) -> None:
        for file_id, known in self._paths.items():
            if known == path:
                self._events.add(file_id)

    # -- the port ------------------------------------------------------------

    async def identify(self, path: str) -> FileId:
        """See the port."""
        parts = path.strip("/").split("/")
        if any(part.startswith(".") or "\0" in part for part in parts):
            raise NotFound(f"There is no file {path!r}.")
        clean = "/".join(parts)
        if clean not in self._files:
            raise FileMissing(f"There is no file {path!r}.")
        for file_id, known in self._paths.items():
            if known == clean:
                return file_id
        file_id = FileId(f"file-{len(self._paths) + 1}")
        self._paths[file_id] = clean
        return file_id

    async def path(self, file_id: FileId) -> str | None:
        """See the port."""
        path = self._paths.get(file_id)
        return path if path in self._files else None

    async def read(self, file_id: FileId, kind: DocumentKind) -> FileContent:
        """See the port."""
        stamp = await self.stamp(file_id)
        self.reads += 1
        return FileContent(stamp, _decode(self._files[stamp.path].data, kind))

    async def stamp(self, file_id: FileId) -> FileStamp:
        """See the port."""
        if self.reading_failure is not None:
            raise self.reading_failure
        path = self._paths.get(file_id, "")
        file = self._files.get(path)
        if file is None:
            raise FileMissing(f"There is no file {path!r}.")
        file_hash = hashlib.sha256(file.data).hexdigest()
        return FileStamp(path, file_hash, float(file.version), file.writable, str(file.version))

    async def write(
        self, file_id: FileId, kind: DocumentKind, content: Any, *, expected: FileStamp | None
    ) -> FileStamp:
        """See the port."""
        if self.before_write is not None:
            self.before_write()
        path = self._paths.get(file_id)
        if path is None:
            raise FileMissing("Nobody knows where the file was.")
        file = self._files.get(path)
        if expected is None:
            if file is not None:
                raise FileChanged(f"There is a file {path!r} again.")
        elif not expected.same_version(await self.stamp(file_id)):
            raise FileChanged(f"The file {path!r} was changed by another program.")
        if file is not None and not file.writable:
            raise FileReadOnly(f"The file {path!r} cannot be written.")
        if self.failure is not None:
            raise self.failure
        self.writes += 1
        version = self._own[path] = next(self._versions)
        self._files[path] = _File(_encode(content, kind), version)
        return await self.stamp(file_id)

    async def patch(
        self, file_id: FileId, kind: DocumentKind, patch: Patch, *, expected: FileStamp
    ) -> FileStamp | None:
        """See the port."""
        path = self._paths.get(file_id, "")
        file = self._files.get(path)
        if file is None or not self.is_own(path):
            return None
        cells = _decode(file.data, kind)["cells"]
        if len(cells) != patch.before:
            return None
        content = {**patch.frame, "cells": patched(cells, patch)}
        written = await self.write(file_id, kind, content, expected=expected)
        self.patches += 1
        return written

    async def in_place(self, file_id: FileId) -> bool:  # noqa: ARG002
        """See the port."""
        return not self.replaces

    async def watch(self) -> AsyncIterator[FileEvent]:
        """See the port."""
        async for event in self._events.stream():
            yield event

    def forget(self, file_id: FileId) -> None:
        """See the port."""
        self._events.discard(file_id)


def patched(cells: Sequence[Any], patch: Patch) -> list[Any]:
    """The cells that ``patch`` makes of ``cells``."""
    return [cells[cell] if isinstance(cell, int) else cell for cell in patch.cells]


def _decode(data: bytes, kind: DocumentKind) -> Any:
    if kind.format == "base64":
        return base64.b64encode(data).decode()
    try:
        text = data.decode()
        return json.loads(text) if kind.format == "json" else text
    except ValueError as error:
        raise FileUnreadable(f"{error}.") from error


def _encode(content: Any, kind: DocumentKind) -> bytes:
    if kind.format == "base64":
        return base64.b64decode(content)
    text = (
        json.dumps(content, indent=1, sort_keys=True) + "\n"
        if kind.format == "json"
        else str(content)
    )
    return text.encode()
