"""Folders on a local disk, read without ever following a link out of them."""

from __future__ import annotations

import asyncio
import errno
import mimetypes
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from jupyter_tandem.adapters.server.sharing.places import clean_path
from jupyter_tandem.errors import FileError, NotFound
from jupyter_tandem.ports.folders import FolderEntry, FolderFile, FolderListing

MOST_LOOKED_AT: Final = 100_000
"""Names of one folder that are read; a folder with more is told as if it had no others."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
"""Not waiting: whoever opens a pipe would wait for its other end."""

_NOT_THERE: Final = "There is no such file or folder."


class LocalFolders:
    """:class:`jupyter_tandem.ports.folders.Folders` of a contents manager with a root on disk.

    Every step of a path is opened from the step before it, and none of them may be a link: what is looked
    at is what is read, whoever moves files meanwhile.
    """

    def __init__(self, contents_manager: Any) -> None:
        """Look below the manager's root, and hide what it hides."""
        self._manager = contents_manager
        root = getattr(contents_manager, "root_dir", "")
        self._root = Path(root) if root else None

    @property
    def available(self) -> bool:
        """See the port."""
        return self._root is not None and self._root.is_dir()

    async def listing(self, folder: str, inner: str, most: int) -> FolderListing:
        """See the port."""
        return await asyncio.to_thread(self._list, folder, inner, most)

    async def stat(self, folder: str, inner: str) -> FolderEntry:
        """See the port."""
        return await asyncio.to_thread(self._stat, folder, inner)

    async def open(self, folder: str, inner: str) -> FolderFile:
        """See the port."""
        return await asyncio.to_thread(self._open, folder, inner)

    # -- in a thread -----------------------------------------------------------

    def _list(self, folder: str, inner: str, most: int) -> FolderListing:
        with self._inside(folder, self._parts(inner)) as descriptor:
            names: list[tuple[bool, str]] = []
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    if len(names) == MOST_LOOKED_AT:
                        break
                    if self._shows(entry.name) and not entry.is_symlink():
                        names.append((not entry.is_dir(follow_symlinks=False), entry.name))
            names.sort()
            found = [_entry_at(descriptor, name) for _, name in names[:most]]
        return FolderListing([one for one in found if one is not None], len(names) <= most)

    def _stat(self, folder: str, inner: str) -> FolderEntry:
        parts = self._parts(inner)
        if not parts:
            with self._inside(folder, []) as descriptor:
                return _entry(Path(folder).name, os.fstat(descriptor))
        with self._inside(folder, parts[:-1]) as descriptor:
            found = _entry_at(descriptor, parts[-1])
        if found is None:
            raise NotFound(_NOT_THERE)
        return found

    def _open(self, folder: str, inner: str) -> FolderFile:
        parts = self._parts(inner)
        if not parts:
            raise NotFound(_NOT_THERE)
        with self._inside(folder, parts[:-1]) as descriptor:
            opened = _step(parts[-1], _FILE, descriptor)
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            os.close(opened)
            raise NotFound(_NOT_THERE)
        return LocalFolderFile(opened, _entry(parts[-1], status), status)

    @contextmanager
    def _inside(self, folder: str, parts: list[str]) -> Iterator[int]:
        """A descriptor of the folder that is reached by ``parts``."""
        if self._root is None:
            raise NotFound(_NOT_THERE)
        descriptor = -1
        try:
            descriptor = os.open(self._root / clean_path(folder), _FOLDER)
            for part in parts:
                below = _step(part, _FOLDER, descriptor)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        except OSError as error:
            raise NotFound(_NOT_THERE) from error
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def _parts(self, inner: str) -> list[str]:
        clean = clean_path(inner)
        parts = clean.split("/") if clean else []
        if not all(self._shows(part) for part in parts):
            raise NotFound(_NOT_THERE)
        return parts

    def _shows(self, name: str) -> bool:
        if name.startswith(".") and not getattr(self._manager, "allow_hidden", False):
            return False
        with suppress(UnicodeEncodeError):
            name.encode()
            return bool(self._manager.should_list(name))
        return False


class LocalFolderFile:
    """:class:`jupyter_tandem.ports.folders.FolderFile`."""

    def __init__(self, descriptor: int, entry: FolderEntry, status: os.stat_result) -> None:
        """Read from ``descriptor``, which was found with this ``status``."""
        self._descriptor = descriptor
        self._version = _version(status)
        self.entry = entry

    async def read(self, size: int) -> bytes:
        """See the port."""
        return await asyncio.to_thread(self._read, size)

    def close(self) -> None:
        """See the port."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _read(self, size: int) -> bytes:
        try:
            data = os.read(self._descriptor, size)
            changed = _version(os.fstat(self._descriptor)) != self._version
        except OSError as error:
            raise FileError(f"{self.entry.name} cannot be read ({error.strerror}).") from error
        if changed:
            raise FileError(f"{self.entry.name} was changed while it was read; ask again.")
        return data


def _step(name: str, flags: int, descriptor: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=descriptor)
    except OSError as error:
        if error.errno in {errno.EMFILE, errno.ENFILE}:
            raise FileError("This server has too many files open; try again.") from error
        raise NotFound(_NOT_THERE) from error


def _entry_at(descriptor: int, name: str) -> FolderEntry | None:
    try:
        status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    except OSError:
        return None
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return None
    return _entry(name, status)


def _entry(name: str, status: os.stat_result) -> FolderEntry:
    if stat.S_ISDIR(status.st_mode):
        return FolderEntry(name, "directory", None, status.st_mtime, "")
    kind = "notebook" if name.endswith(".ipynb") else "file"
    guessed, _ = mimetypes.guess_type(name)
    return FolderEntry(name, kind, status.st_size, status.st_mtime, guessed or "")


def _version(status: os.stat_result) -> tuple[int, int]:
    return (status.st_size, status.st_mtime_ns)
