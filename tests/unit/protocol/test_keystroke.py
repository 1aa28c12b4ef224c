"""Keystrokes: what follows from the one before is never told twice, and nothing is told wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Text

from jupyter_tandem.protocol.keystroke import Caret, Typing, moved, read_keystroke, write_keystroke


def typed(texts: list[str], *, at: int, into: str = "ab") -> list[bytes]:
    """What a CRDT library says when somebody types ``texts`` at a place."""
    doc: Doc[Any] = Doc(client_id=4_000_000_000)
    text = doc.get("source", type=Text)
    text += into
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    for piece in texts:
        text.insert(at, piece)
        at += len(piece.encode())
    doc.unobserve(subscription)
    return made


@pytest.mark.parametrize("at", [1, 2], ids=["between", "at the end"])
def test_typing_on_follows_from_the_first_keystroke(at: int) -> None:
    pieces = ["h", "ä", "🎈", "a whole line\n", "x"]
    first, *others = typed(pieces, at=at)
    found = read_keystroke(first)
    assert found is not None
    assert found[0] == b"h"
    caret = found[1]
    for update, piece in zip(others, pieces[1:], strict=True):
        assert write_keystroke(caret, piece.encode()) == update
        assert read_keystroke(update) == (piece.encode(), moved(caret, piece.encode()))
        caret = moved(caret, piece.encode())


def test_other_edits_are_no_keystrokes() -> None:
    doc: Doc[Any] = Doc()
    text = doc.get("source", type=Text)
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    text += "first of all, right of nothing"
    del text[3]
    text.insert(4, "b", {"bold": True})
    doc.unobserve(subscription)
    assert [read_keystroke(update) for update in made] == [None, None, None]


@given(st.binary(max_size=40))
def test_any_bytes_can_be_asked(update: bytes) -> None:
    for candidate in (update, b"\x01\x01" + update, b"\x01\x01\x07\x01\x84\x07\x00" + update):
        found = read_keystroke(candidate)
        if found is not None:
            text, after = found
            assert text in candidate
            assert after.clock > 0


@given(
    client=st.binary(min_size=1, max_size=1).filter(lambda one: one[0] < 0x80),
    clock=st.integers(1, 2**31),
    right=st.sampled_from([b"", b"\x05\x06"]),
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_what_is_written_is_read(client: bytes, clock: int, right: bytes, text: str) -> None:
    caret = Caret(client, clock, right)
    update = write_keystroke(caret, text.encode())
    assert read_keystroke(update) == (text.encode(), moved(caret, text.encode()))


def _one_unit(text: bytes) -> bool:
    try:
        return len(text.decode().encode("utf-16-le")) == 2
    except UnicodeDecodeError:
        return False


@pytest.mark.spec("ROOM-38")
@pytest.mark.parametrize("right", [b"", b"\x07\x03"])
@pytest.mark.parametrize(
    "text", ["a", "\x7f", "\u00e9", "\u20ac", "\uffff", "\U0001f642", "ab", ""]
)
def test_one_character_goes_on_and_whatever_is_one_bit_off_does_not(
    text: str, right: bytes
) -> None:
    caret = Caret(b"\x2a", 300, right)
    update = write_keystroke(caret, text.encode())
    for bit in range(8 * len(update) + 1):
        damaged = (int.from_bytes(update) ^ ((1 << bit) >> 1)).to_bytes(len(update))
        for candidate in (damaged, damaged[:-1], damaged + b"\x00"):
            typing = Typing(caret)
            read = read_keystroke(candidate)
            expected = (
                read is not None
                and _one_unit(read[0])
                and write_keystroke(caret, read[0]) == candidate
            )
            assert typing.goes_on(candidate) is expected
            assert typing.clock == 300 + expected
            if expected:
                assert typing.goes_on(write_keystroke(moved(caret, read[0]), b"z"))
