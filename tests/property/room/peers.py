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
from jupyter_tandem.protocol.update import decode_state_vector, inspect
from jupyter_tandem.types import DocumentId, DocumentKind, LineageId, Rights, Role, SessionId
from tests.unit.core.room_bench import person

LINEAGE = LineageId("lineage-1")


class Peer:
    """A front end that edits whether or not anything arrives."""

    def __init__(self, name: str, dialect: inputs.Dialect = inputs.Dialect.TANDEM) -> None:
        self.name = name
        self.dialect = dialect
        self.asked_at: dict[int, int] = {}
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
                if self.dialect is inputs.Dialect.STOCK:
                    self.up.append(f.encode(f.SyncStep1(self.doc.get_state())))
            case f.Update(update):
                self._apply(update)
            case f.SyncStep2(update):
                self._apply(update)
                known = decode_state_vector(self.doc.get_state())
                assert all(known.get(c, 0) >= clock for c, clock in self.asked_at.items())
            case f.Acknowledgement(count):
                assert self.acknowledged < count <= self.sent
                self.acknowledged = count

    def _apply(self, update: bytes) -> None:
        known = decode_state_vector(self.doc.get_state())
        assert all(known.get(c, 0) >= clock for c, clock in inspect(update).needs.items())
        self._silent = True
        self.doc.apply_update(update)
        self._silent = False

    # -- editing -------------------------------------------------------------

    def text(self, root: str = "source") -> Text:
        return self.doc.get(root, type=Text)

    @property
    def cells(self) -> Array[Any]:
        return self.doc.get("cells", type=Array)


class Gathering:
    """One room, its journal, and the lines to its peers."""

    def __init__(self, kind: DocumentKind, content: Any, recall_bytes: int | None = None) -> None:
        self.kind = kind
        self.journal: list[bytes] = [seed(kind, content, 998)]
        document = Document(kind, client_id=999)
        document.load(self.journal)
        self.room = Room(
            DocumentId("doc"), document, LINEAGE, 1, Limits(), recall_bytes=recall_bytes
        )
        self.wanted = 0
        self._read: tuple[int, bytes] | None = None
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
        self.handle(inputs.Join(peer.session, user, rights, peer.dialect, LINEAGE))

    def leave(self, peer: Peer, *, noticed: bool = True) -> None:
        """Break the connection; unnoticed, the room holds the session for live."""
        session, peer.session = peer.session, None
        if session is not None:
            del self.peers[session]
            if noticed:
                self.handle(inputs.Leave(session))

    def turn(self, frames: list[tuple[SessionId, bytes]]) -> None:
        for session, frame in frames:
            if frame[:2] == b"\x00\x00" and session in self.peers:
                held = decode_state_vector(self.room.document.state_vector())
                self.peers[session].asked_at = held
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
                case fx.Recall():
                    self.wanted += 1
                    assert self.wanted == 1
                case fx.Close(session, code, reason):
                    assert session not in self.peers, f"{code} {reason}"
                case fx.Rebuild(reason):
                    raise AssertionError(reason)

    def read_journal(self) -> None:
        """The whole document is fetched as it is now; it is told later."""
        if self.wanted and self._read is None:
            self._read = (self.room.sequence, self.room.document.encode())

    def tell_whole(self, *, lost: bool = False) -> None:
        """What was read reaches the room, unless it was ``lost``."""
        if self.wanted and (lost or self._read is not None):
            self.wanted -= 1
            sequence, state = self._read or (0, b"")
            self._read = None
            answer = None if lost else f.encode(f.SyncStep2(state))
            self.handle(inputs.Recalled(sequence, answer))

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
            assert peer.dialect is inputs.Dialect.STOCK or peer.acknowledged == peer.sent
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
