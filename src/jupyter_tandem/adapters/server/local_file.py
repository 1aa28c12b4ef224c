"""What a local disk tells about a file cheaply."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SEARCHED_ENTRIES: Final = 50_000
"""Folder entries looked at to find a file that was moved: below a second on a local disk."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Which version of a file this is, as far as the file system can tell without reading it.

    Attributes:
        device: Of the file system.
        inode: Replaced files have another one; renamed ones keep it.
        size: In bytes.
        modified_ns: Last change of the bytes, Unix nanoseconds.
        changed_ns: Last change of bytes, name or permissions, Unix nanoseconds.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @staticmethod
    def of(status: os.stat_result) -> Signature:
        """The signature in what ``stat`` answered."""
        return Signature(
            status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        )

    @property
    def version(self) -> str:
        """All of it as an opaque text."""
        return (
            f"{self.device:x}-{self.inode:x}-{self.size:x}-{self.modified_ns:x}-{self.changed_ns:x}"
        )

    def is_same_file(self, other: Signature) -> bool:
        """Whether both are the same bytes in the same file, which may have been renamed in between."""
        return self.identity == other.identity

    @property
    def identity(self) -> tuple[int, int, int, int]:
        """What a rename leaves as it is."""
        return (self.device, self.inode, self.size, self.modified_ns)


def look(path: Path) -> Signature | None:
    """The signature of the file at ``path`` (links followed), or ``None`` when there is none."""
    try:
        return Signature.of(path.stat())
    except OSError:
        return None


def fingerprint(path: Path, algorithm: str) -> tuple[Signature, str]:
    """Signature and hash of the same bytes.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        while True:
            before = Signature.of(os.fstat(file.fileno()))
            file.seek(0)
            digest = _hash(file.fileno(), algorithm)
            if Signature.of(os.fstat(file.fileno())) == before:
                return before, digest


def _hash(descriptor: int, algorithm: str) -> str:
    digest = hashlib.new(algorithm)
    while chunk := os.read(descriptor, 1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def find_moved(root: Path, near: Path, wanted: Signature, *, hidden: bool) -> Path | None:
    """Where the file is now that was ``near`` before; looked for below ``root``, for a bounded time.

    It counts as the same only with inode, size and time of modification unchanged: a deleted file's inode
    is soon another file's.

    Args:
        root: Where to look.
        near: Where it was: its own folder is searched first.
        wanted: Its last signature.
        hidden: Whether hidden files and folders count.
    """
    folders = itertools.chain([near.parent], _folders(root, hidden=hidden))
    budget = SEARCHED_ENTRIES
    for folder in folders:
        for entry in _entries(folder, hidden=hidden):
            budget -= 1
            if entry.inode() == wanted.inode and _is(entry, wanted):
                return Path(entry.path)
        if budget < 0:
            return None
    return None


def _folders(root: Path, *, hidden: bool) -> Iterator[Path]:
    level = [root]
    while level:
        below: list[Path] = []
        for folder in level:
            yield folder
            below += [
                Path(entry.path)
                for entry in _entries(folder, hidden=hidden)
                if entry.is_dir(follow_symlinks=False)
            ]
        level = below


def _entries(folder: Path, *, hidden: bool) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if hidden or not entry.name.startswith(".")]
    except OSError:
        return []


def _is(entry: os.DirEntry[str], wanted: Signature) -> bool:
    try:
        return wanted.is_same_file(Signature.of(entry.stat()))
    except OSError:
        return False
