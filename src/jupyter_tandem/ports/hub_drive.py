"""What a single-user server's routes ask about the documents that others share with its person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.federation import KnownNames


@dataclass(frozen=True, slots=True)
class Shown:
    """A document in the drive of what is shared.

    Attributes:
        path: Where it is in the drive.
        document: Its room id in this server.
        type: As the Contents API means it: ``notebook`` or ``file``.
        format: ``json`` or ``text``.
        owner: Username of its owner.
        role: What the person is to it.
        writable: Whether they may edit it.
    """

    path: str
    document: str
    type: str
    format: str
    owner: str
    role: str
    writable: bool


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

    def folder(self, path: str) -> tuple[list[str], list[Shown]]:
        """Paths of folders, and documents, in a folder; ``""`` is the drive itself. NotFound."""

    async def content(self, path: str) -> object:
        """What a document holds now, for the Contents API.

        Raises:
            NotFound: it is not there. HubUnreachable: it cannot be had. StoreError.
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
