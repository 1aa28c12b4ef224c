"""Asking for access to documents of the Hub (docs/spec/hub-requests.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.sharing import Delegate, Grant
from jupyter_tandem.types import Role


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """Somebody asks for access.

    Attributes:
        document: The document's id at the service.
        username: Who asks.
        display_name: What they are called.
        at: Unix seconds at which they asked last.
    """

    document: str
    username: str
    display_name: str
    at: float


class RequestStore(Protocol):
    """Remembers requests. Durable on return; every coroutine raises StoreUnavailable."""

    async def put(self, request: AccessRequest) -> None:
        """Add a request, or replace the one of this person for this document."""

    async def drop(self, document: str, username: str) -> bool:
        """Forget a request; whether there was one."""

    async def all(self) -> Sequence[AccessRequest]:
        """All, oldest first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with the document that it is for."""

    request: AccessRequest
    document: HubDocument


class Petitions(Protocol):
    """Where access is asked for, given and declined."""

    async def ask(self, delegate: Delegate, document_id: str) -> None:
        """Ask the owner of a document. The answer is the same whether it exists or not (REQUEST-1).

        Raises:
            TooManyTries: this person has asked for too much. StoreUnavailable.
        """

    async def to(self, delegate: Delegate) -> list[Asked]:
        """What others ask of somebody, oldest first; what they have got meanwhile is left out."""

    async def accept(
        self, delegate: Delegate, document_id: str, username: str, role: Role
    ) -> Grant:
        """Share a document with whoever asked for it.

        Raises:
            NotFound: nobody asked, or it is not the delegate's document. InvalidInput, StoreUnavailable.
        """

    async def decline(self, delegate: Delegate, document_id: str, username: str) -> None:
        """Forget that somebody asked; they are not told. NotFound as :meth:`accept`."""
