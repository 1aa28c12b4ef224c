"""Printed text, against a terminal of one character at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.execution.stream import StreamText

pieces = st.lists(st.text("ab\r\b\né🎉", max_size=12), max_size=8)


def terminal(text: str) -> str:
    """What JupyterLab's output area shows of ``text``: only the last line can be written over."""
    lines, line, cursor = [], [], 0
    for character in text:
        if character == "\n":
            lines.append("".join(line) + "\n")
            line, cursor = [], 0
        elif character == "\r":
            cursor = 0
        elif character == "\b":
            if cursor:
                cursor -= 1
                del line[cursor]
        else:
            line[cursor : cursor + 1] = [character]
            cursor += 1
    return "".join(lines) + "".join(line)


class Shown:
    """A document's text, as bytes."""

    def __init__(self) -> None:
        self.raw = b""

    def take(self, stream: StreamText) -> None:
        edit = stream.edit()
        if edit is not None:
            assert len(self.raw) == edit.start + edit.removed, "edits reach to the end"
            self.raw = self.raw[: edit.start] + edit.text.encode()


@pytest.mark.spec("RUN-21")
@given(pieces)
def test_it_shows_what_a_terminal_shows(printed: list[str]) -> None:
    stream, shown = StreamText(), Shown()
    for index, piece in enumerate(printed):
        stream.feed(piece)
        if index % 2:
            shown.take(stream)
            assert shown.raw.decode() == stream.text
            assert len(shown.raw) == stream.shown_bytes
    shown.take(stream)
    assert shown.raw.decode() == stream.text == terminal("".join(printed))
    assert stream.edit() is None


@pytest.mark.spec("RUN-25")
@given(pieces, pieces)
def test_what_was_cleared_stays_away(before: list[str], after: list[str]) -> None:
    stream, shown = StreamText(), Shown()
    stream.feed("".join(before))
    shown.take(stream)
    stream.forget_shown()
    shown.raw = b""
    for piece in after:
        stream.feed(piece)
        shown.take(stream)
    shown.take(stream)
    assert shown.raw.decode() == stream.text
    if not any(control in "".join(after) for control in "\r\b"):
        assert stream.text == "".join(after)


@pytest.mark.spec("RUN-25")
@given(pieces, pieces)
def test_it_can_be_shown_anew(before: list[str], after: list[str]) -> None:
    stream, shown = StreamText(), Shown()
    stream.feed("".join(before))
    shown.take(stream)
    stream.feed("".join(after))
    stream.show_again()
    shown.raw = b""
    shown.take(stream)
    assert shown.raw.decode() == terminal("".join(before + after))


@pytest.mark.spec("RUN-20", "RUN-21")
def test_text_that_only_grows_is_written_once() -> None:
    stream, written = StreamText(), 0
    for number in range(1000):
        stream.feed(f"{number}\nand a line that is not ended ")
        edit = stream.edit()
        assert edit is not None
        assert edit.removed == 0
        written += len(edit.text)
    assert written == len(stream.text)
