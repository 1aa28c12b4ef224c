"""Finds files and folders through Jupyter Server's contents manager and file id service."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from jupyter_tandem.errors import FileError, NotFound
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.sharing import Located
from jupyter_tandem.sharing import WHOLE_SERVER, Place, Target, TargetKind
from jupyter_tandem.types import FileId

LONGEST_PATH: Final = 4_096
"""Characters; what POSIX takes in bytes."""

REMEMBERED_S: Final = 0.5
"""How long the folders of an open document are taken as known: every connection asks every few seconds,
and the file id service asks the disk."""

_MOST_REMEMBERED: Final = 10_000


class ContentsPlaces:
    """:class:`~jupyter_tandem.ports.sharing.Places`. Runs in the event loop's thread, as the services do."""

    def __init__(
        self, contents_manager: Any, file_id_manager: Any, files: Files, clock: Clock
    ) -> None:
        """Look up.

        Args:
            contents_manager: The server's, sync or async.
            file_id_manager: Of the file id service.
            files: Knows open documents' files better than the service does.
            clock: For how long an answer may be remembered.
        """
        self._contents = contents_manager
        self._ids = file_id_manager
        self._files = files
        self._clock = clock
        self._known: dict[FileId, tuple[float, Place]] = {}

    # -- the port ------------------------------------------------------------

    async def at(self, path: str) -> Located:
        """See the port."""
        clean = clean_path(path)
        if not clean:
            return Located(Place(WHOLE_SERVER), "", "")
        if await self._is_hidden(clean):
            raise _missing(path)
        return await self._located(await self._target(clean), clean)

    async def of(self, target: Target) -> Located | None:
        """See the port."""
        if target.kind is TargetKind.SERVER:
            return Located(Place(WHOLE_SERVER), "", "")
        if target.kind is TargetKind.DOCUMENT:
            path, question = await self._files.path(target.file_id), "file_exists"
        else:
            path, question = self._ids.get_path(target.file_id), "dir_exists"
        if path is None or not await self._exists(path, question):
            return None
        return await self._located(target, path.strip("/"))

    async def place_of_file(self, file_id: FileId) -> Place | None:
        """See the port. Of a file that is gone: where it was last, so that people can be told."""
        now = self._clock.monotonic()
        known = self._known.get(file_id)
        if known is not None and now - known[0] < REMEMBERED_S:
            return known[1]
        found = await self.of(Target(TargetKind.DOCUMENT, file_id))
        if found is None:
            return None if known is None else known[1]
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[file_id] = (now, found.place)
        return found.place

    # -- inside --------------------------------------------------------------

    async def _target(self, path: str) -> Target:
        if await self._exists(path, "dir_exists"):
            file_id = self._ids.index(path)
            if file_id is None:
                raise _missing(path)
            return Target(TargetKind.FOLDER, FileId(file_id))
        try:
            return Target(TargetKind.DOCUMENT, await self._files.identify(path))
        except FileError as error:
            raise _missing(path) from error

    async def _located(self, target: Target, path: str) -> Located:
        """``path`` with the folders above it that have an id; others cannot be shared.

        What a symbolic link leads to does not lie in the folder that holds the link, but where it is (SHARE-18).
        """
        folders: list[FileId] = []
        real = await self._real_path(path)
        above = "" if real is None else real.rpartition("/")[0]
        while above:
            file_id = self._ids.get_id(above)
            if file_id is not None:
                folders.append(FileId(file_id))
            above = above.rpartition("/")[0]
        place = Place(target, tuple(folders), elsewhere=real is None)
        return Located(place, path, path.rpartition("/")[2])

    async def _real_path(self, path: str) -> str | None:
        """Where ``path`` lies whatever links lead there; ``None``: where nothing is shared."""
        if not behind_link(self._contents, path):
            return path
        real = real_path(self._contents, path)
        return None if real is None or await self._is_hidden(real) else real

    async def _is_hidden(self, path: str) -> bool:
        if getattr(self._contents, "allow_hidden", False):
            return False
        try:
            return bool(await ensure_async(self._contents.is_hidden(path)))
        except (HTTPError, OSError, ValueError):
            return True

    async def _exists(self, path: str, question: str) -> bool:
        try:
            return bool(await ensure_async(getattr(self._contents, question)(path)))
        except (HTTPError, OSError, ValueError):
            return False


def behind_link(contents_manager: Any, path: str) -> bool:
    """Whether a symbolic link leads to ``path``, so that it really lies elsewhere; ``False`` where contents
    are no local files.
    """
    root = getattr(contents_manager, "root_dir", "")
    if not root or not Path(root).is_dir():
        return False
    return os.path.realpath(Path(root, path)) != str(Path(os.path.realpath(root), path))


def real_path(contents_manager: Any, path: str) -> str | None:
    """Where below the root of local contents ``path`` lies, whatever links lead there; ``None``: outside."""
    root = os.path.realpath(contents_manager.root_dir)
    real = Path(os.path.realpath(Path(root, path)))
    return "/".join(real.relative_to(root).parts) if real.is_relative_to(root) else None


def clean_path(path: str) -> str:
    """``path`` without slashes around it.

    Raises:
        NotFound: it is too long or no path below the root.
    """
    clean = path.strip("/")
    parts = clean.split("/") if clean else []
    odd = any(part in {"", ".", ".."} for part in parts)
    if len(path) > LONGEST_PATH or odd or "\0" in path or "\\" in path:
        raise _missing(path)
    return clean


def _missing(path: str) -> NotFound:
    return NotFound(f"There is no file or folder {path[:200]!r}.")
