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

    __slots__ = ("_asked", "_bytes", "_meanwhile")

    def __init__(self) -> None:
        """Nobody waits."""
        self._asked: dict[SessionId, int] = {}
        self._meanwhile: list[tuple[int, bytes]] = []
        self._bytes = 0

    def add(self, session: SessionId, sequence: int) -> bool:
        """Let ``session`` wait, which asked when ``sequence`` was the last change; whether it is the only one."""
        self._asked[session] = sequence
        return len(self._asked) == 1

    def forget(self, session: SessionId) -> None:
        """It waits no more. What is fetched still comes, for nobody if need be."""
        if session in self._asked:
            self._asked[session] = -1

    def note(self, sequence: int, frame: bytes) -> None:
        """The document was changed by the update in ``frame``."""
        if not self._asked:
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
        asked = {session: at for session, at in self._asked.items() if at >= 0}
        behind = [frame for at, frame in self._meanwhile if at > sequence]
        overrun = self._bytes > MEANWHILE_BYTES
        self._asked, self._meanwhile, self._bytes = {}, [], 0
        return asked, None if overrun else behind
