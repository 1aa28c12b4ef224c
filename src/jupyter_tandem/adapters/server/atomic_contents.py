"""Lets a local contents manager replace files whole when Tandem saves through it."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from jupyter_server.services.contents.fileio import FileManagerMixin

from jupyter_tandem.adapters.server.atomic import (
    Check,
    can_replace,
    is_replaced,
    put_back,
    replacing,
)
from jupyter_tandem.adapters.server.local_file import Signature

_SAVING: Final = ("save", "_save_file", "_save_notebook")
_JUPYTER_SERVER: Final = "jupyter_server."


@dataclass(slots=True)
class Replacement:
    """One save that is to replace its file whole.

    Attributes:
        path: The file, as the contents manager names it to ``atomic_writing``.
        check: Called just before the file is replaced.
        written: Holds the new version's signature once it is in place; stays empty when the file was
            written in place.
        disk_s: How long the disk took to take what was written, and to put it in place.
    """

    path: Path
    check: Check
    written: list[Signature] = field(default_factory=list)
    disk_s: float = 0.0


_present: Final[ContextVar[Replacement | None]] = ContextVar("replacement", default=None)


@contextlib.contextmanager
def save_replaces(replacement: Replacement) -> Iterator[None]:
    """Within the block, a save of this file by this task replaces it whole."""
    token = _present.set(replacement)
    try:
        yield
    finally:
        _present.reset(token)


class _TrustIsNoNews(logging.Filter):
    """Drops "Notebook … is not trusted" while Tandem saves: trust never travels through a document, so it
    would be logged every few seconds of typing.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return _present.get() is None or record.msg != "Notebook %s is not trusted"


class AtomicWriting:
    """Stands in for ``atomic_writing`` of one contents manager.

    It takes part only in saves inside :func:`save_replaces`; every other save of the server, and every file
    that cannot be replaced, goes the manager's own way.
    """

    def __init__(self, contents_manager: Any) -> None:
        """Take the place of ``contents_manager.atomic_writing``."""
        self._manager = contents_manager
        self._own_way = contents_manager.atomic_writing
        # A manager that writes files in a way of its own knows why.
        self._usual = type(contents_manager).atomic_writing is FileManagerMixin.atomic_writing
        self._filter = _TrustIsNoNews()
        contents_manager.atomic_writing = self
        contents_manager.log.addFilter(self._filter)

    def uninstall(self) -> None:
        """Leave the contents manager as it was found."""
        if self._manager.atomic_writing is self:
            del self._manager.atomic_writing
        self._manager.log.removeFilter(self._filter)

    def replaces(self, replacement: Replacement) -> bool:
        """Whether the file is going to be replaced whole, and not written in place."""
        return self._applies(replacement, str(replacement.path), {})

    def in_place(self, file: Path) -> bool:
        """Whether a save of ``file`` changes it in place, as far as can be told. Blocks."""
        if not (self._usual and self._manager.use_atomic_writing and _saves_usually(self._manager)):
            return True
        try:
            return not is_replaced(Path(os.path.realpath(file)))
        except OSError:
            return True

    @contextlib.contextmanager
    def patching(self, os_path: str) -> Iterator[IO[bytes]]:
        """As :meth:`__call__` for bytes, within :func:`save_replaces`; the file is as it was meanwhile.

        Raises:
            PermissionError: a new version cannot be made beside the old one.
        """
        replacement = _present.get()
        if replacement is None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os_path)
        target = Path(os.path.realpath(os_path))
        with replacing(target, replacement.check, text=False, encoding="") as (file, written):
            replacement.written = written
            yield file
            began = time.monotonic()
        replacement.disk_s = time.monotonic() - began

    @contextlib.contextmanager
    def __call__(
        self, os_path: str, text: bool = True, encoding: str = "utf-8", **options: Any
    ) -> Iterator[IO[Any]]:
        """As ``FileManagerMixin.atomic_writing``."""
        replacement = _present.get()
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._manager.perm_to_403(os_path))
            opened = None
            if replacement is not None and self._applies(replacement, os_path, options):
                opened = _begin(stack, replacement, text=text, encoding=encoding)
            if opened is None or replacement is None:
                if replacement is not None and self._usual and Path(os_path) == replacement.path:
                    # Where the folder cannot be written, the manager has nothing to go back to.
                    stack.enter_context(put_back(Path(os.path.realpath(os_path))))
                options = {"text": text, "encoding": encoding, **options}
                yield stack.enter_context(self._own_way(os_path, **options))
            else:
                yield opened
                began = time.monotonic()
                stack.close()
                replacement.disk_s = time.monotonic() - began

    def _applies(self, replacement: Replacement, os_path: str, options: dict[str, Any]) -> bool:
        return (
            self._usual
            and self._manager.use_atomic_writing
            and not options
            and Path(os_path) == replacement.path
            and can_replace(Path(os.path.realpath(os_path)))
        )


def _saves_usually(contents_manager: Any) -> bool:
    """Whether what it saves goes through its ``atomic_writing``: it does so in Jupyter Server's own ones."""
    own = [getattr(type(contents_manager), name).__module__ for name in _SAVING]
    usual = all(module.startswith(_JUPYTER_SERVER) for module in own)
    return usual and not vars(contents_manager).keys() & set(_SAVING)


def _begin(
    stack: contextlib.ExitStack, replacement: Replacement, *, text: bool, encoding: str
) -> IO[Any] | None:
    """Open the new version, or return ``None`` when none can be made beside the old one."""
    target = Path(os.path.realpath(replacement.path))
    try:
        file, written = stack.enter_context(
            replacing(target, replacement.check, text=text, encoding=encoding)
        )
    except PermissionError:
        return None
    replacement.written = written
    return file
