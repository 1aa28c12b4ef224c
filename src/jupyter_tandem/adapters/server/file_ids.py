"""File ids of the server's file id service, and where their files are."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from typing import Any

from jupyter_server_fileid.manager import LocalFileIdManager

from jupyter_tandem.errors import FileError
from jupyter_tandem.types import FileId

_log = logging.getLogger(__name__)


class FileIds:
    """Remembers where the files of open documents are, also where the service forgets or is late.

    The service works on SQLite in the event loop's thread, so it is asked as rarely as can be.
    """

    def __init__(self, manager: Any) -> None:
        """Ask ``manager`` (a ``BaseFileIdManager``)."""
        self._manager = manager
        self._paths: dict[FileId, str] = {}

    def identify(self, path: str) -> FileId | None:
        """The id of the file at ``path``, made if it has none; ``None`` when the service sees no file.

        Raises:
            FileError: the service cannot be asked now.
        """
        for file_id, known in self._paths.items():
            if known == path:
                return file_id
        with _asking():
            found = self._manager.index(path)
        return None if found is None else FileId(found)

    def path(self, file_id: FileId) -> str | None:
        """Where the file is or was last; ``None`` when nobody knows.

        Raises:
            FileError: the service cannot be asked now, and it is not remembered here.
        """
        return self._paths.get(file_id) or self.ask(file_id)

    def path_if_known(self, file_id: FileId) -> str | None:
        """As :meth:`path`, and ``None`` too when the service cannot be asked: for who goes on without."""
        try:
            return self.path(file_id)
        except FileError as error:
            _log.warning("Where %s is: %s", file_id, error)
            return None

    def ask(self, file_id: FileId) -> str | None:
        """Where the service says the file is; some find moved files by themselves.

        Raises:
            FileError: it cannot be asked now.
        """
        with _asking():
            path = self._manager.get_path(file_id)
        return None if path is None else str(path)

    def hold(self, file_id: FileId, path: str) -> None:
        """Remember where the file of an open document is."""
        self._paths[file_id] = path

    def forget(self, file_id: FileId) -> None:
        """The document was closed."""
        self._paths.pop(file_id, None)

    def renamed(self, old: str, new: str) -> list[FileId]:
        """A file or folder was renamed through the server; returns the open files this concerns."""
        concerned = self.at_or_below(old)
        for file_id in concerned:
            self._paths[file_id] = new + self._paths[file_id][len(old) :]
        return concerned

    def at_or_below(self, path: str) -> list[FileId]:
        """The open files at ``path`` or in that folder."""
        return [
            file_id
            for file_id, known in self._paths.items()
            if known == path or known.startswith(path + "/")
        ]

    def followed(self, file_id: FileId, path: str) -> None:
        """The file was found, or made again, at ``path``: tell the service, which did not notice."""
        self._paths[file_id] = path
        try:
            told = self.ask(file_id)
        except FileError as error:
            _log.warning("%s was followed to %s without the service: %s", file_id, path, error)
            return
        if told != path:
            self._tell_service(file_id, path)

    def replaced(self, file_id: FileId, path: str) -> None:
        """The file at ``path`` is another inode now; a service that goes by inodes must know."""
        if isinstance(self._manager, LocalFileIdManager):
            self._tell_service(file_id, path)

    def _tell_service(self, file_id: FileId, path: str) -> None:
        try:
            self._record(file_id, path)
        except (sqlite3.Error, OSError, AttributeError) as error:
            _log.warning("The file id service does not take %s for %s: %s", path, file_id, error)

    def _record(self, file_id: FileId, path: str) -> None:
        """Write the row: the service has no call that keeps an id for a file it did not see moving."""
        manager = self._manager
        stored = manager._normalize_path(path)  # noqa: SLF001  (how the service spells paths)
        with manager.con as connection:
            connection.execute("DELETE FROM Files WHERE path = ? AND id != ?", (stored, file_id))
            if not isinstance(manager, LocalFileIdManager):
                connection.execute(
                    "INSERT INTO Files (id, path) VALUES (?, ?) "
                    "ON CONFLICT (id) DO UPDATE SET path = excluded.path",
                    (file_id, stored),
                )
                return
            status = manager._stat(stored)  # noqa: SLF001  (how the service reads times)
            if status is None:
                return
            connection.execute("DELETE FROM Files WHERE ino = ? AND id != ?", (status.ino, file_id))
            connection.execute(
                "INSERT INTO Files (id, path, ino, crtime, mtime, is_dir) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET path = excluded.path, ino = excluded.ino, "
                "crtime = excluded.crtime, mtime = excluded.mtime",
                (file_id, stored, status.ino, status.crtime, status.mtime, False),
            )


@contextlib.contextmanager
def _asking() -> Iterator[None]:
    """Another program may hold the service's database, or the disk may be full."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise FileError(f"The file id service does not answer: {error}") from error
