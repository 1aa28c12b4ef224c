"""Peers of a room with lines between: what is sent arrives when the test says so."""

from __future__ import annotations

from collections import deque
from typing import Any

from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.room import Room
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import DocumentId, DocumentKind, LineageId, Rights, Role, SessionId
from tests.unit.core.room_bench import person

LINEAGE = LineageId("lineage-1")


class Peer:
    """A front end that edits whether or not anything arrives."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.doc: Doc[Any] = Doc()
        self.session: SessionId | None = None
        self.up: deque[bytes] = deque()
        self.down: deque[bytes] = deque()
        self.sent = 0
        self.acknowledged = 0
        self.answered = False
        self._made: list[bytes] = []
        self._silent = False
        self._subscription = self.doc.observe(self._observed)

    def _observed(self, event: Any) -> None:
        if not self._silent:
            self._made.append(event.update)

    def flush(self) -> None:
        """Send what was edited, one frame an edit, if the server knows what there was before."""
        made, self._made = self._made, []
        if self.answered:
            self.sent += len(made)
            self.up.extend(f.encode(f.Update(update)) for update in made)

    def take(self) -> None:
        """Receive the oldest frame."""
        match f.decode_server(self.down.popleft()):
            case f.Hello():
                self.up.append(f.encode(f.SyncStep1(self.doc.get_state())))
            case f.SyncStep1(state_vector):
                self.up.append(f.encode(f.SyncStep2(self.doc.get_update(state_vector))))
                self.sent += 1
                self.answered = True
            case f.SyncStep2(update) | f.Update(update):
                self._silent = True
                self.doc.apply_update(update)
                self._silent = False
            case f.Acknowledgement(count):
                assert self.acknowledged < count <= self.sent
                self.acknowledged = count

    # -- editing -------------------------------------------------------------

    def text(self, root: str = "source") -> Text:
        return self.doc.get(root, type=Text)

    @property
    def cells(self) -> Array[Any]:
        return self.doc.get("cells", type=Array)


class Gathering:
    """One room, its journal, and the lines to its peers."""

    def __init__(self, kind: DocumentKind, content: Any) -> None:
        self.kind = kind
        self.journal: list[bytes] = [seed(kind, content, 998)]
        document = Document(kind, client_id=999)
        document.load(self.journal)
        self.room = Room(DocumentId("doc"), document, LINEAGE, 1, Limits())
        self.peers: dict[SessionId, Peer] = {}
        self.durable = 1
        self._sessions = 0
        self._frames_at: dict[SessionId, deque[tuple[int, int]]] = {}

    def join(self, peer: Peer) -> None:
        self._sessions += 1
        peer.session = SessionId(self._sessions)
        peer.up.clear()
        peer.down.clear()
        peer.sent = peer.acknowledged = 0
        peer.answered = False
        self.peers[peer.session] = peer
        rights = Rights.of(Role.EDITOR)
        user = person(peer.name)
        self.handle(inputs.Join(peer.session, user, rights, inputs.Dialect.TANDEM, LINEAGE))

    def leave(self, peer: Peer, *, noticed: bool = True) -> None:
        """Break the connection; unnoticed, the room holds the session for live."""
        session, peer.session = peer.session, None
        if session is not None:
            del self.peers[session]
            if noticed:
                self.handle(inputs.Leave(session))

    def turn(self, frames: list[tuple[SessionId, bytes]]) -> None:
        self.handle(inputs.Turn(tuple(frames)))

    def make_durable(self, sequence: int) -> None:
        self.durable = max(self.durable, sequence)
        self.handle(inputs.Durable(self.durable))

    def handle(self, event: inputs.Input) -> None:
        for effect in self.room.handle(event, 0.0, 0.0):
            match effect:
                case fx.Send(session, frame):
                    self._send(session, frame)
                case fx.Fanout(frame, but, deaf):
                    for session in self.peers:
                        if session != but and session not in deaf:
                            self._send(session, frame)
                case fx.Append(sequence, _, _, _, update):
                    assert sequence == len(self.journal) + 1
                    self.journal.append(update)
                case fx.Close(session, code, reason):
                    assert session not in self.peers, f"{code} {reason}"
                case fx.Rebuild(reason):
                    raise AssertionError(reason)

    def _send(self, session: SessionId, frame: bytes) -> None:
        peer = self.peers.get(session)
        if peer is not None:
            peer.down.append(frame)

    # -- judging -------------------------------------------------------------

    def check_agreement(self) -> None:
        """Everybody, the room and its journal hold the same document."""
        expected = self.room.document.fingerprint()
        for peer in self.peers.values():
            assert self._fingerprint([peer.doc.get_update()]) == expected, peer.name
            assert peer.acknowledged == peer.sent
        assert self._fingerprint(self.journal) == expected

    def _fingerprint(self, updates: list[bytes]) -> str:
        document = Document(self.kind, client_id=1)
        document.load(updates)
        found = document.fingerprint()
        document.close()
        return found


def new_cell(cell_id: str, source: str) -> Map[Any]:
    """A code cell as the browser makes it."""
    return Map(
        {
            "cell_type": "code",
            "execution_count": None,
            "id": cell_id,
            "metadata": Map({}),
            "outputs": Array([]),
            "source": Text(source),
        }
    )
