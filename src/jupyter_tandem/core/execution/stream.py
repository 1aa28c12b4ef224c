"""What a kernel prints, as a terminal would show it (RUN-21)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_CONTROLS: Final = re.compile(r"[\n\r\b]")

_NEAR_BYTES: Final = 4096
"""How much further a text is cut so that it begins with a whole line."""


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace everything from byte ``start`` (UTF-8) on, ``removed`` bytes, by ``text``."""

    start: int
    removed: int
    text: str


class StreamText:
    """A stream's text. Carriage return goes to the beginning of the line, backspace takes the character
    before, and what follows overwrites: only the last line ever changes.
    """

    __slots__ = ("_cursor", "_fresh", "_kept", "_line", "_shown_bytes", "_shown_line", "size_bytes")

    def __init__(self) -> None:
        """Nothing was printed, nothing is shown.

        Attributes:
            size_bytes: Bytes of UTF-8 of the text; what was overwritten is none of them.
        """
        self._kept: list[str] = []
        """All finished lines."""
        self.size_bytes = 0
        self._fresh: list[str] = []
        """Finished lines that are not shown yet, beginning with what the last shown line has become."""
        self._line = ""
        self._cursor = 0
        self._shown_bytes = 0
        self._shown_line = ""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._kept) + self._line

    @property
    def shown_bytes(self) -> int:
        """Bytes of UTF-8 that are shown."""
        return self._shown_bytes + len(self._shown_line.encode())

    def feed(self, text: str) -> None:
        """Take what was printed."""
        position = 0
        if "\r" not in text and "\b" not in text:
            position = self._feed_lines(text)
        for control in _CONTROLS.finditer(text, position):
            self._put(text[position : control.start()])
            self._control(control.group())
            position = control.end()
        self._put(text[position:])

    def put_at_end(self, note: str) -> None:
        """Put ``note`` at the end of the last line, wherever the cursor is; it is taken back before more is fed."""
        self._line += note
        self.size_bytes += _bytes_of(note)

    def take_back(self, characters: int) -> None:
        """Remove so many characters from the end of the last line; the cursor stays where it was."""
        end = max(len(self._line) - characters, 0)
        self.size_bytes -= _bytes_of(self._line[end:])
        self._line = self._line[:end]
        self._cursor = min(self._cursor, len(self._line))

    def drop_first(self, size: int) -> int:
        """Remove ``size`` bytes from the beginning, and the rest of the line they end in unless that is far.

        Nothing is shown any more then.

        Returns:
            How many bytes are gone.
        """
        before, raw = self.size_bytes, "".join(self._kept).encode()
        if size < len(raw):
            cut = raw.find(b"\n", max(size - 1, 0), size + _NEAR_BYTES) + 1 or size
            self._kept = [raw[cut:].decode(errors="ignore")]
        else:
            self._kept = []
            line = self._line.encode()[size - len(raw) :].decode(errors="ignore")
            self._cursor = max(self._cursor - len(self._line) + len(line), 0)
            self._line = line
        self.size_bytes = sum(map(_bytes_of, self._kept)) + _bytes_of(self._line)
        self.show_again()
        return before - self.size_bytes

    def show_again(self) -> None:
        """Nothing is shown any more; the next edit writes all."""
        self._fresh = self._kept[:]
        self._shown_bytes, self._shown_line = 0, ""

    def forget_shown(self) -> None:
        """What is shown was taken away for good; what was printed since stays."""
        line, self._kept = self._line, self._fresh[:]
        if self._kept and self._shown_line and self._kept[0].startswith(self._shown_line):
            self._kept[0] = self._kept[0][len(self._shown_line) :]
        elif not self._kept and line.startswith(self._shown_line):
            line = line[len(self._shown_line) :]
        self._line, self._cursor = line, len(line)
        self.size_bytes = sum(map(_bytes_of, self._kept)) + _bytes_of(line)
        self.show_again()

    def edit(self) -> TextEdit | None:
        """What makes the shown text this one; taken as done."""
        wanted = "".join(self._fresh) + self._line
        shown = self._shown_line
        if wanted == shown:
            return None
        same = shown if wanted.startswith(shown) else _common(wanted, shown)
        edit = TextEdit(
            start=self._shown_bytes + len(same.encode()),
            removed=len(shown[len(same) :].encode()),
            text=wanted[len(same) :],
        )
        self._shown_bytes += sum(len(line.encode()) for line in self._fresh)
        self._shown_line = self._line
        self._fresh.clear()
        return edit

    # -- inside --------------------------------------------------------------------------------------

    def _feed_lines(self, text: str) -> int:
        """Take the whole lines of text without carriage returns at once; where the rest begins."""
        end = text.rfind("\n") + 1
        first = text.find("\n") + 1
        if not end:
            return 0
        self._put(text[: first - 1])
        self._finish_line()
        if first < end:
            self._keep(text[first:end])
            self.size_bytes += _bytes_of(text[first:end])
        return end

    def _put(self, text: str) -> None:
        if text:
            overwritten = self._line[self._cursor : self._cursor + len(text)]
            self.size_bytes += _bytes_of(text) - _bytes_of(overwritten)
            self._line = self._line[: self._cursor] + text + self._line[self._cursor + len(text) :]
            self._cursor += len(text)

    def _control(self, control: str) -> None:
        if control == "\n":
            self._finish_line()
        elif control == "\r":
            self._cursor = 0
        elif self._cursor:
            self.size_bytes -= _bytes_of(self._line[self._cursor - 1])
            self._line = self._line[: self._cursor - 1] + self._line[self._cursor :]
            self._cursor -= 1

    def _finish_line(self) -> None:
        line, self._line, self._cursor = self._line + "\n", "", 0
        self._keep(line)
        self.size_bytes += 1

    def _keep(self, lines: str) -> None:
        self._kept.append(lines)
        self._fresh.append(lines)


def _bytes_of(text: str) -> int:
    # Of most texts Python knows that they are ASCII, and need not be read.
    return len(text) if text.isascii() else len(text.encode())


def _common(one: str, other: str) -> str:
    for index, (first, second) in enumerate(zip(one, other, strict=False)):
        if first != second:
            return one[:index]
    return min(one, other, key=len)
