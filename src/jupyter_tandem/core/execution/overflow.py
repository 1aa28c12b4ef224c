"""Keeps the beginning and the end of what a cell prints (RUN-27)."""

from __future__ import annotations

from collections import deque
from typing import Final

OUTPUT_BYTES: Final = 1024 * 1024
"""Text of a cell that is kept from its beginning. Beyond a megabyte browsers begin to stumble over one output."""

TAIL_CHARACTERS: Final = 64 * 1024
"""Text that is kept from the end: where a traceback, a result or the last progress stands."""

PENDING: Final = "… there is much more; its end is shown when the cell has ended …"
"""Stands at the end of the last line until then."""


_PIECE: Final = 1024
"""Characters that are let through at once, however little room is left, where some of them may be overwritten."""


class Overflow:
    """Counts what is kept of what is printed, and holds back what is too much."""

    __slots__ = ("_kept", "_limit", "_size", "_tail", "left_out")

    def __init__(self, limit: int = OUTPUT_BYTES) -> None:
        """Let ``limit`` bytes through.

        Attributes:
            left_out: Bytes that are in none of the parts that are kept, as of now.
        """
        self._limit = limit
        self._kept = 0
        self._tail: deque[str] = deque()
        self._size = 0
        self.left_out = 0

    @property
    def full(self) -> bool:
        """Whether something is held back."""
        return bool(self._tail)

    def admit(self, text: str, start: int = 0) -> str:
        """What of ``text`` goes through next, from character ``start`` on; ``""`` when nothing (more) does.

        Of a progress bar only its last state is kept. So text that goes back in its line comes in pieces: how much of
        each is kept is told by :meth:`keep` before the next one.
        """
        room = self._limit - self._kept
        if room <= 0 or self._tail:
            return ""
        if "\r" in text or "\b" in text:
            # A character has at most four bytes.
            return text[start : start + max(room // 4, _PIECE)]
        raw = text[start:].encode("utf-8", "surrogatepass")
        return text[start:] if len(raw) <= room else raw[:room].decode("utf-8", "ignore")

    def keep(self, grown: int) -> None:
        """What went through has made the text so many bytes longer, or shorter."""
        self._kept += grown

    def hold(self, text: str) -> None:
        """Hold back what did not go through."""
        if not text:
            return
        self._tail.append(text)
        self._size += len(text)
        while self._size - len(self._tail[0]) >= TAIL_CHARACTERS:
            dropped = self._tail.popleft()
            self._size -= len(dropped)
            self.left_out += len(dropped.encode("utf-8", "surrogatepass"))

    def ending(self) -> str:
        """The line that stands for what is left out, and the end of what was printed; nothing is held then."""
        held = "".join(self._tail)
        self._tail.clear()
        self.left_out += len(held[:-TAIL_CHARACTERS].encode("utf-8", "surrogatepass"))
        line = f"\n… {self.left_out:,} bytes are left out here …\n" if self.left_out else ""
        return line + held[-TAIL_CHARACTERS:]
