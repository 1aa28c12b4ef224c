"""What an update must satisfy before it may touch the document (docs/spec/room.md)."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupyter_tandem.core.client_ids import ClientRegistry
from jupyter_tandem.core.session import Phase, Session
from jupyter_tandem.errors import ForgedClient, LimitExceeded, LineageMismatch, UpdateGap
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.protocol.update import (
    CLOCK_END,
    UpdateLimits,
    UpdateShape,
    decode_state_vector,
    inspect,
)
from jupyter_tandem.types import ClientId, SessionId


@dataclass(slots=True)
class Gathered:
    """Updates of one session, in order.

    Attributes:
        session: Whose they are, or who speaks for those whose they are.
        updates: In order.
        writers: Of each update of a session that speaks for many the client ids that wrote something new in it;
            nobody's in what such a session brings along, which may be of any time.
    """

    session: Session
    updates: list[bytes] = field(default_factory=list)
    writers: list[frozenset[ClientId]] = field(default_factory=list)


class Intake:
    """Checks updates and gathers those of one session in one turn, to be applied in one transaction.

    It keeps the document's state vector as a dict, so that an update is judged without asking the CRDT.
    """

    def __init__(
        self, clients: ClientRegistry, sessions: dict[SessionId, Session], limits: Limits
    ) -> None:
        """Judge by who owns which client id and by ``limits``."""
        self._clients = clients
        self._sessions = sessions
        self._limits = limits
        self._update_limits = UpdateLimits(depth=limits.depth)
        self._known: dict[int, int] = {}
        self._size_bytes = 0
        self._gathered: Gathered | None = None

    def learn(self, state_vector: bytes) -> None:
        """Take over what the document holds after the server itself changed it."""
        self._known = decode_state_vector(state_vector)

    def grew(self, size_bytes: int) -> None:
        """Count towards the document's limit."""
        self._size_bytes += size_bytes

    def interrupts(self, session: Session) -> bool:
        """Whether updates of another session wait, which must be applied before one of this session."""
        return self._gathered is not None and self._gathered.session is not session

    def add(self, session: Session, update: bytes) -> None:
        """Check one update and keep it for :meth:`take`.

        Raises:
            ProtocolError: the update is refused; nothing was kept.
            LineageMismatch: a session that names no lineage brings history.
        """
        shape = inspect(update, self._update_limits)
        self._check(session, shape)
        if self._size_bytes + len(update) > self._limits.document_bytes:
            raise LimitExceeded(
                f"The document is full: it may hold {self._limits.document_bytes} bytes."
            )
        if self._gathered is None:
            self._gathered = Gathered(session)
        self._gathered.updates.append(update)
        if session.voice.many:
            self._gathered.writers.append(self._writers(session, shape))
        for client, (_, end) in shape.blocks.items():
            if end > self._known.get(client, 0):
                self._known[client] = end

    def owns(self, session: Session, client: int) -> bool:
        """Whether the edits of ``client`` are made by ``session``."""
        return self._clients.session_of(ClientId(client)) == session.id

    def count_on(self, client: int, end: int, size_bytes: int) -> bool:
        """Count one more edit of ``client`` that goes on behind those known, the last before ``end``; not when it does not fit."""
        fits = self._size_bytes + size_bytes <= self._limits.document_bytes
        if not fits or self._known.get(client) != end - 1 or end > CLOCK_END:
            return False
        self._known[client] = end
        return True

    def take(self) -> Gathered | None:
        """Hand over the gathered updates, and start afresh."""
        gathered, self._gathered = self._gathered, None
        return gathered

    def _writers(self, session: Session, shape: UpdateShape) -> frozenset[ClientId]:
        if session.phase is not Phase.SYNCED:
            return frozenset()
        blocks = shape.blocks.items()
        return frozenset(ClientId(c) for c, (_, end) in blocks if end > self._known.get(c, 0))

    def _check(self, session: Session, shape: UpdateShape) -> None:
        known = self._known
        for client, clock in shape.needs.items():
            if known.get(client, 0) < clock:
                raise UpdateGap("The edits build on others that have not arrived here.")
        for client, (_, end) in shape.blocks.items():
            if end <= known.get(client, 0):
                continue
            if session.phase is Phase.JOINED and not session.named_lineage:
                raise LineageMismatch("Edits of an unknown history cannot be told from another's.")
            owned = ClientId(client)
            if session.voice.many:
                self._check_relayed(session, owned)
            elif session.phase is Phase.SYNCED or self._came_back(session, owned):
                self._clients.claim(owned, session.id, session.user)
            else:
                self._check_history(session, owned)

    def _check_relayed(self, session: Session, client: ClientId) -> None:
        """What a session that speaks for many brings may be anybody's who is not live elsewhere. Somebody who
        is may be about to hand it over: then it is only early, and comes again.
        """
        owner = self._clients.session_of(client)
        if owner not in (None, session.id) and self._clients.loose(client):
            self._clients.displace(client)
        elif owner not in (None, session.id) or self._clients.reserved(client):
            raise UpdateGap("The edits belong to somebody who is here and has not made them yet.")

    def _came_back(self, session: Session, client: ClientId) -> bool:
        """Whether the session goes on where an earlier one of the same person stopped. One that has not
        handed over what it has is only late.
        """
        if not self._clients.may_take_over(client, session.id, session.user):
            return False
        owner = self._clients.session_of(client)
        return owner is not None and self._sessions[owner].phase is Phase.SYNCED

    def _check_history(self, session: Session, client: ClientId) -> None:
        """What a session brings along may hold edits of others who never got them here, but not of somebody
        who is here and has handed over all they had.
        """
        owner = self._clients.session_of(client)
        if owner is None or owner == session.id or self._clients.loose(client):
            return
        if self._sessions[owner].voice.many:
            raise UpdateGap(
                "The edits belong to somebody elsewhere and have not come from there yet."
            )
        if self._sessions[owner].phase is Phase.SYNCED:
            raise ForgedClient("The edits carry the client id of somebody who is here.")
