"""Files of a contents manager that keeps them on a local disk."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

from jupyter_server.utils import ApiPath, ensure_async, to_api_path, to_os_path
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.atomic import sweep
from jupyter_tandem.adapters.server.atomic_contents import (
    AtomicWriting,
    Replacement,
    save_replaces,
)
from jupyter_tandem.adapters.server.contents_errors import reading_failed, writing_failed
from jupyter_tandem.adapters.server.contents_place import content_of, request
from jupyter_tandem.adapters.server.contents_twin import LARGE_BYTES, LARGE_CELLS, ContentsTwin
from jupyter_tandem.adapters.server.copied_cells import CellCopies, WrittenCells
from jupyter_tandem.adapters.server.local_file import Signature, find_moved, fingerprint, look
from jupyter_tandem.errors import FileChanged, FileError, FileReadOnly
from jupyter_tandem.ports.files import FileContent, FileStamp, Patch
from jupyter_tandem.types import DocumentKind

_log = logging.getLogger(__name__)

SLOW_DISK_S: Final = 0.02
"""A disk that takes longer for a file, a network's for example, is not waited for on the event loop."""

_READINGS: Final = 3
"""Times a file that changes while it is read is read again."""


class LocalContents:
    """:class:`~.contents_place.ContentsPlace` over a ``FileContentsManager``, sync or async.

    Content goes through the contents manager, so that its hooks run; versions are told by the file system,
    in worker threads.
    """

    def __init__(self, contents_manager: Any) -> None:
        """Save through ``contents_manager``, replacing files whole."""
        self._manager = contents_manager
        self._root = Path(contents_manager.root_dir).absolute()
        self._algorithm = str(getattr(contents_manager, "hash_algorithm", "sha256"))
        self._writing = AtomicWriting(contents_manager)
        self._twin = ContentsTwin(contents_manager)
        self._known: dict[str, tuple[Signature, str]] = {}
        self._cells: dict[str, tuple[str, WrittenCells]] = {}
        self._swept: set[Path] = set()
        self._disk_s = 0.0

    def close(self) -> None:
        """Leave the contents manager as it was found."""
        self._writing.uninstall()

    def forget(self, path: str) -> None:
        """Drop what was remembered about the file."""
        self._known.pop(path, None)
        self._cells.pop(path, None)

    def names(self, path: str) -> frozenset[Path]:
        """The file, and the file it links to."""
        file = self._os_path(path)
        return frozenset((file, Path(os.path.realpath(file))))

    async def versions(self, paths: Sequence[str]) -> list[str | None]:
        """The present version of each file, ``None`` where there is none."""
        files = [self._os_path(path) for path in paths]
        return await asyncio.to_thread(lambda: [_version(file) for file in files])

    async def stamp(self, path: str) -> FileStamp:
        """The file's stamp; its hash is computed anew only when the version differs."""
        try:
            signature, digest = await asyncio.to_thread(self._fingerprint, path)
        except OSError as error:
            raise reading_failed(error, path, None) from error
        return self._stamp(path, signature, digest)

    async def read(self, path: str, kind: DocumentKind) -> FileContent:
        """Content and stamp of the same bytes."""
        for _ in range(_READINGS):
            stamp = await self.stamp(path)
            model = await self._get(path, kind)
            if await self.versions([path]) == [stamp.version]:
                return FileContent(stamp, content_of(model, kind))
        raise FileError("another program changes the file all the time")

    async def save(
        self, path: str, kind: DocumentKind, content: Any, expected: FileStamp | None
    ) -> FileStamp:
        """Replace the file whole if it is what is expected, up to the moment of the renaming."""
        before = await self._expect(path, expected)
        replacement = Replacement(self._os_path(path), _still(before, path))
        model = {**request(kind), "content": content}
        cells = None
        try:
            with save_replaces(replacement):
                if self._leaves_the_loop(path, content):
                    cells = await self._twin.save(model, path)
                else:
                    await ensure_async(self._manager.save(model, path))
            return await self._saved(path, replacement, cells)
        except (HTTPError, OSError) as error:
            raise writing_failed(error, path) from error

    async def patch(
        self, path: str, kind: DocumentKind, patch: Patch, expected: FileStamp
    ) -> FileStamp | None:
        """As :meth:`save`, where the file is as it was written here; what fails may succeed the usual way."""
        before = await self._expect(path, expected)
        version, cells = self._cells.pop(path, ("", None))
        if before is None or cells is None or version != before.version or not self._twin.possible:
            return None
        replacement = Replacement(self._os_path(path), _still(before, path))
        copies = CellCopies(patch, replacement.path, version, cells)
        try:
            if not self._writing.replaces(replacement):
                return None
            with save_replaces(replacement):
                cells = await self._twin.patch(copies, request(kind), path, self._writing)
            return None if cells is None else await self._saved(path, replacement, cells)
        except (HTTPError, OSError) as error:
            failure = writing_failed(error, path)
            if isinstance(failure, FileChanged):
                raise failure from error
            _log.info("%s is written as a whole: %s", path, failure)
            return None

    async def in_place(self, path: str) -> bool:
        """Tried in a worker thread: up to the renaming."""
        return await asyncio.to_thread(self._writing.in_place, self._os_path(path))

    async def find(self, path: str) -> str | None:
        """Look for the file below the root by its inode."""
        known = self._known.get(path)
        if known is None:
            return None
        hidden = bool(self._manager.allow_hidden)
        file = self._os_path(path)
        found = await asyncio.to_thread(find_moved, self._root, file, known[0], hidden=hidden)
        if found is None or not found.is_relative_to(self._root):
            return None
        self._cells.pop(path, None)
        api_path: str = to_api_path(str(found), str(self._root))
        self._known[api_path] = self._known.pop(path)
        return api_path

    # -- inside --------------------------------------------------------------

    def _os_path(self, path: str) -> Path:
        return Path(to_os_path(ApiPath(path), str(self._root)))

    def _fingerprint(self, path: str) -> tuple[Signature, str]:
        """In a worker thread."""
        file = self._os_path(path)
        self._sweep(file)
        known = self._known.get(path)
        if known is not None and known[0] == look(file):
            return known
        found = self._known[path] = fingerprint(file, self._algorithm)
        return found

    def _sweep(self, file: Path) -> None:
        folder = Path(os.path.realpath(file)).parent
        if folder not in self._swept:
            self._swept.add(folder)
            sweep(folder)

    def _stamp(self, path: str, signature: Signature, digest: str) -> FileStamp:
        writable = bool(self._manager.is_writable(path))
        return FileStamp(path, digest, signature.modified_ns / 1e9, writable, signature.version)

    async def _get(self, path: str, kind: DocumentKind) -> dict[str, Any]:
        asked = {"content": True, **request(kind)}
        try:
            if self._is_large(path) and self._twin.possible:
                return cast("dict[str, Any]", await self._twin.get(path, **asked))
            model: dict[str, Any] = await ensure_async(self._manager.get(path, **asked))
        except (HTTPError, OSError) as error:
            raise reading_failed(error, path, kind) from error
        return model

    def _leaves_the_loop(self, path: str, content: Any) -> bool:
        """Whether the twin had better write ``content``."""
        cells = content.get("cells") if isinstance(content, dict) else None
        large = cells is not None and (len(cells) >= LARGE_CELLS or self._is_large(path))
        return (large or self._disk_s > SLOW_DISK_S) and self._twin.possible

    def _is_large(self, path: str) -> bool:
        """Whether the file was, when it was looked at last."""
        known = self._known.get(path)
        return known is not None and known[0].size >= LARGE_BYTES

    async def _expect(self, path: str, expected: FileStamp | None) -> FileStamp | None:
        if expected is None:
            if await self.versions([path]) != [None]:
                raise FileChanged(f"There is a file {path!r} again.")
            return None
        before = await self.stamp(path)
        if not before.same_version(expected):
            raise FileChanged(f"The file {path!r} was changed by another program.")
        if not before.writable:
            raise FileReadOnly(f"The file {path!r} cannot be written.")
        return before

    async def _saved(
        self, path: str, replacement: Replacement, cells: WrittenCells | None
    ) -> FileStamp:
        self._disk_s = replacement.disk_s
        stamp = await asyncio.to_thread(self._written, path, replacement)
        self._cells.pop(path, None)
        # Without a hash it was replaced since.
        if cells is not None and replacement.written and stamp.file_hash and self._is_large(path):
            self._cells[path] = (stamp.version, cells)
        return stamp

    def _written(self, path: str, replacement: Replacement) -> FileStamp:
        """In a worker thread: the stamp of what was written, also if it was replaced since."""
        signature, digest = fingerprint(self._os_path(path), self._algorithm)
        if replacement.written and not signature.is_same_file(replacement.written[0]):
            signature, digest = replacement.written[0], ""
        self._known[path] = (signature, digest)
        return self._stamp(path, signature, digest)


def _version(file: Path) -> str | None:
    signature = look(file)
    return None if signature is None else signature.version


def _still(before: FileStamp | None, path: str) -> Callable[[Path], None]:
    version = None if before is None else before.version

    def check(target: Path) -> None:
        if _version(target) != version:
            raise FileChanged(f"The file {path!r} was changed by another program.")

    return check
