"""The short way of most edits: somebody types one character more where they were typing (docs/spec/room.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jupyter_tandem.core.document import Document
from jupyter_tandem.core.intake import Intake
from jupyter_tandem.core.session import Phase, Session
from jupyter_tandem.protocol.frames import short_update
from jupyter_tandem.protocol.keystroke import Typing, read_keystroke

BATCH: Final = 256
"""Characters after which the document gets what was typed, though nobody has looked at it."""


class FastPath:
    """Recognises what is typed on, and keeps it from the CRDT library until somebody looks at the document.

    All that the long way finds out about an update (whose it is, what it builds on, whether it cuts a character,
    nests too deep or may bring trust) it has found out about one character more behind it, too, as long as its
    neighbour to the right is the same. So that is compared with what is expected, and with nothing else.
    """

    def __init__(self, document: Document, intake: Intake) -> None:
        """For ``document``, whose edits ``intake`` keeps count of."""
        self._document = document
        self._intake = intake

    def follow(self, session: Session, updates: Sequence[bytes]) -> None:
        """``updates`` of ``session`` went the long way and were applied: what is typed behind them may go the short one."""
        session.typing = None
        if len(updates) != 1 or session.phase is not Phase.SYNCED or session.voice.many:
            return
        keystroke = read_keystroke(updates[0])
        if keystroke is None or self._document.suspected:
            return
        typing = Typing(keystroke[1])
        # What repeats an edit that is known already may be anybody's.
        if self._intake.owns(session, typing.client):
            session.typing = typing

    def take(self, session: Session, frame: bytes) -> bytes | None:
        """The update in ``frame``, if it types on; the document will have it when somebody looks."""
        typing = session.typing
        if typing is None:
            return None
        update = short_update(frame)
        if update is None or not typing.goes_on(update):
            return None
        if not self._intake.count_on(typing.client, typing.clock, len(update)):
            session.typing = None
            return None
        self._document.defer(update)
        return update
