"""Big outputs as files, in the private directory of the journal beside which they are kept."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

from jupyter_tandem.adapters.store.sqlite.database import sync_directory
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)

FOLDER: Final = "outputs"

_CONDEMNED: Final = ".condemned"
"""Suffix of what no version of the document needs. Its modification time says since when."""

_UNFINISHED: Final = ".part"

_UNFINISHED_S: Final = 3600.0
"""Age at which an unfinished file belongs to a process that was killed."""


class OutputFiles:
    """:class:`~jupyter_tandem.ports.outputs.OutputStore` with a folder per document and a file per output."""

    def __init__(self, directory: Path, wall: Callable[[], float] = time.time) -> None:
        """Keep them below ``directory``, which only its owner may read; ``wall`` gives Unix seconds."""
        self._directory = directory / FOLDER
        self._wall = wall

    def put(self, document_id: DocumentId, name: str, data: bytes) -> None:
        """See the port."""
        folder = self._folder(document_id)
        place = folder / name
        with _unavailable():
            if _same_size(place, data):
                return
            condemned = place.with_suffix(_CONDEMNED)
            if _same_size(condemned, data):
                condemned.rename(place)
            else:
                self._make_private(folder)
                _write(folder, place, data)
            sync_directory(folder)

    def get(self, document_id: DocumentId, name: str) -> bytes | None:
        """See the port."""
        place = self._folder(document_id) / name
        for path in (place, place.with_suffix(_CONDEMNED), place):
            with _unavailable(), contextlib.suppress(FileNotFoundError):
                data = path.read_bytes()
                if hashlib.sha256(data).hexdigest() == name:
                    return data
                # Away with it, or it would keep the true one from being put in its place.
                _log.error("A big output of %s is damaged: %s", document_id, path)
                path.unlink()
        return None

    def sizes(self, document_id: DocumentId) -> dict[str, int]:
        """See the port."""
        with _unavailable():
            return {
                path.stem: 0 if path.suffix == _CONDEMNED else path.stat().st_size
                for path in self._files(document_id)
                if path.suffix != _UNFINISHED
            }

    def sweep(self, document_id: DocumentId, wanted: Collection[str], grace_s: float) -> int:
        """See the port."""
        deleted = 0
        now = self._wall()
        with _unavailable():
            for path in self._files(document_id):
                age_s = now - path.stat().st_mtime
                if path.suffix == _UNFINISHED:
                    if age_s > _UNFINISHED_S:
                        path.unlink(missing_ok=True)
                elif path.stem in wanted:
                    if path.suffix == _CONDEMNED:
                        path.rename(path.with_suffix(""))
                elif path.suffix != _CONDEMNED:
                    os.utime(path, (now, now))
                    path.rename(path.with_suffix(_CONDEMNED))
                    deleted += self._delete_if_due(path.with_suffix(_CONDEMNED), 0.0, grace_s)
                else:
                    deleted += self._delete_if_due(path, age_s, grace_s)
        return deleted

    @staticmethod
    def _delete_if_due(path: Path, age_s: float, grace_s: float) -> int:
        if age_s < grace_s:
            return 0
        path.unlink(missing_ok=True)
        return 1

    def _folder(self, document_id: DocumentId) -> Path:
        # Room ids hold what file names must not.
        return self._directory / hashlib.sha256(document_id.encode()).hexdigest()[:32]

    def _files(self, document_id: DocumentId) -> list[Path]:
        try:
            return list(self._folder(document_id).iterdir())
        except FileNotFoundError:
            return []

    def _make_private(self, folder: Path) -> None:
        if folder.is_dir():
            return
        for made in (self._directory, folder):
            made.mkdir(mode=0o700, exist_ok=True)
            sync_directory(made.parent)


def _same_size(path: Path, data: bytes) -> bool:
    """Whether the output is there. What is damaged without a change of size is found when it is read."""
    try:
        return path.stat().st_size == len(data)
    except FileNotFoundError:
        return False


def _write(folder: Path, place: Path, data: bytes) -> None:
    # mkstemp makes files that only their owner may read.
    descriptor, unfinished = tempfile.mkstemp(_UNFINISHED, dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(place)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            f"Big outputs cannot be kept or read now ({error.strerror}); "
            "check the space on the journal's disk."
        ) from error
