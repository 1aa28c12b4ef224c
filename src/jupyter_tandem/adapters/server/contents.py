"""Files behind documents through Jupyter Server's Contents API (docs/adr/0004-files.md)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.contents_local import LocalContents
from jupyter_tandem.adapters.server.contents_place import ContentsPlace
from jupyter_tandem.adapters.server.contents_remote import RemoteContents
from jupyter_tandem.adapters.server.file_events import FileEvents
from jupyter_tandem.adapters.server.file_ids import FileIds
from jupyter_tandem.adapters.server.file_watch import POLL_S, STEP_S, FolderWatch, poll
from jupyter_tandem.adapters.server.whole_copies import saving_a_room
from jupyter_tandem.errors import FileError, FileMissing, NotFound
from jupyter_tandem.ports.files import FileContent, FileEvent, FileStamp, Patch
from jupyter_tandem.types import DocumentKind, FileId

T = TypeVar("T")

_log = logging.getLogger(__name__)

CONTENTS_EVENTS: Final = "https://events.jupyter.org/jupyter_server/contents_service/v1"
"""Schema of the events that Jupyter Server emits for what goes through its Contents API."""

GRACE_S: Final = 0.3
"""A file that is gone for less was being replaced: editors move the old version aside first."""


@dataclass(slots=True)
class _Open:
    """A file that is being watched.

    Attributes:
        path: Where it was seen last.
        names: Under which names a local file system knows it.
        seen: The version somebody asked for last; ``None``: nobody did.
        told: The version that needs no event: the first one seen, the last one written from here, or the
            last one an event was made of (``None``: that it is gone). Not the last one seen: not everybody
            who asks is the one who waits for events.
        writing: Whether it is being written from here.
        lost: Whether it was searched for in vain since it was last seen.
    """

    path: str = ""
    names: frozenset[Path] = frozenset()
    seen: str | None = None
    told: str | None = None
    writing: bool = False
    lost: bool = False


class ContentsFiles:
    """The :class:`~jupyter_tandem.ports.files.Files` port over a contents manager and a file id manager.

    Files are watched from the first :meth:`stamp` or :meth:`read` on. Everything runs in the event loop's
    thread; a sync contents manager blocks it as it does when the server itself calls it.
    """

    def __init__(
        self,
        contents_manager: Any,
        file_id_manager: Any,
        *,
        event_logger: Any = None,
        poll_s: float = POLL_S,
        step_s: float = STEP_S,
        place: ContentsPlace | None = None,
    ) -> None:
        """Serve ``contents_manager``'s files.

        Args:
            contents_manager: Jupyter Server's, sync or async.
            file_id_manager: Of the file id service (``jupyter_server_fileid``).
            event_logger: Emits the contents manager's events; its own when left out.
            poll_s: Seconds between looks at files that no event told about.
            step_s: Half of the seconds after which an event of the local disk is acted on at the latest.
            place: How the files are reached; when left out, that follows from the contents manager's type.
        """
        self._manager = contents_manager
        self._ids = FileIds(file_id_manager)
        self._events = FileEvents()
        self._open: dict[FileId, _Open] = {}
        self._place = place or place_of(contents_manager)
        self._watch = FolderWatch(self._changed_on_disk, self._look_at_all_soon, step_s)
        self._poll_s = poll_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._event_logger = event_logger or contents_manager.event_logger
        self._event_logger.add_listener(schema_id=CONTENTS_EVENTS, listener=self._went_through)

    async def close(self) -> None:
        """Stop listening and leave the contents manager as it was found."""
        self._event_logger.remove_listener(schema_id=CONTENTS_EVENTS, listener=self._went_through)
        await _end(self._tasks)
        self._place.close()

    # -- the port ------------------------------------------------------------

    async def identify(self, path: str) -> FileId:
        """See the port."""
        clean = _clean(path)
        try:
            exists = await ensure_async(self._manager.file_exists(clean))
            hidden = exists and await ensure_async(self._manager.is_hidden(clean))
        except HTTPError as error:
            raise NotFound(f"There is no file {path!r}.") from error
        if hidden and not self._manager.allow_hidden:
            raise NotFound(f"There is no file {path!r}.")
        file_id = self._ids.identify(clean) if exists else None
        if file_id is None:
            raise FileMissing(f"There is no file {path!r}.")
        return file_id

    async def path(self, file_id: FileId) -> str | None:
        """See the port."""
        path = self._ids.path(file_id)
        return None if path is None or await self._place.versions([path]) == [None] else path

    async def stamp(self, file_id: FileId) -> FileStamp:
        """See the port."""
        return self._saw(file_id, await self._at_its_place(file_id, self._place.stamp))

    async def read(self, file_id: FileId, kind: DocumentKind) -> FileContent:
        """See the port."""

        async def read(path: str) -> FileContent:
            return await self._place.read(path, kind)

        found = await self._at_its_place(file_id, read)
        self._saw(file_id, found.stamp)
        return found

    async def write(
        self, file_id: FileId, kind: DocumentKind, content: Any, *, expected: FileStamp | None
    ) -> FileStamp:
        """See the port."""

        async def save(path: str) -> FileStamp:
            return await self._place.save(path, kind, content, expected)

        with self._writing(file_id):
            if expected is None:
                written = await save(self._last_path(file_id))
                self._ids.followed(file_id, written.path)
            else:
                written = await self._at_its_place(file_id, save)
        return self._wrote(file_id, written)

    async def patch(
        self, file_id: FileId, kind: DocumentKind, patch: Patch, *, expected: FileStamp
    ) -> FileStamp | None:
        """See the port."""

        async def save(path: str) -> FileStamp | None:
            return await self._place.patch(path, kind, patch, expected)

        with self._writing(file_id):
            written = await self._at_its_place(file_id, save)
        return None if written is None else self._wrote(file_id, written)

    async def in_place(self, file_id: FileId) -> bool:
        """See the port."""
        return await self._at_its_place(file_id, self._place.in_place)

    async def watch(self) -> AsyncIterator[FileEvent]:
        """See the port."""
        tasks = {
            asyncio.ensure_future(self._watch.run()),
            asyncio.ensure_future(poll(self._poll_s, self._look_at_all)),
        }
        for task in tasks:
            task.add_done_callback(_log_end)
        try:
            async for event in self._events.stream():
                yield event
        finally:
            await _end(tasks)

    def forget(self, file_id: FileId) -> None:
        """See the port."""
        self._open.pop(file_id, None)
        self._events.discard(file_id)
        path = self._ids.path_if_known(file_id)
        if path is not None:
            self._place.forget(path)
        self._ids.forget(file_id)
        self._watch_folders()

    # -- where files are -----------------------------------------------------

    def last_path(self, file_id: FileId) -> str | None:
        """Where the file is or was last; of open ones from memory. ``None``: nobody knows now."""
        return self._ids.path_if_known(file_id)

    def _watched(self, file_id: FileId) -> _Open:
        return self._open.setdefault(file_id, _Open())

    def _last_path(self, file_id: FileId) -> str:
        path = self._ids.path(file_id)
        if path is None:
            raise FileMissing("Nobody knows where the file was.")
        return path

    async def _at_its_place(self, file_id: FileId, call: Callable[[str], Awaitable[T]]) -> T:
        """Call with the file's path; when it is not there, look where it went and call again."""
        watched = self._watched(file_id)
        path = self._last_path(file_id)
        try:
            return await call(path)
        except FileMissing:
            moved = None if watched.lost else await self._follow(file_id, path)
            if moved is None:
                watched.lost = True
                raise
        return await call(moved)

    async def _follow(self, file_id: FileId, path: str) -> str | None:
        """Where the file went that was at ``path`` a moment ago."""
        await asyncio.sleep(GRACE_S)
        now_at = self._last_path(file_id)
        if now_at != path or await self._place.versions([path]) != [None]:
            return now_at
        asked = self._ids.ask(file_id)
        found = asked if asked != path else None
        if found is None:
            found = await self._place.find(path)
        if found is None or [i for i in self._ids.at_or_below(found) if i != file_id]:
            return None
        self._ids.followed(file_id, found)
        self._watch_folders([file_id])
        return found

    @contextlib.contextmanager
    def _writing(self, file_id: FileId) -> Iterator[None]:
        watched = self._watched(file_id)
        watched.writing = True
        try:
            with saving_a_room():
                yield
        finally:
            watched.writing = False
            self._look_soon([file_id])

    def _wrote(self, file_id: FileId, written: FileStamp) -> FileStamp:
        self._watched(file_id).told = written.version
        return self._saw(file_id, written)

    def _saw(self, file_id: FileId, stamp: FileStamp) -> FileStamp:
        watched = self._watched(file_id)
        if watched.lost:
            self._ids.followed(file_id, stamp.path)
        elif watched.seen is None:
            watched.told = stamp.version
        elif watched.seen != stamp.version:
            self._ids.replaced(file_id, stamp.path)
        watched.seen, watched.lost = stamp.version, False
        self._ids.hold(file_id, stamp.path)
        if watched.path != stamp.path:
            self._watch_folders([file_id])
        return stamp

    # -- what happens to them --------------------------------------------------

    def _watch_folders(self, file_ids: Iterable[FileId] = ()) -> None:
        """Watch the folders of all open files; these files may have moved."""
        for file_id in file_ids:
            watched, path = self._watched(file_id), self._last_path(file_id)
            if watched.path != path:
                watched.path, watched.names = path, self._place.names(path)
        names = (name for watched in self._open.values() for name in watched.names)
        self._watch.set_folders({name.parent for name in names})

    async def _went_through(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        """Something went through the Contents API."""
        del logger, schema_id
        path = str(data["path"]).strip("/")
        if data["action"] == "rename":
            renamed = self._ids.renamed(str(data["source_path"]).strip("/"), path)
            self._watch_folders(renamed)
            for file_id in renamed:
                self._events.add(file_id)
        elif data["action"] == "delete":
            await self._deleted(path)
        elif data["action"] != "get":
            await self._look_at(self._ids.at_or_below(path))

    async def _deleted(self, path: str) -> None:
        """A file or folder was deleted through the server."""
        # Wait until the file id service has forgotten it, which hears of it in the same turn of the loop.
        await asyncio.sleep(0)
        for file_id in self._ids.at_or_below(path):
            # Not to be looked for: it may lie in a trash folder now.
            self._watched(file_id).lost = True
            self._ids.followed(file_id, self._last_path(file_id))
            self._events.add(file_id)

    def _changed_on_disk(self, paths: set[str]) -> None:
        """The file system told that something happened at these paths, which may be watched folders."""
        concerned = {Path(path) for path in paths}
        self._look_soon(
            file_id
            for file_id, watched in self._open.items()
            if any(name in concerned or name.parent in concerned for name in watched.names)
        )

    def _look_at_all_soon(self) -> None:
        self._look_soon(self._open)

    def _look_soon(self, file_ids: Iterable[FileId]) -> None:
        concerned = list(file_ids)
        if concerned:
            task = asyncio.get_running_loop().create_task(self._look_at(concerned))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _look_at_all(self) -> None:
        self._watch.check()
        await self._look_at(self._open)

    async def _look_at(self, file_ids: Iterable[FileId]) -> None:
        """Make events of those files that are another version than was told last.

        Not of those that are being written from here: the end of the writing looks at them.
        """
        idle = [file_id for file_id in file_ids if not self._is_writing(file_id)]
        paths = {file_id: self._ids.path_if_known(file_id) for file_id in idle}
        known = {file_id: path for file_id, path in paths.items() if path is not None}
        if not known:
            return
        for file_id, version in (await self._versions(known)).items():
            watched = self._open.get(file_id)
            if watched is not None and not watched.writing and watched.told != version:
                watched.told = version
                self._events.add(file_id)

    async def _versions(self, paths: dict[FileId, str]) -> dict[FileId, str | None]:
        """The versions of those files that can be looked at: one that cannot hides no change of another."""
        try:
            versions = await self._place.versions(list(paths.values()))
        except FileError as error:
            if len(paths) > 1:
                found = [await self._versions({file_id: paths[file_id]}) for file_id in paths]
                return {file_id: version for one in found for file_id, version in one.items()}
            _log.info("A file cannot be looked at: %s", error)
            return {}
        return dict(zip(paths, versions, strict=True))

    def _is_writing(self, file_id: FileId) -> bool:
        watched = self._open.get(file_id)
        return watched is not None and watched.writing


def place_of(contents_manager: Any) -> ContentsPlace:
    """How ``contents_manager``'s files are reached best."""
    if isinstance(contents_manager, FileContentsManager):
        return LocalContents(contents_manager)
    return RemoteContents(contents_manager)


def _clean(path: str) -> str:
    """The path with single slashes.

    Raises:
        NotFound: it leads upwards or holds what no file name can hold.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in path or not parts:
        raise NotFound(f"There is no file {path!r}.")
    return "/".join(parts)


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)


def _log_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("Files are not watched any more", exc_info=task.exception())
