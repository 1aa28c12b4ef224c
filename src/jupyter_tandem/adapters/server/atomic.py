"""Replaces files whole (docs/adr/0004-files.md).

Jupyter Server's own ``atomic_writing`` empties the file and writes into it, with a copy beside it to go back
to after an error; a process that is killed meanwhile leaves half a file. Here the new version is written
beside the file, made durable and renamed over it: whoever opens the file finds the old or the new version.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from jupyter_tandem.adapters.server.local_file import Signature

if sys.platform != "win32":
    import fcntl

TEMPORARY_PREFIX: Final = ".~tandem-"
"""Hidden from listings, and left alone by programs that synchronise folders, as Jupyter's own ``.~`` is."""

_CANNOT_BE_RENAMED_OVER: Final = frozenset({errno.EBUSY, errno.EXDEV})
"""What a file answers that is itself a mount point, as single files in containers are."""

MOUNTS: Final = Path("/proc/self/mountinfo")
"""Of Linux: a line for each mount, whose fifth field is where (proc(5))."""

Check = Callable[[Path], None]
"""Called with the target just before it is replaced; raises to leave it as it is."""


def can_replace(target: Path) -> bool:
    """Whether renaming a new file over ``target`` leaves everything else as it was.

    Not so for a file with several names (hard links), for something that is no regular file, where the
    folder cannot be written, and for somebody else's file, which would change its owner.

    Raises:
        PermissionError: ``target`` itself cannot be written.
    """
    try:
        status = target.stat()
    except FileNotFoundError:
        return True
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        return False
    if not os.access(target.parent, os.W_OK | os.X_OK):
        return False
    return sys.platform == "win32" or _may_own(status)


def is_replaced(target: Path) -> bool:
    """Whether :func:`replacing` would rename a new version over ``target``: tried, up to the renaming.

    Raises:
        OSError: that cannot be told now.
    """
    if not can_replace(target) or _is_mount_point(target):
        return False
    try:
        with replacing(target, _leave, text=False, encoding=""):
            raise _FarEnough
    except _FarEnough:
        return True
    except PermissionError:
        return False


class _FarEnough(Exception):
    """Nothing is to be replaced."""


def _leave(target: Path) -> None:
    del target


def _is_mount_point(target: Path) -> bool:
    """Also of a file: ``os.path.ismount`` knows nothing of those that are bound within one file system."""
    if sys.platform != "linux":
        return os.path.ismount(target)
    name = os.fsencode(target)
    with MOUNTS.open("rb") as lines:
        return any(_unescaped(line.split(b" ")[4]) == name for line in lines)


def _unescaped(name: bytes) -> bytes:
    return re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), name)


def _may_own(status: os.stat_result) -> bool:
    user = os.geteuid()
    if user == 0:
        return True
    return user == status.st_uid and status.st_gid in (os.getegid(), *os.getgroups())


@contextlib.contextmanager
def replacing(
    target: Path, check: Check, *, text: bool, encoding: str
) -> Iterator[tuple[IO[Any], list[Signature]]]:
    """Write a new version of ``target``, which takes its place when the block ends without an error.

    Yields:
        The file to write to, and a list that holds the new version's signature after the block.

    Raises:
        PermissionError: before the block: no file like ``target`` can be made beside it.
        OSError: ``target`` is as it was.
    """
    temporary = target.with_name(TEMPORARY_PREFIX + secrets.token_hex(8))
    written: list[Signature] = []
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        _lock(descriptor)
        _take_over(target, temporary, descriptor)
        with _opened(descriptor, text=text, encoding=encoding) as file:
            yield file, written
            file.flush()
            os.fsync(descriptor)
            signature = Signature.of(os.fstat(descriptor))
            if sys.platform == "win32":
                file.close()
            check(target)
            renamed = _rename(temporary, target)
            written.append(signature if renamed else Signature.of(target.stat()))
    finally:
        temporary.unlink(missing_ok=True)


def _opened(descriptor: int, *, text: bool, encoding: str) -> IO[Any]:
    if text:
        return open(descriptor, "w", encoding=encoding, newline="\n")
    return open(descriptor, "wb")


def _take_over(target: Path, temporary: Path, descriptor: int) -> None:
    """Give the new file the old one's owner, permissions and extended attributes."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return
    if sys.platform == "win32":
        shutil.copymode(target, temporary)
        return
    mine = os.fstat(descriptor)
    if (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    _copy_attributes(target, descriptor)


def _copy_attributes(target: Path, descriptor: int) -> None:
    """Access control lists are among them. Some belong to the kernel and cannot be set."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        for name in os.listxattr(target):
            with contextlib.suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(target, name))


def _rename(temporary: Path, target: Path) -> bool:
    """Put the new version in place; whether that was by renaming."""
    renamed = True
    try:
        temporary.replace(target)
    except OSError as error:
        if error.errno not in _CANNOT_BE_RENAMED_OVER:
            raise
        _overwrite(temporary, target)
        renamed = False
    sync_folder(target.parent)
    return renamed


def _overwrite(temporary: Path, target: Path) -> None:
    with put_back(target), temporary.open("rb") as source, target.open("r+b") as file:
        # First, so that a process that is killed meanwhile leaves the beginning of one version (FILE-61).
        file.truncate()
        shutil.copyfileobj(source, file)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def put_back(target: Path) -> Iterator[None]:
    """Give ``target`` its former bytes again when the block, which may write into it, ends with an error.

    Its other names get them as well, also where somebody has renamed a copy over this one.
    """
    former = _bytes(target)
    with contextlib.ExitStack() as stack:
        held = None
        # On Windows nothing can be renamed over a file that is held.
        if former is not None and sys.platform != "win32":
            held = _held(stack, target)
        try:
            yield
        except BaseException:
            if former is not None and (held is not None or _bytes(target) != former):
                with contextlib.suppress(OSError):
                    _fill(held or stack.enter_context(target.open("r+b")), former)
            raise


def _bytes(target: Path) -> bytes | None:
    try:
        return target.read_bytes() if target.is_file() else None
    except OSError:
        return None


def _held(stack: contextlib.ExitStack, target: Path) -> IO[bytes] | None:
    try:
        return stack.enter_context(target.open("r+b"))
    except OSError:
        return None


def _fill(file: IO[bytes], wanted: bytes) -> None:
    if file.read() == wanted:
        return
    file.seek(0)
    file.truncate()
    file.write(wanted)
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` survive a power loss, where the system can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems cannot
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # some network file systems cannot
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def sweep(folder: Path) -> int:
    """Delete what killed processes left in ``folder``; files being written now are locked and stay.

    Returns:
        How many were deleted.
    """
    swept = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(TEMPORARY_PREFIX) and _is_left_over(Path(entry.path)):
                swept += 1
    return swept


def _is_left_over(temporary: Path) -> bool:
    """Delete ``temporary`` unless its writer is alive."""
    try:
        with temporary.open("rb") as file:
            if sys.platform != "win32":
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                temporary.unlink()
        if sys.platform == "win32":
            temporary.unlink()
    except OSError:
        return False
    return True
