"""What edits do to a room's document, and what becomes of them (docs/spec/room.md)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

from jupyter_tandem.core.acknowledgement import Acknowledgements
from jupyter_tandem.core.answers import Answers
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.effects import Append, Effect, Fanout, Rebuild, Send, SourcesChanged
from jupyter_tandem.core.fast_path import BATCH, FastPath
from jupyter_tandem.core.gathering import Gathering
from jupyter_tandem.core.inputs import Dialect, Incorporate, Written
from jupyter_tandem.core.intake import Gathered, Intake
from jupyter_tandem.core.session import Session
from jupyter_tandem.errors import DocumentError, MalformedFrame
from jupyter_tandem.protocol.frames import Notice, Update, encode
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.protocol.pruning import naming, united_deletions
from jupyter_tandem.types import SessionId, User

READ_ONLY: Final = "You may look at this document but not change it."

STATE: Final = "state"
"""The cause of what the server notes in a document about its file, which is no change of content."""

_EDIT: Final = "edit"

_NAMES_BYTES: Final = 512
"""What an update may be longer for the sake of what it names as deleted."""

_READ_BYTES: Final = 256 * 1024
"""What larger updates name is not looked at: nobody else gets on meanwhile."""


class Editing:
    """Checks edits, applies them, numbers them, and says who is to be sent what, and when it is durable.

    Attributes:
        sequence: The last sequence number handed out.
        durable: The last sequence number known to be durable.
        content_sequence: The last one that may have changed what belongs into the file.
    """

    def __init__(
        self,
        document: Document,
        people: Gathering,
        answers: Answers,
        runners: AbstractSet[str],
        limits: Limits,
        sequence: int,
    ) -> None:
        """Take the edits of ``people``.

        Args:
            document: What they change, rebuilt from its journal up to ``sequence``.
            people: Who is here; those who do what is refused are ended.
            answers: Told of each change.
            runners: Usernames of those who want to know who else changes cells; may grow.
            limits: What people may send.
            sequence: Of the last change to the document.
        """
        self.sequence = self.durable = self.content_sequence = sequence
        self._document = document
        self._people = people
        self._sessions = people.sessions
        self._answers = answers
        self._runners = runners
        self._intake = Intake(people.clients, people.sessions, limits)
        self._intake.learn(document.state_vector())
        self._fast_path = FastPath(document, self._intake)
        self._acknowledgements = Acknowledgements(people.sessions)

    def type_on(self, session_id: SessionId, frame: bytes, wall: float) -> list[Effect] | None:
        """The short way; ``None`` when the frame has to go the long one, and nothing happened."""
        session = self._sessions.get(session_id)
        if session is None or not self._runners <= {session.user.username}:
            return None
        update = self._fast_path.take(session, frame)
        if update is None:
            return None
        session.received += 1
        effects = self._record(update, frame, session.user.username, _EDIT, session_id, wall)
        self.content_sequence = self.sequence
        effects += self._expect(session)
        return effects if self._document.deferred < BATCH else effects + self.settle()

    def settle(self) -> list[Effect]:
        """Let the document have what was typed."""
        try:
            self._document.settle()
        except DocumentError as error:
            return [Rebuild(str(error))]
        return []

    def give_way(self, session: Session, wall: float) -> list[Effect]:
        """Apply what was taken of others, before an update of ``session`` is taken, which may be refused."""
        return self.flush(wall) if self._intake.interrupts(session) else []

    def take(self, session: Session, update: bytes, allowed: bool, wall: float) -> list[Effect]:
        """An update goes the long way: it is checked, and kept for :meth:`flush`.

        Raises:
            ProtocolError: it is refused; nothing was kept.
            LineageMismatch: a session that names no lineage brings history.
        """
        if update == b"\x00\x00":
            effects = self.flush(wall)
            session.received += 1
            return effects + self._expect(session)
        if not allowed:
            return self._refuse_edit(session)
        self._intake.add(session, update)
        session.received += 1
        return self._people.end_superseded()

    def _refuse_edit(self, session: Session) -> list[Effect]:
        """Drop an edit without closing: stock front ends of readers send some by themselves."""
        if session.dialect is Dialect.STOCK or session.refusal_told:
            return []
        session.refusal_told = True
        return [Send(session.id, encode(Notice({"code": "read-only", "message": READ_ONLY})))]

    def flush(self, wall: float) -> list[Effect]:
        """Apply what was taken."""
        gathered = self._intake.take()
        if gathered is None:
            return []
        session = gathered.session
        effects: list[Effect] = []
        try:
            for author, updates in self._by_author(gathered):
                effects += self._apply(session, author, updates, wall)
        except DocumentError as error:
            return effects + self._unfit(session, error)
        self._fast_path.follow(session, gathered.updates)
        # Not before: all that was received from the session is in these.
        return effects + self._expect(session)

    def _by_author(self, gathered: Gathered) -> list[tuple[User | None, list[bytes]]]:
        """The updates by who made them, in order, where somebody else wants to know that (RUN-38)."""
        session = gathered.session
        if not session.voice.many:
            wanted = not self._runners <= {session.user.username}
            return [(session.user if wanted else None, gathered.updates)]
        if not self._runners:
            return [(None, gathered.updates)]
        found: list[tuple[User | None, list[bytes]]] = []
        for update, writers in zip(gathered.updates, gathered.writers, strict=True):
            author = self._people.author(session, writers)
            if not found or found[-1][0] != author:
                found.append((author, []))
            found[-1][1].append(update)
        return found

    def _apply(
        self, session: Session, author: User | None, updates: list[bytes], wall: float
    ) -> list[Effect]:
        """One transaction, one entry, one frame.

        Raises:
            DocumentError: they are no edits of this document.
        """
        scan = None if author is None else self._document.watch_sources()
        try:
            squashed = self._document.apply(updates)
        finally:
            if scan is not None:
                scan.close()
        effects: list[Effect] = []
        if squashed is not None:
            frame = encode(Update(self._as_meant(updates, squashed)))
            effects = self._record(squashed, frame, session.user.username, _EDIT, session.id, wall)
            self.content_sequence = self.sequence
        if author is not None and scan is not None and scan.cells:
            effects.append(SourcesChanged(author, frozenset(scan.cells)))
        return effects

    def _as_meant(self, updates: list[bytes], squashed: bytes) -> bytes:
        """What the others are to get (ROOM-44): ``squashed``, but naming as deleted what its author named.

        ``squashed`` names all that went, be it unknown to the author, and nothing that was gone already. The rest goes
        everywhere as it went here: with what it is in.
        """
        if squashed == updates[0] or len(squashed) > _READ_BYTES:
            return squashed
        stripped = self._document.stripped
        named = united_deletions(updates if stripped is None else [*updates, stripped])
        told = naming(squashed, named)
        # Who comes back names all that was ever deleted.
        return told if named and len(told) <= len(squashed) + _NAMES_BYTES else squashed

    def _unfit(self, session: Session, error: DocumentError) -> list[Effect]:
        refusal = self._people.refuse(session, MalformedFrame(str(error)))
        if self._document.damaged:
            return [*refusal, Rebuild(str(error))]
        self._intake.learn(self._document.state_vector())
        return refusal

    def incorporate(self, event: Incorporate, wall: float) -> list[Effect]:
        """Apply an update that the server made."""
        try:
            squashed = self._document.apply([event.update])
        except DocumentError as error:
            return [Rebuild(str(error))]
        if squashed is None:
            return []
        return self.written(Written(squashed, event.author, event.cause), wall)

    def written(self, event: Written, wall: float) -> list[Effect]:
        """The server has changed the document."""
        self._intake.learn(self._document.state_vector())
        frame = encode(Update(event.update))
        effects = self._record(event.update, frame, event.author, event.cause, None, wall)
        if event.cause != STATE:
            self.content_sequence = self.sequence
        return effects

    def _record(
        self,
        update: bytes,
        frame: bytes,
        author: str,
        cause: str,
        but: SessionId | None,
        wall: float,
    ) -> list[Effect]:
        self.sequence += 1
        self._intake.grew(len(update))
        self._answers.note(self.sequence, frame)
        effects: list[Effect] = [Append(self.sequence, author, wall, cause, update)]
        if self._sessions:
            effects.append(Fanout(frame, but, self._people.deaf))
        return effects

    # -- durability --------------------------------------------------------

    def became_durable(self, sequence: int) -> list[Effect]:
        """Everything up to ``sequence`` is."""
        self.durable = max(self.durable, sequence)
        return self._acknowledgements.due(self.durable)

    def _expect(self, session: Session) -> list[Effect]:
        return self._acknowledgements.expect(session, self.sequence, self.durable)
