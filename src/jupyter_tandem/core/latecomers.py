"""Those who wait for the whole of a large document, and what changes until they have it (ROOM-40)."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.types import SessionId

MEANWHILE_BYTES: Final = 16 * 1024 * 1024
"""Most bytes of changes that are kept for them; with more the document is encoded after all."""


class Latecomers:
    """Remembers who asked when, and every change since the first of them did.

    The document is fetched for all of them together. It comes as it was at some sequence after the question; what was
    changed later is sent behind it.
    """

    __slots__ = ("_asked", "_bytes", "_fetching", "_meanwhile")

    def __init__(self) -> None:
        """Nobody waits."""
        self._fetching = False
        self._asked: dict[SessionId, int] = {}
        self._meanwhile: list[tuple[int, bytes]] = []
        self._bytes = 0

    def add(self, session: SessionId, sequence: int) -> bool:
        """Let ``session`` wait, which asked when ``sequence`` was the last change; returns what :meth:`begin` does."""
        self._asked[session] = sequence
        return self.begin()

    def begin(self) -> bool:
        """Keep changes from now on; whether the document is to be fetched, and is not being fetched already."""
        begun, self._fetching = self._fetching, True
        return not begun

    def forget(self, session: SessionId) -> None:
        """It waits no more. What is fetched still comes, for nobody if need be."""
        self._asked.pop(session, None)

    def note(self, sequence: int, frame: bytes) -> None:
        """The document was changed by the update in ``frame``."""
        if not self._fetching:
            return
        self._bytes += len(frame)
        if self._bytes > MEANWHILE_BYTES:
            self._meanwhile.clear()
        else:
            self._meanwhile.append((sequence, frame))

    def take(self, sequence: int) -> tuple[dict[SessionId, int], list[bytes] | None]:
        """The document is there, as it was at ``sequence``: who waits since when, and the changes behind it.

        Nobody waits then. The changes are ``None`` where there were too many to keep.
        """
        asked = self._asked
        behind = [frame for at, frame in self._meanwhile if at > sequence]
        overrun = self._bytes > MEANWHILE_BYTES
        self._fetching, self._asked, self._meanwhile, self._bytes = False, {}, [], 0
        return asked, None if overrun else behind
