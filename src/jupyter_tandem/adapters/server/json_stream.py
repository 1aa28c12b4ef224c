"""Reads a file of JSON value by value, with no more of its text in memory than the value that is being read.

The text of fifty megabytes in one piece is made by one call, in which no other thread of the process gets on for 30 ms and
more.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import IO, Any, Final

STEP_BYTES: Final = 256 * 1024
"""Read at once; more, where a single value is larger."""

_CUT: Final = 2
"""A number that ends so many characters before the end may go on: in ``1e+`` it is 1 that is found."""

_SPACE: Final = re.compile(r"[ \t\n\r]*")


class JsonStream:
    """A file of UTF-8 at a place between two values or signs; white space before them does not count."""

    def __init__(self, file: IO[bytes], step_bytes: int = STEP_BYTES) -> None:
        """At the beginning of ``file``, which stays open as long as it is read."""
        self._file = file
        self._step_bytes = step_bytes
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._scan = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def next_is(self, sign: str) -> bool:
        """Whether ``sign``, a single character, comes next; then it is passed."""
        self._pass_space()
        found = self._at < len(self._text) and self._text[self._at] == sign
        self._at += found
        return found

    def expect(self, sign: str) -> None:
        """Pass ``sign``.

        Raises:
            ValueError: something else comes next.
        """
        if not self.next_is(sign):
            raise ValueError(f"{sign!r} expected")

    def value(self) -> Any:
        """The next value.

        Raises:
            ValueError: there is none, or a byte that is no UTF-8.
            RecursionError: it is nested too deep.
        """
        self._pass_space()
        while True:
            try:
                found, end = self._scan(self._text, self._at)
            except ValueError:
                if self._ended:
                    raise
            else:
                if end + _CUT < len(self._text) or self._ended:
                    self._at = end
                    return found
            self._read_on()

    def at_end(self) -> bool:
        """Whether nothing comes any more."""
        self._pass_space()
        return self._at == len(self._text)

    def _pass_space(self) -> None:
        while True:
            found = _SPACE.match(self._text, self._at)
            if found is not None:
                self._at = found.end()
            if self._ended or self._at < len(self._text):
                return
            self._read_on()

    def _read_on(self) -> None:
        left = self._text[self._at :]
        # What did not suffice for a value is scanned anew, twice as much each time: in vain less than twice its length.
        step = self._file.read(max(self._step_bytes, len(left)))
        self._ended = not step
        self._text = left + self._decode(step, final=self._ended)
        self._at = 0
