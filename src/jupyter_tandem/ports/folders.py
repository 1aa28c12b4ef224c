"""What a server's engine needs of folders that its person shares across a Hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One thing in a folder.

    Attributes:
        name: Its last part.
        type: As the Contents API means it: ``directory``, ``notebook`` or ``file``.
        size: Bytes; ``None`` for folders.
        modified_at: Unix seconds.
        mimetype: As far as its name tells, or ``""``.
    """

    name: str
    type: str
    size: int | None
    modified_at: float
    mimetype: str


@dataclass(frozen=True, slots=True)
class FolderListing:
    """What a folder holds; with ``whole`` false there is more."""

    entries: Sequence[FolderEntry]
    whole: bool


class FolderFile(Protocol):
    """A file that is being read. It is read as it was when it was opened, or the reading fails."""

    @property
    def entry(self) -> FolderEntry:
        """What it is."""

    async def read(self, size: int) -> bytes:
        """At most ``size`` bytes more; none at its end.

        Raises:
            FileError: it cannot be read (any more).
        """

    def close(self) -> None:
        """Let go of it."""


class Folders(Protocol):
    """Files in folders. No path leaves its folder, whatever it holds (HUBDIR-3).

    ``folder`` is the path of a folder below the server's root, ``inner`` a path in it, ``""`` for the folder
    itself. Every coroutine raises NotFound for what is not there or lies elsewhere.
    """

    @property
    def available(self) -> bool:
        """Whether this server's files are of a kind whose folders can be shared so."""

    async def listing(self, folder: str, inner: str, most: int) -> FolderListing:
        """What a folder holds: folders first, then by name; at most ``most``."""

    async def stat(self, folder: str, inner: str) -> FolderEntry:
        """What is at a path."""

    async def open(self, folder: str, inner: str) -> FolderFile:
        """A regular file, to be read."""
