"""The room of one document: one decision function, no I/O, no clock, no randomness (docs/spec/room.md)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, assert_never

from jupyter_tandem.core.document import Document

from jupyter_tandem.core.awareness import public_user
from jupyter_tandem.core.effects import (
    Append,
    Close,
    Effect,
    Fanout,
    MergeRequested,
    Rebuild,
    SaveRequested,
    Send,
)
from jupyter_tandem.core.gathering import Gathering
from jupyter_tandem.core.inputs import (
    Dialect,
    Durable,
    FileReport,
    Incorporate,
    Input,
    Join,
    JournalFailed,
    Leave,
    MergeAnswered,
    RightsChanged,
    SaveAnswered,
    Tick,
    Told,
    Turn,
)
from jupyter_tandem.core.session import NEXT_PHASE, REQUIRED_ACTION, Phase, Session
from jupyter_tandem.errors import (
    AccessDenied,
    DocumentError,
    ForgedClient,
    LimitExceeded,
    MalformedFrame,
    TandemError,
    UpdateGap,
)
from jupyter_tandem.protocol.frames import (
    Acknowledgement,
    Awareness,
    AwarenessState,
    ClientMessage,
    Hello,
    MergeAnswer,
    MergeRequest,
    Notice,
    Ping,
    Pong,
    SaveRequest,
    Status,
    StockNotice,
    SyncStep1,
    SyncStep2,
    Update,
    decode_client,
    encode,
)
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.protocol.update import (
    UpdateLimits,
    UpdateShape,
    decode_state_vector,
    inspect,
)
from jupyter_tandem.types import Action, ClientId, DocumentId, LineageId, Rights, SessionId

PROTOCOL_VERSION = 1
_READ_ONLY = "You may look at this document but not change it."


@dataclass(slots=True)
class _Run:
    """Consecutive updates of one session in one turn: applied in one transaction, one journal entry."""

    session: Session | None = None
    updates: list[bytes] = field(default_factory=list)


class Room:
    """Decides what happens to one document.

    Attributes:
        document: The shared state.
        lineage: The history it belongs to.
        sequence: The last sequence number handed out.
        durable: The last sequence number known to be durable.
        content_sequence: The last one that may have changed what belongs into the file.
    """

    def __init__(
        self,
        document_id: DocumentId,
        document: Document,
        lineage: LineageId,
        sequence: int,
        limits: Limits,
    ) -> None:
        """A room for a document that was rebuilt from its journal up to ``sequence``."""
        self.document = document
        self.lineage = lineage
        self.sequence = self.durable = self.content_sequence = sequence
        self._document_id = document_id
        self._limits = limits
        self._update_limits = UpdateLimits(depth=limits.depth)
        self._people = Gathering(limits)
        self._people.clients.reserve(ClientId(document.client_id))
        self._known = decode_state_vector(document.state_vector())
        self._run = _Run()
        self._unacknowledged: deque[tuple[int, SessionId, int]] = deque()
        self._journal_failure = ""
        self._file: FileReport | None = None
        self._size_bytes = 0

    @property
    def empty(self) -> bool:
        """Whether nobody is here."""
        return not self._people.sessions

    def awareness_states(self) -> tuple[AwarenessState, ...]:
        """Everybody's present awareness state."""
        return self._people.awareness_states()

    def roster(self) -> list[Session]:
        """Everybody who is here, readers too."""
        return list(self._people.sessions.values())

    def handle(self, event: Input, now: float, wall: float) -> list[Effect]:  # noqa: C901  (one case an input)
        """Decide what ``event`` means.

        Args:
            event: What happened.
            now: Monotonic seconds.
            wall: Unix seconds, recorded with journal entries for display; decides nothing.

        Returns:
            Effects, to be carried out in order.
        """
        match event:
            case Turn():
                return self._turn(event, now, wall)
            case Durable(sequence):
                return self._became_durable(sequence)
            case Join():
                return self._join(event)
            case Leave(session_id):
                return self._people.leave(session_id)
            case Tick():
                return self._people.tick(now)
            case Incorporate():
                return self._incorporate(event, wall)
            case FileReport():
                return self._file_reported(event, wall)
            case RightsChanged():
                return self._rights_changed(event)
            case JournalFailed(reason):
                return self._journal_failed(reason)
            case SaveAnswered(session_id, number, status):
                body = {"type": "save", "responseTo": number, "status": status}
                return self._answer(session_id, StockNotice(body))
            case MergeAnswered(session_id, body):
                return self._answer(session_id, MergeAnswer(body))
            case Told(code, message):
                return self._tell_tandem(Notice({"code": code, "message": message}))
            case _:
                assert_never(event)

    # -- people ------------------------------------------------------------

    def _join(self, event: Join) -> list[Effect]:
        if event.lineage is not None and event.lineage != self.lineage:
            return [self._unknown_session(event.session)]
        effects = self._people.join(event)
        session = self._people.sessions[event.session]
        if session.dialect is Dialect.TANDEM:
            effects.append(Send(session.id, encode(self._hello(session))))
            effects.append(Send(session.id, encode(self._status(session))))
        effects.append(Send(session.id, encode(SyncStep1(self.document.state_vector()))))
        return effects + self._people.introduce(session)

    def _unknown_session(self, session_id: SessionId) -> Close:
        reason = f'{{"reason":"unknown_session","sessionId":"{self.lineage}","reloadable":true}}'
        return Close(session_id, 1003, reason, strike=False)

    def _hello(self, session: Session) -> Hello:
        return Hello(
            {
                "protocol": PROTOCOL_VERSION,
                "session": session.id,
                "document": self._document_id,
                "lineage": self.lineage,
                **_rights_body(session.rights),
                "user": public_user(session.user),
                "limits": {
                    "frame_bytes": self._limits.frame_bytes,
                    "awareness_bytes": self._limits.awareness_bytes,
                    "client_ids": self._limits.client_ids,
                    "depth": self._limits.depth,
                },
                "sync": True,
            }
        )

    def _rights_changed(self, event: RightsChanged) -> list[Effect]:
        session = self._people.sessions.get(event.session)
        if session is None:
            return []
        session.rights = event.rights
        session.refusal_told = False
        if not event.rights.allow(Action.READ):
            return self._people.refuse(session, AccessDenied(event.reason))
        if session.dialect is Dialect.TANDEM:
            return [Send(session.id, encode(self._status(session)))]
        return []

    # -- frames ------------------------------------------------------------

    def _turn(self, event: Turn, now: float, wall: float) -> list[Effect]:
        effects: list[Effect] = []
        for session_id, frame in event.frames:
            session = self._people.sessions.get(session_id)
            if session is None:
                continue
            try:
                effects += self._receive(session, frame, now, wall)
            except TandemError as error:
                effects += self._flush(wall)
                effects += self._people.refuse(session, error)
        return effects + self._flush(wall)

    def _receive(self, session: Session, frame: bytes, now: float, wall: float) -> list[Effect]:
        message = decode_client(frame, self._limits)
        phase = NEXT_PHASE.get((session.phase, type(message)))
        if phase is None:
            raise MalformedFrame(f"{type(message).__name__} cannot come after synchronisation.")
        allowed = session.rights.allow(REQUIRED_ACTION[type(message)])
        if isinstance(message, Update | SyncStep2):
            effects = self._take(session, message.update, allowed, wall)
        elif not allowed:
            effects = self._decline(session, message)
        else:
            effects = self._flush(wall) + self._react(session, message, now)
        session.phase = phase
        return effects

    def _react(self, session: Session, message: ClientMessage, now: float) -> list[Effect]:
        match message:
            case Awareness():
                return self._people.hear(session, message, now)
            case SyncStep1(state_vector):
                decode_state_vector(state_vector)
                answer = SyncStep2(self.document.encode(state_vector))
                return [Send(session.id, encode(answer))]
            case SaveRequest(number):
                return [SaveRequested(session.id, number)]
            case MergeRequest(body):
                return [MergeRequested(session.id, session.user, body)]
            case Ping():
                return [Send(session.id, encode(Pong()))]
            case _:
                raise MalformedFrame(f"Nobody expects {type(message).__name__}.")

    def _decline(self, session: Session, message: ClientMessage) -> list[Effect]:
        match message:
            case SaveRequest(number):
                return self._answer(
                    session.id,
                    StockNotice({"type": "save", "responseTo": number, "status": "failed"}),
                )
            case MergeRequest():
                body = {"status": "refused", "conflicts": 0, "message": _READ_ONLY}
                return self._answer(session.id, MergeAnswer(body))
            case _:
                raise AccessDenied(_READ_ONLY)

    # -- edits -------------------------------------------------------------

    def _take(self, session: Session, update: bytes, allowed: bool, wall: float) -> list[Effect]:
        if update == b"\x00\x00":
            return self._count(session)
        if not allowed:
            return self._refuse_edit(session)
        shape = inspect(update, self._update_limits)
        self._check_origin(session, shape)
        if self._size_bytes + len(update) > self._limits.document_bytes:
            raise LimitExceeded(
                f"The document is full: it may hold {self._limits.document_bytes} bytes."
            )
        effects = [] if self._run.session is session else self._flush(wall)
        self._run.session = session
        self._run.updates.append(update)
        self._learn(shape)
        session.received += 1
        return effects

    def _refuse_edit(self, session: Session) -> list[Effect]:
        """Drop an edit without closing: stock front ends of readers send some by themselves."""
        if session.dialect is Dialect.STOCK or session.refusal_told:
            return []
        session.refusal_told = True
        return [Send(session.id, encode(Notice({"code": "read-only", "message": _READ_ONLY})))]

    def _check_origin(self, session: Session, shape: UpdateShape) -> None:
        for client, clock in shape.needs.items():
            if self._known.get(client, 0) < clock:
                raise UpdateGap("The edits build on others that have not arrived here.")
        for client, (_, end) in shape.blocks.items():
            if end <= self._known.get(client, 0):
                continue
            if session.phase is Phase.SYNCED:
                self._people.clients.claim(ClientId(client), session.id, session.user)
            else:
                self._check_history(session, ClientId(client))

    def _check_history(self, session: Session, client: ClientId) -> None:
        """What a session brings along may hold others' edits, but not those of somebody who is here and
        has handed over all they had.
        """
        owner = self._people.clients.session_of(client)
        if owner is None or owner == session.id:
            return
        if self._people.sessions[owner].phase is Phase.SYNCED:
            raise ForgedClient("The edits carry the client id of somebody who is here.")

    def _learn(self, shape: UpdateShape) -> None:
        for client, (_, end) in shape.blocks.items():
            if end > self._known.get(client, 0):
                self._known[client] = end

    def _flush(self, wall: float) -> list[Effect]:
        """Apply the run that was gathered: one transaction, one entry, one frame."""
        session, updates = self._run.session, self._run.updates
        if session is None:
            return []
        self._run = _Run()
        try:
            squashed = self.document.apply(updates)
        except DocumentError as error:
            refusal = self._people.refuse(session, MalformedFrame(str(error)))
            return [*refusal, Rebuild(str(error))]
        effects: list[Effect] = []
        if squashed is not None:
            effects = self._record(squashed, session.user.username, "edit", session.id, wall)
        return effects + self._remember(session)

    def _record(
        self, update: bytes, author: str, cause: str, but: SessionId | None, wall: float
    ) -> list[Effect]:
        self.sequence += 1
        self.content_sequence = self.sequence
        self._size_bytes += len(update)
        effects: list[Effect] = [Append(self.sequence, author, wall, cause, update)]
        if self._people.sessions:
            effects.append(Fanout(encode(Update(update)), but))
        return effects

    def _incorporate(self, event: Incorporate, wall: float) -> list[Effect]:
        try:
            squashed = self.document.apply([event.update])
        except DocumentError as error:
            return [Rebuild(str(error))]
        if squashed is None:
            return []
        self._known = decode_state_vector(self.document.state_vector())
        return self._record(squashed, event.author, event.cause, None, wall)

    # -- durability --------------------------------------------------------

    def _count(self, session: Session) -> list[Effect]:
        session.received += 1
        return self._remember(session)

    def _remember(self, session: Session) -> list[Effect]:
        if session.dialect is Dialect.STOCK:
            return []
        self._unacknowledged.append((self.sequence, session.id, session.received))
        return self._acknowledge() if self.sequence <= self.durable else []

    def _acknowledge(self) -> list[Effect]:
        counts: dict[SessionId, int] = {}
        while self._unacknowledged and self._unacknowledged[0][0] <= self.durable:
            _, session_id, count = self._unacknowledged.popleft()
            counts[session_id] = count
        effects: list[Effect] = []
        for session_id, count in counts.items():
            session = self._people.sessions.get(session_id)
            if session is not None and count > session.acknowledged:
                session.acknowledged = count
                effects.append(Send(session_id, encode(Acknowledgement(count))))
        return effects

    def _became_durable(self, sequence: int) -> list[Effect]:
        self.durable = max(self.durable, sequence)
        effects = self._acknowledge()
        if self._journal_failure:
            self._journal_failure = ""
            effects += self._tell_status()
        return effects

    def _journal_failed(self, reason: str) -> list[Effect]:
        if reason == self._journal_failure:
            return []
        self._journal_failure = reason
        return self._tell_status()

    # -- file and status ---------------------------------------------------

    def _file_reported(self, report: FileReport, wall: float) -> list[Effect]:
        self._file = report
        values: dict[str, Any] = {"path": report.path, "dirty": False}
        if report.file_hash:
            values["hash"] = report.file_hash
        update = self.document.write_state(values)
        effects: list[Effect] = []
        if update is not None:
            content_sequence = self.content_sequence
            self._known = decode_state_vector(self.document.state_vector())
            effects = self._record(update, "", "file", None, wall)
            self.content_sequence = content_sequence
        return effects + self._tell_status()

    def _status(self, session: Session) -> Status:
        report = self._file
        body: dict[str, Any] = {
            "journal": {
                "state": "failed" if self._journal_failure else "ok",
                "reason": self._journal_failure,
            },
            "rights": _rights_body(session.rights),
        }
        if report is not None:
            body["file"] = {
                "state": report.state,
                "saved_at": report.saved_at,
                "reason": report.reason,
                "path": report.path,
            }
        return Status(body)

    def _tell_status(self) -> list[Effect]:
        return [
            Send(session.id, encode(self._status(session)))
            for session in self._people.speaking(Dialect.TANDEM)
        ]

    def _tell_tandem(self, message: Notice) -> list[Effect]:
        frame = encode(message)
        return [Send(session.id, frame) for session in self._people.speaking(Dialect.TANDEM)]

    def _answer(self, session_id: SessionId, message: StockNotice | MergeAnswer) -> list[Effect]:
        if session_id not in self._people.sessions:
            return []
        return [Send(session_id, encode(message))]


def _rights_body(rights: Rights) -> dict[str, Any]:
    return {"role": rights.role.value, "actions": sorted(a.value for a in rights.actions)}
