"""Who asks for the document or what they lack of it (SyncStep1), and what they are sent (ROOM-35, ROOM-37, ROOM-40)."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_tandem.core.answers import NOTHING, Answers
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.editing import Editing
from jupyter_tandem.core.effects import Effect, Recall, Send
from jupyter_tandem.core.gathering import Gathering
from jupyter_tandem.core.inputs import Dialect, Recalled
from jupyter_tandem.core.session import Session
from jupyter_tandem.errors import TandemError
from jupyter_tandem.types import SessionId


class Questions:
    """Answers them at once, or when the document was fetched for it.

    Attributes:
        journal_works: Whether it makes sense to fetch the document from there.
    """

    def __init__(
        self,
        document: Document,
        people: Gathering,
        answers: Answers,
        editing: Editing,
        recall_bytes: int | None,
    ) -> None:
        """Nobody has asked; for ``recall_bytes`` see :class:`jupyter_tandem.core.room.Room`."""
        self.journal_works = True
        self._document = document
        self._people = people
        self._answers = answers
        self._editing = editing
        self._recall_bytes = recall_bytes
        self._asked: dict[SessionId, bytes] = {}

    def mentions(self, mark: bytes) -> bool | None:
        """See :meth:`jupyter_tandem.core.room.Room.mentions`."""
        return None if self._is_to_be_fetched else self._answers.mention(mark, self._document)

    def ask(self, session: Session, state_vector: bytes) -> list[Effect]:
        """Answer the first question that a session asks in a turn, and remember the last one.

        Raises:
            MalformedFrame, LimitExceeded: ``state_vector`` is none.
        """
        if session.id in self._asked:
            self._asked[session.id] = state_vector
            return []
        self._asked[session.id] = b""
        return self._answer(session, state_vector)

    def end_turn(self) -> list[Effect]:
        """Answer the last question of those who asked more than one in this turn (ROOM-37)."""
        if not self._asked:
            return []
        asked, self._asked = self._asked, {}
        effects: list[Effect] = []
        for session_id, state_vector in asked.items():
            session = self._people.sessions.get(session_id)
            if session is None or not state_vector:
                continue
            try:
                effects += self._answer(session, state_vector)
            except TandemError as error:
                effects += self._people.refuse(session, error)
        return effects

    def fetch_ahead(self) -> list[Effect]:
        """Have the document fetched before anybody asks for it, if it would be for them."""
        if not self.journal_works or not self._is_to_be_fetched:
            return []
        return [Recall()] if self._answers.latecomers.begin() else []

    def recalled(self, event: Recalled) -> list[Effect]:
        """The document was fetched, or cannot be: answer those who wait for it."""
        asked, behind = self._answers.latecomers.take(event.sequence)
        sessions = self._people.sessions
        waiting = [(sessions[s], at) for s, at in asked.items() if s in sessions]
        answer = None if behind is None else event.answer
        if answer is not None and behind is not None:
            self._answers.keep(answer, behind)
        effects: list[Effect] = []
        for session, at in waiting:
            if session.dialect is Dialect.TANDEM or answer is None or behind is None:
                effects += self._answer_now(session, NOTHING)
            elif at <= event.sequence:
                effects += self._give(session, (answer, *behind))
            else:
                # Its one SyncStep2 holds all that came before the question.
                effects += self._answer(session, NOTHING)
        return effects

    # -- inside ----------------------------------------------------------------

    def _answer(self, session: Session, state_vector: bytes) -> list[Effect]:
        latecomers = self._answers.latecomers
        if self._puts_off(session, state_vector):
            return [Recall()] if latecomers.add(session.id, self._editing.sequence) else []
        latecomers.forget(session.id)
        return self._answer_now(session, state_vector)

    def _answer_now(self, session: Session, state_vector: bytes) -> list[Effect]:
        in_parts = session.dialect is Dialect.TANDEM
        sequence = self._editing.sequence
        return self._give(
            session, self._answers.to(state_vector, self._document, sequence, in_parts=in_parts)
        )

    def _give(self, session: Session, frames: Iterable[bytes]) -> list[Effect]:
        self._people.listens(session)
        return [Send(session.id, frame) for frame in frames]

    def _puts_off(self, session: Session, state_vector: bytes) -> bool:
        """Whether the document is fetched for the answer (ROOM-40)."""
        if not self.journal_works or not self._is_large:
            return False
        in_parts = session.dialect is Dialect.TANDEM
        # Who hears of edits already would hear of some before the answer.
        deaf = session.id in self._people.deaf
        return deaf and self._answers.lacks(state_vector, in_parts=in_parts)

    @property
    def _is_large(self) -> bool:
        """Whether the document is one that is not encoded as a whole if that can be helped."""
        least_bytes = self._recall_bytes
        return least_bytes is not None and self._document.bytes_taken >= least_bytes

    @property
    def _is_to_be_fetched(self) -> bool:
        return self._is_large and self._answers.lacks(NOTHING, in_parts=True)
