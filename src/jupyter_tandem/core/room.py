"""The room of one document: one decision function, no I/O, no clock, no randomness (docs/spec/room.md)."""

from __future__ import annotations

from jupyter_tandem.core.answers import Answers
from jupyter_tandem.core.board import Board
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.editing import READ_ONLY, STATE, Editing
from jupyter_tandem.core.effects import (
    Close,
    Commanded,
    Effect,
    MergeRequested,
    SaveRequested,
    Send,
)
from jupyter_tandem.core.execution.answer import denied
from jupyter_tandem.core.gathering import Gathering
from jupyter_tandem.core.greeting import hello, status
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
    Posted,
    Recalled,
    RightsChanged,
    RunAnswered,
    SaveAnswered,
    Tick,
    Told,
    Turn,
    WholeWanted,
    Written,
)
from jupyter_tandem.core.questions import Questions
from jupyter_tandem.core.session import NEXT_PHASE, REQUIRED_ACTION, Session
from jupyter_tandem.errors import (
    AccessDenied,
    LineageMismatch,
    MalformedFrame,
    TandemError,
)
from jupyter_tandem.protocol.execution import parse_command
from jupyter_tandem.protocol.frames import (
    Awareness,
    AwarenessState,
    ClientMessage,
    Execution,
    MergeAnswer,
    MergeRequest,
    Notice,
    Ping,
    Pong,
    RunAnswer,
    RunCommand,
    SaveRequest,
    StockNotice,
    SyncStep1,
    SyncStep2,
    Update,
    decode_client,
    encode,
)
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import Action, ClientId, DocumentId, LineageId, SessionId


class Room:
    """Decides what happens to one document.

    Attributes:
        document: The shared state.
        lineage: The history it belongs to.
        runners: Usernames of those who have run cells, and want to know who else changes them.
    """

    def __init__(
        self,
        document_id: DocumentId,
        document: Document,
        lineage: LineageId,
        sequence: int,
        limits: Limits,
        answer: bytes | None = None,
        recall_bytes: int | None = None,
    ) -> None:
        """A room for a document that was rebuilt from its journal up to ``sequence``.

        Args:
            document_id: Its name.
            document: What it holds.
            lineage: The history it belongs to.
            sequence: Of the last change to it.
            limits: What people may send.
            answer: The whole document as an encoded :class:`SyncStep2`, where there is one: it is sent as it is.
            recall_bytes: Smallest document that is fetched for those who have nothing of it (:class:`Recall`), instead
                of being encoded; ``None``: none is.
        """
        self.document = document
        self.lineage = lineage
        self.runners: set[str] = set()
        self._document_id = document_id
        self._limits = limits
        self._people = Gathering(limits)
        self._sessions = self._people.sessions
        self._people.clients.reserve(ClientId(document.client_id))
        self._answers = Answers(answer)
        self._editing = Editing(
            document, self._people, self._answers, self.runners, limits, sequence
        )
        self._questions = Questions(
            document, self._people, self._answers, self._editing, recall_bytes
        )
        self._journal_failure = ""
        self._file: FileReport | None = None
        self._board = Board()

    @property
    def sequence(self) -> int:
        """The last sequence number handed out."""
        return self._editing.sequence

    @property
    def durable(self) -> int:
        """The last sequence number known to be durable."""
        return self._editing.durable

    @property
    def content_sequence(self) -> int:
        """The last one that may have changed what belongs into the file."""
        return self._editing.content_sequence

    @property
    def empty(self) -> bool:
        """Whether nobody is here."""
        return not self._sessions

    def mentions(self, mark: bytes) -> bool | None:
        """Whether ``mark`` is in the document as it is sent to somebody who has nothing of it.

        ``None``: a large document would have to be encoded to tell.
        """
        return self._questions.mentions(mark)

    def awareness_states(self) -> tuple[AwarenessState, ...]:
        """Everybody's present awareness state."""
        return self._people.awareness_states()

    def roster(self) -> list[Session]:
        """Everybody who is here, readers too."""
        return list(self._sessions.values())

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
            case Turn(frames):
                return self._turn(frames, now, wall)
            case Durable(sequence):
                return self._became_durable(sequence)
            case Join():
                return self._join(event)
            case Leave(session_id):
                self._answers.forget()
                return self._people.leave(session_id)
            case Tick():
                self._answers.forget()
                return self._editing.settle() + self._people.tick(now)
            case Recalled():
                return self._questions.recalled(event)
            case WholeWanted():
                return self._questions.fetch_ahead()
            case Incorporate():
                return self._editing.incorporate(event, wall)
            case Written():
                return self._editing.written(event, wall)
            case FileReport():
                return self._file_reported(event, wall)
            case RightsChanged():
                return self._rights_changed(event)
            case JournalFailed(reason):
                return self._journal_failed(reason)
            case SaveAnswered(session_id, number, outcome):
                body = {"type": "save", "responseTo": number, "status": outcome}
                return self._answer(session_id, StockNotice(body))
            case MergeAnswered(session_id, body):
                return self._answer(session_id, MergeAnswer(body))
            case RunAnswered(session_id, body):
                return self._answer(session_id, RunAnswer(body))
            case Posted():
                return self._posted(event)
            case Told(code, message):
                return self._tell_tandem(Notice({"code": code, "message": message}))

    # -- people ------------------------------------------------------------

    def _join(self, event: Join) -> list[Effect]:
        if event.lineage is not None and event.lineage != self.lineage:
            return [self._unknown_session(event.session)]
        effects = self._people.join(event)
        session = self._sessions[event.session]
        if session.dialect is Dialect.TANDEM:
            greeting = hello(session, self._document_id, self.lineage, self._limits)
            effects.append(Send(session.id, encode(greeting)))
            effects.append(self._status_for(session))
            effects.append(Send(session.id, encode(self._board.whole())))
        effects.append(Send(session.id, encode(SyncStep1(self.document.state_vector()))))
        return effects + self._people.introduce(session)

    def _unknown_session(self, session_id: SessionId) -> Close:
        reason = f'{{"reason":"unknown_session","sessionId":"{self.lineage}","reloadable":true}}'
        return Close(session_id, 1003, reason, strike=False)

    def _rights_changed(self, event: RightsChanged) -> list[Effect]:
        session = self._sessions.get(event.session)
        if session is None:
            return []
        session.rights = event.rights
        session.typing = None
        session.refusal_told = False
        if not event.rights.allow(Action.READ):
            return self._people.refuse(session, AccessDenied(event.reason))
        if event.rights.allow(Action.WRITE) and not session.voice.many:
            self._people.clients.settle(session.id)
        return [self._status_for(session)] if session.dialect is Dialect.TANDEM else []

    # -- frames ------------------------------------------------------------

    def _turn(
        self, frames: tuple[tuple[SessionId, bytes], ...], now: float, wall: float
    ) -> list[Effect]:
        if len(frames) == 1:
            typed = self._editing.type_on(*frames[0], wall)
            if typed is not None:
                return typed
        effects: list[Effect] = []
        for session_id, frame in frames:
            session = self._sessions.get(session_id)
            if session is not None:
                effects += self._take_frame(session, frame, now, wall)
        effects += self._editing.flush(wall)
        effects += self._questions.end_turn()
        return effects + self._people.tell_news()

    def _take_frame(self, session: Session, frame: bytes, now: float, wall: float) -> list[Effect]:
        # Edits that came before in this turn are in the document already: whatever becomes of the frame, they count.
        before: list[Effect] = []
        try:
            effects = self._receive(session, frame, now, wall, before)
            return before + effects
        except LineageMismatch:
            gone = before + self._editing.flush(wall) + self._people.leave(session.id)
            return [*gone, self._unknown_session(session.id)]
        except TandemError as error:
            # What it sent before in this turn was in order and stays.
            return before + self._editing.flush(wall) + self._people.refuse(session, error)

    def _receive(
        self, session: Session, frame: bytes, now: float, wall: float, before: list[Effect]
    ) -> list[Effect]:
        message = decode_client(frame, self._limits)
        phase = NEXT_PHASE.get((session.phase, type(message)))
        if phase is None:
            raise MalformedFrame(f"{type(message).__name__} cannot come after synchronisation.")
        allowed = session.rights.allow(REQUIRED_ACTION[type(message)])
        if isinstance(message, Update | SyncStep2):
            before += self._editing.give_way(session, wall)
            effects = self._editing.take(session, message.update, allowed, wall)
        elif allowed:
            before += self._editing.flush(wall)
            effects = self._react(session, message, now)
        else:
            effects = self._decline(session, message)
        session.phase = phase
        return effects

    def _react(self, session: Session, message: ClientMessage, now: float) -> list[Effect]:
        match message:
            case Awareness():
                return self._people.hear(session, message, now)
            case SyncStep1(state_vector):
                return self._questions.ask(session, state_vector)
            case SaveRequest(number):
                return [SaveRequested(session.id, number)]
            case MergeRequest() as request:
                return [MergeRequested(session.id, session.user, request.body)]
            case RunCommand(body) if session.dialect is Dialect.TANDEM:
                return [Commanded(session.id, session.user, parse_command(body))]
            case Ping():
                return [Send(session.id, encode(Pong()))]
            case _:
                raise MalformedFrame(f"Nobody expects {type(message).__name__}.")

    def _decline(self, session: Session, message: ClientMessage) -> list[Effect]:
        match message:
            case SaveRequest(number):
                body = {"type": "save", "responseTo": number, "status": "failed"}
                return self._answer(session.id, StockNotice(body))
            case MergeRequest():
                body = {"status": "refused", "conflicts": 0, "message": READ_ONLY}
                return self._answer(session.id, MergeAnswer(body))
            case RunCommand(body):
                return self._answer(session.id, denied(parse_command(body).number))
            case _:
                raise AccessDenied(READ_ONLY)

    # -- durability --------------------------------------------------------

    def _became_durable(self, sequence: int) -> list[Effect]:
        effects = self._editing.became_durable(sequence)
        if self._journal_failure:
            self._journal_failure, self._questions.journal_works = "", True
            effects += self._tell_status()
        return effects

    def _journal_failed(self, reason: str) -> list[Effect]:
        if reason == self._journal_failure:
            return []
        self._journal_failure, self._questions.journal_works = reason, False
        return self._tell_status()

    # -- file and status ---------------------------------------------------

    def _file_reported(self, report: FileReport, wall: float) -> list[Effect]:
        self._file = report
        update = self.document.write_state(report.shared)
        if update is None:
            return self._tell_status()
        return self._editing.written(Written(update, "", STATE), wall) + self._tell_status()

    def _status_for(self, session: Session) -> Send:
        return Send(session.id, encode(status(session, self._file, self._journal_failure)))

    def _tell_status(self) -> list[Effect]:
        return [self._status_for(s) for s in self._people.speaking(Dialect.TANDEM)]

    def _posted(self, event: Posted) -> list[Effect]:
        self._board.post(event.body, event.forgotten)
        return self._tell_tandem(Execution(event.body))

    def _tell_tandem(self, message: Notice | Execution) -> list[Effect]:
        frame = encode(message)
        return [Send(session.id, frame) for session in self._people.speaking(Dialect.TANDEM)]

    def _answer(
        self, session_id: SessionId, message: StockNotice | MergeAnswer | RunAnswer
    ) -> list[Effect]:
        return [Send(session_id, encode(message))] if session_id in self._sessions else []
