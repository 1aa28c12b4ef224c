"""A room and its peers, linked in memory: what tests of the room's rules stand on."""

from __future__ import annotations

import itertools
from typing import Any

from pycrdt import Doc, Text

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.room import Room
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import DocumentId, DocumentKind, LineageId, Rights, Role, SessionId, User

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
LINEAGE = LineageId("lineage-1")


def person(name: str) -> User:
    """A user called ``name``."""
    return User(name, name.title(), name.title(), name[:2].upper())


class Peer:
    """A front end in a few lines: a Yjs document and what it was sent."""

    def __init__(self, bench: Bench, session: SessionId, client_id: int | None) -> None:
        self.bench = bench
        self.session = session
        self.doc: Doc[Any] = Doc(client_id=client_id)
        self.source = self.doc.get("source", type=Text)
        self.inbox: list[f.ServerMessage] = []
        self.closed: tuple[int, str] | None = None
        self.made: list[bytes] = []
        self._silent = False
        self._subscription = self.doc.observe(self._observed)

    def _observed(self, event: Any) -> None:
        if not self._silent:
            self.made.append(event.update)

    def edit(self, text: str, at: int = 0) -> bytes:
        """Insert ``text`` at byte ``at``; the update that makes."""
        self.source.insert(at, text)
        return self.made[-1]

    def type(self, text: str, at: int = 0) -> list[fx.Effect]:
        """Insert ``text`` and send it in a turn of its own."""
        return self.send(f.Update(self.edit(text, at)))

    def send(self, *messages: f.ClientMessage) -> list[fx.Effect]:
        """Send messages in one turn."""
        return self.send_raw(*(f.encode(message) for message in messages))

    def send_raw(self, *frames: bytes) -> list[fx.Effect]:
        """Send bytes in one turn."""
        return self.bench.handle(inputs.Turn(tuple((self.session, frame) for frame in frames)))

    def synchronise(self) -> None:
        """The handshake of y-protocols, both ways."""
        self.send(f.SyncStep1(self.doc.get_state()))
        self.send(f.SyncStep2(self.doc.get_update(self.bench.room.document.state_vector())))

    def take(self, frame: bytes) -> None:
        """Receive a frame."""
        message = f.decode_server(frame)
        self.inbox.append(message)
        if isinstance(message, f.Update | f.SyncStep2):
            self._silent = True
            self.doc.apply_update(message.update)
            self._silent = False

    def got(self, kind: type) -> list[Any]:
        """Messages of one kind that were received."""
        return [message for message in self.inbox if isinstance(message, kind)]

    def __str__(self) -> str:
        return str(self.source)


class Bench:
    """A room with time that stands still until told otherwise."""

    def __init__(
        self,
        kind: DocumentKind = TEXT,
        content: Any = "",
        limits: Limits | None = None,
        recall_bytes: int | None = None,
    ) -> None:
        document = Document(kind, client_id=999)
        self.beginning = seed(kind, content, 998)
        document.load([self.beginning])
        self.room = Room(
            DocumentId("doc"), document, LINEAGE, 1, limits or Limits(), recall_bytes=recall_bytes
        )
        self.now = 1000.0
        self.peers: dict[SessionId, Peer] = {}
        self.entries: list[fx.Append] = []
        self._numbers = itertools.count(1)

    def join(
        self,
        name: str = "ana",
        role: Role = Role.EDITOR,
        dialect: inputs.Dialect = inputs.Dialect.TANDEM,
        lineage: LineageId | None = LINEAGE,
        client_id: int | None = None,
        *,
        synchronise: bool = True,
    ) -> Peer:
        """Let somebody in."""
        session = SessionId(next(self._numbers))
        peer = self.peers[session] = Peer(self, session, client_id)
        self.handle(inputs.Join(session, person(name), Rights.of(role), dialect, lineage))
        if synchronise and peer.closed is None:
            peer.synchronise()
        return peer

    def handle(self, event: inputs.Input) -> list[fx.Effect]:
        """Give the room an input and carry out what it wants."""
        effects = self.room.handle(event, self.now, 1_790_000_000.0)
        for effect in effects:
            match effect:
                case fx.Send(session, frame):
                    self.peers[session].take(frame)
                case fx.Fanout(frame, but, deaf):
                    for session, peer in self.peers.items():
                        if session != but and session not in deaf and peer.closed is None:
                            peer.take(frame)
                case fx.Close(session, code, reason):
                    self.peers[session].closed = (code, reason)
                case fx.Append():
                    self.entries.append(effect)
        return effects

    def text(self) -> str:
        """What the room's document holds."""
        return str(self.room.document.content())
