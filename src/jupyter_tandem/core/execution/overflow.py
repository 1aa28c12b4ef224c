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


class Overflow:
    """Counts what is printed, and holds back what is too much."""

    __slots__ = ("_limit", "_size", "_tail", "_taken", "left_out")

    def __init__(self, limit: int = OUTPUT_BYTES) -> None:
        """Let ``limit`` bytes through.

        Attributes:
            left_out: Bytes that are in none of the parts that are kept, as of now.
        """
        self._limit = limit
        self._taken = 0
        self._tail: deque[str] = deque()
        self._size = 0
        self.left_out = 0

    @property
    def full(self) -> bool:
        """Whether something is held back."""
        return bool(self._tail)

    def admit(self, text: str) -> str:
        """The part of ``text`` that goes through; the rest is held back."""
        if self._taken < self._limit and not self._tail:
            room = self._limit - self._taken
            raw = text.encode("utf-8", "surrogatepass")
            self._taken += len(raw)
            if len(raw) <= room:
                return text
            head = raw[:room].decode("utf-8", "ignore")
            self._hold(text[len(head) :])
            return head
        self._hold(text)
        return ""

    def ending(self) -> str:
        """The line that stands for what is left out, and the end of what was printed; nothing is held then."""
        held = "".join(self._tail)
        self._tail.clear()
        self.left_out += len(held[:-TAIL_CHARACTERS].encode("utf-8", "surrogatepass"))
        line = f"\n… {self.left_out:,} bytes are left out here …\n" if self.left_out else ""
        return line + held[-TAIL_CHARACTERS:]

    def _hold(self, text: str) -> None:
        if not text:
            return
        self._tail.append(text)
        self._size += len(text)
        while self._size - len(self._tail[0]) >= TAIL_CHARACTERS:
            dropped = self._tail.popleft()
            self._size -= len(dropped)
            self.left_out += len(dropped.encode("utf-8", "surrogatepass"))
