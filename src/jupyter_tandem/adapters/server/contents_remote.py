"""Files of a contents manager that keeps them somewhere else: object stores, databases, other servers."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.contents_errors import reading_failed, writing_failed
from jupyter_tandem.adapters.server.contents_place import content_of, request
from jupyter_tandem.errors import FileChanged, FileMissing, FileReadOnly, TandemError
from jupyter_tandem.ports.files import FileContent, FileStamp, Patch
from jupyter_tandem.types import DocumentKind

_log = logging.getLogger(__name__)


class RemoteContents:
    """:class:`~.contents_place.ContentsPlace` over any ``ContentsManager``, sync or async.

    It knows no more of a file than the Contents API says: a version is the time of the last modification
    and the size, and a hash where the manager has one. Whatever a manager raises, or leaves out of its answer, is told
    as a :class:`FileError`: many let the errors of their client libraries pass.
    """

    def __init__(self, contents_manager: Any) -> None:
        """Read and save through ``contents_manager``."""
        self._manager = contents_manager
        parameters = inspect.signature(contents_manager.get).parameters
        self._hashes = {"require_hash": True} if "require_hash" in parameters else {}
        self._unforeseen: set[type[Exception]] = set()

    def close(self) -> None:
        """Nothing to undo."""

    def forget(self, path: str) -> None:
        """Nothing is remembered."""

    def names(self, path: str) -> frozenset[Path]:
        """None: there are no events."""
        del path
        return frozenset()

    async def find(self, path: str) -> str | None:
        """Never: only the file id service can know."""
        del path
        return None

    async def versions(self, paths: Sequence[str]) -> list[str | None]:
        """One request a file, one after the other."""
        return [await self._version(path) for path in paths]

    async def stamp(self, path: str) -> FileStamp:
        """What the Contents API says without content."""
        with self._reading(path, None):
            return _stamp(await self._get(path, content=False, **self._hashes))

    async def read(self, path: str, kind: DocumentKind) -> FileContent:
        """One answer holds content and stamp."""
        options = {**request(kind), **self._hashes}
        with self._reading(path, kind):
            model = await self._get(path, content=True, **options)
            return FileContent(_stamp(model), content_of(model, kind))

    async def save(
        self, path: str, kind: DocumentKind, content: Any, expected: FileStamp | None
    ) -> FileStamp:
        """Compare, then save: the Contents API has no call that does both at once."""
        await self._expect(path, expected)
        model = {**request(kind), "content": content}
        try:
            saved = await ensure_async(self._manager.save(model, path))
            written = _stamp({"path": path, "writable": True, **saved})
        except TandemError:
            raise
        except Exception as error:
            self._note(error)
            raise writing_failed(error, path) from error
        present = await self.stamp(path)
        return present if present.version == written.version else written

    async def patch(
        self, path: str, kind: DocumentKind, patch: Patch, expected: FileStamp
    ) -> FileStamp | None:
        """Never: nobody knows what the manager makes of a file."""
        del path, kind, patch, expected
        return None

    async def in_place(self, path: str) -> bool:
        """Nobody knows: an object store replaces files whole, a manager over some other file system may not."""
        del path
        return True

    async def _expect(self, path: str, expected: FileStamp | None) -> None:
        if expected is None:
            if await self._version(path) is not None:
                raise FileChanged(f"There is a file {path!r} again.")
            return
        before = await self.stamp(path)
        if not before.same_version(expected):
            raise FileChanged(f"The file {path!r} was changed by another program.")
        if not before.writable:
            raise FileReadOnly(f"The file {path!r} cannot be written.")

    async def _version(self, path: str) -> str | None:
        try:
            with self._reading(path, None):
                return _stamp(await self._get(path, content=False)).version
        except FileMissing:
            return None

    async def _get(self, path: str, **options: Any) -> dict[str, Any]:
        model: dict[str, Any] = await ensure_async(self._manager.get(path, **options))
        return model

    @contextmanager
    def _reading(self, path: str, kind: DocumentKind | None) -> Iterator[None]:
        try:
            yield
        except TandemError:
            raise
        except Exception as error:
            self._note(error)
            raise reading_failed(error, path, kind) from error

    def _note(self, error: Exception) -> None:
        """Tell whoever looks after the manager, once, of what the Contents API does not speak of."""
        if isinstance(error, HTTPError | OSError) or type(error) in self._unforeseen:
            return
        self._unforeseen.add(type(error))
        _log.error("The contents manager failed with what it should not raise", exc_info=error)


def _stamp(model: dict[str, Any]) -> FileStamp:
    modified = model.get("last_modified")
    modified_at = modified.timestamp() if isinstance(modified, datetime) else 0.0
    return FileStamp(
        path=str(model["path"]).strip("/"),
        file_hash=str(model.get("hash") or ""),
        modified_at=modified_at,
        writable=bool(model.get("writable", True)),
        version=f"{modified_at:.6f}-{model.get('size')}",
    )
