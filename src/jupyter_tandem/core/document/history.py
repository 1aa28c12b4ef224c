"""What is watched over all edits of a document, because the CRDT library takes things it does not survive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from jupyter_tandem.core.trust import TrustWatch
from jupyter_tandem.errors import DocumentError, ProtocolError
from jupyter_tandem.protocol.characters import CharacterWatch
from jupyter_tandem.protocol.nesting import NestingWatch
from jupyter_tandem.protocol.update import UpdateLimits, decode_state_vector

_UNLIMITED: Final = UpdateLimits(clients=2**53)
"""For the document's own state vector."""


class History:
    """Knows a document's edits so far, and which further ones it must not take.

    Shares nothing with the document, so it can be made in another thread.
    """

    __slots__ = ("_characters", "_nesting", "_trust")

    def __init__(self, state: bytes, *, trust: bool) -> None:
        """Learn a whole state.

        Args:
            state: The document as one update. It says in a few edits what a long journal says in many.
            trust: Whether the document is a notebook, whose cells may be trusted.
        """
        self._characters = CharacterWatch()
        self._nesting = NestingWatch(["cells"] if trust else [])
        self._trust = TrustWatch() if trust else None
        self.note(state)

    def note(self, update: bytes) -> None:
        """Take in what the document holds by now."""
        if self._characters.concerns(update):
            self._characters.note(update)
        self._nesting.note(update)
        self.suspects([update])

    def admit(self, updates: Sequence[bytes], known: Callable[[], bytes]) -> None:
        """Check updates that are about to be applied together; all count or none.

        Args:
            updates: In order.
            known: Gives the state vector of the document before them; called where it is needed.

        Raises:
            DocumentError: one cuts a character in two, nests types too deep or puts text into a list.
        """
        try:
            if any(map(self._characters.concerns, updates)):
                vector = decode_state_vector(known(), _UNLIMITED)
                for update in updates:
                    self._characters.admit(update, vector)
            self._nesting.admit(updates)
        except ProtocolError as error:
            raise DocumentError(str(error)) from error

    def suspects(self, updates: Sequence[bytes]) -> bool:
        """Whether one of ``updates``, about to be applied, may bring trust."""
        trust = self._trust
        if trust is None:
            return False
        # Looked at in any case, not only up to the first suspect: the watch must see every update.
        suspected = [trust.suspects(update) for update in updates]
        return any(suspected)
