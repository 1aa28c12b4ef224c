"""What the routes of a Hub's service ask of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.desks import Caller, Office, ShareView
from jupyter_tandem.ports.federation import Hub, HubDocument, Registered
from jupyter_tandem.sharing import Delegate, Grant, Link, Offer, Standing, Subject
from jupyter_tandem.types import DocumentKind, FileId, LineageId


class Line(Protocol):
    """The outgoing side of a server's connection; never blocks, never raises."""

    def send(self, frame: bytes) -> None:
        """Queue one message."""

    def close(self, code: int, reason: str) -> None:
        """Send what is queued, then end the connection."""

    @property
    def backlog_bytes(self) -> int:
        """Bytes that wait."""


class Envoy(Protocol):
    """A single-user server at the service."""

    @property
    def username(self) -> str:
        """Whose server it is."""

    def welcome(self, protocol: int) -> None:
        """Say the first word."""

    def take(self, data: bytes) -> None:
        """Take one message.

        Raises:
            MalformedFrame: it is none that may come; the connection has to end.
        """

    def end(self) -> None:
        """The connection has ended. May be called twice."""


class Gate(Protocol):
    """Who may come in, and who is here."""

    async def admit(self, token: str, *, fresh: bool = False) -> Delegate:
        """Whom a token speaks for, asking the Hub now when ``fresh``.

        Raises:
            AccessDenied: it lets nobody in. HubUnreachable: nobody can tell.
        """

    async def recognise(self, token: str) -> Delegate | None:
        """As :meth:`admit`; ``None`` when the token is nobody's (any more)."""

    def arrive(self, delegate: Delegate, server: str, token: str, line: Line) -> Envoy:
        """A server has connected. An earlier connection of it is a broken one and ends."""

    def leave(self, envoy: Envoy) -> None:
        """Its connection has ended."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What a server tells when it shares a file or folder for the first time.

    ``within`` names the shared folders it lies in, with its path in each, as the server sent it.
    """

    owner: str
    server: str
    file_id: FileId
    kind: DocumentKind
    name: str
    lineage: LineageId
    within: object = None


class Registrar(Protocol):
    """Takes documents over from servers."""

    async def take(self, handover: Handover, state: bytes) -> Registered:
        """Hold a document from now on; durable on return.

        Of a file that is held already nothing is changed but its name.

        Raises:
            InvalidInput: a name or id is none that a file can have.
            ProtocolError, DocumentError: ``state`` is no document of this kind.
            ServerFull: there are too many. StoreError: nothing is held.
        """


@dataclass(frozen=True, slots=True)
class Held:
    """A document and what somebody is to it."""

    document: HubDocument
    standing: Standing


class Counter(Protocol):
    """Answers in the words of :class:`jupyter_tandem.ports.desks.Office`; a document's path is its id."""

    @property
    def office(self) -> Office:
        """The desks."""

    def caller(self, delegate: Delegate, document_id: str) -> Caller:
        """The delegate as the desks see them when they ask about a document."""

    def caller_about(self, delegate: Delegate, grant_id: str) -> Caller:
        """The same, when they ask about a grant."""

    def caller_about_link(self, delegate: Delegate, link_id: str) -> Caller:
        """The same, when they ask about a link."""

    async def view(self, delegate: Delegate, document_id: str) -> ShareView:
        """All about one document, for its managers; raises as :class:`jupyter_tandem.ports.desks.Overview`."""

    async def give(
        self, delegate: Delegate, document_id: str, subject: Subject, offer: Offer
    ) -> Grant:
        """Share a document; raises as :class:`jupyter_tandem.ports.desks.ShareDesk`."""

    async def end(self, delegate: Delegate, grant_id: str) -> None:
        """Take a grant back, or give up one's own, which is all that a token for looking may (HUB-37).

        Raises:
            NotFound, AccessDenied, StoreUnavailable: it stays.
        """

    def links_kept(self, delegate: Delegate, server: str) -> list[Link]:
        """The links to documents whose file one of the delegate's servers keeps, ended ones too."""

    async def offered(self, delegate: Delegate) -> list[Held]:
        """What others share with the delegate, in an order that does not change."""

    def owned(self, delegate: Delegate) -> list[tuple[HubDocument, list[Grant]]]:
        """What is the delegate's own, with the grants on it."""


@dataclass(frozen=True, slots=True)
class Desks:
    """All of it."""

    gate: Gate
    counter: Counter
    registrar: Registrar
    hub: Hub
