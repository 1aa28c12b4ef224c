"""What a single-user server's routes ask about the documents that others share with its person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.federation import KnownNames


@dataclass(frozen=True, slots=True)
class Shown:
    """A document in the drive of what is shared.

    Attributes:
        path: Where it is in the drive.
        document: Its room id in this server; ``""`` for a file in a shared folder that was not opened yet.
        type: As the Contents API means it: ``notebook``, ``file`` or ``directory``.
        format: ``json`` or ``text``.
        owner: Username of its owner.
        role: What the person is to it.
        writable: Whether they may edit it.
        size: Bytes, as far as they are known.
        modified_at: Unix seconds, as far as they are known.
        mimetype: As far as its name tells, or ``""``.
    """

    path: str
    document: str
    type: str
    format: str
    owner: str
    role: str
    writable: bool
    size: int | None = None
    modified_at: float = 0.0
    mimetype: str = ""


@dataclass(frozen=True, slots=True)
class ShownFolder:
    """What a folder of the drive holds.

    Attributes:
        folders: Paths of the folders in it, with when they were changed last (Unix seconds; 0: nobody knows).
        documents: The documents and other files in it.
        whole: Whether that is all.
        away: Why it is not all that is there, for people, or ``""``.
    """

    folders: Mapping[str, float]
    documents: Sequence[Shown]
    whole: bool = True
    away: str = ""


class Download(Protocol):
    """A file of somebody else that is being fetched."""

    @property
    def shown(self) -> Shown:
        """What it is."""

    async def read(self) -> bytes:
        """The next piece; none at the end. Raises a TandemError when it does not come to its end."""

    def close(self) -> None:
        """Nobody wants it any more."""


class Drive(Protocol):
    """Documents of others, by path."""

    @property
    def username(self) -> str:
        """Whose drive it is."""

    @property
    def connected(self) -> bool:
        """Whether the service is there."""

    def document(self, path: str) -> Shown | None:
        """The document at ``path``; ``None`` when no document is there."""

    async def look(self, path: str) -> Shown | None:
        """What is at ``path``; ``None`` for one of the drive's own folders.

        Raises:
            NotFound: nothing is there. HubUnreachable: nobody can say.
        """

    async def folder(self, path: str) -> ShownFolder:
        """What a folder holds; ``""`` is the drive itself. Raises as :meth:`look`."""

    async def download(self, path: str) -> Download:
        """A file in a shared folder. Raises as :meth:`look`, and LimitExceeded."""

    async def content(self, path: str) -> object:
        """What a document holds now, for the Contents API.

        Raises:
            NotFound: it is not there. HubUnreachable: it cannot be had. StoreError.
        """

    def move(self, path: str, to: str) -> None:
        """Call something differently, or put it elsewhere, in this person's own view.

        Raises:
            NotFound, AccessDenied, InvalidInput: it stays where it is; the message says why.
        """

    async def copy(self, path: str, folder: str) -> dict[str, object]:
        """Make a copy in one of the person's own folders; the Contents API's model of it, without content.

        Raises:
            NotFound, HubUnreachable, LimitExceeded: it cannot be had. FileError: it cannot be written.
        """

    async def names(self, query: str) -> KnownNames:
        """Users and groups of the Hub whose name holds ``query``; HubUnreachable."""


class Signpost(Protocol):
    """Knows where a document of the Hub is for this server's person."""

    @property
    def username(self) -> str:
        """Who that is."""

    async def path_of(self, document: str) -> str:
        """The path, with its drive, at which JupyterLab opens a document, given its id at the service.

        Raises:
            NotFound: there is none, or it is not shared with them. HubUnreachable: nobody can tell.
        """
