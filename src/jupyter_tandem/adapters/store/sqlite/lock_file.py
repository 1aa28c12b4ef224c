"""A file that is locked for as long as the process that locked it lives."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class LockFile:
    """An exclusive lock, let go of by the operating system when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Lock the file, created when missing; ``False`` when somebody else has it locked.

        Raises:
            OSError: the file cannot be opened, or its file system cannot lock now. Nothing is left open.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        taken = False
        try:
            taken = _lock(descriptor)
        finally:
            if not taken:
                _close(descriptor)
        self._descriptor = descriptor if taken else None
        return taken

    def drop(self) -> None:
        """Let go of the lock. The file stays."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            _close(descriptor)

    def remove(self) -> None:
        """Let go of the lock and delete the file; where that cannot be done it stays, locked by nobody."""
        self.drop()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def is_locked(path: Path) -> bool:
    """Whether a living process has ``path`` locked; ``True`` where nothing tells: no file, no locks to be had now."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return True
    try:
        return not _lock(descriptor, shared=True)
    except OSError:
        return True
    finally:
        _close(descriptor)


def _close(descriptor: int) -> None:
    # It is closed whatever the file system says, and the lock is gone with it.
    with contextlib.suppress(OSError):
        os.close(descriptor)


if sys.platform == "win32":

    def _lock(descriptor: int, *, shared: bool = False) -> bool:  # noqa: ARG001 - none there
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _lock(descriptor: int, *, shared: bool = False) -> bool:
        # Shared for those who only look, so that two who look do not take each other for the holder.
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
