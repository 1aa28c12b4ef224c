"""Updates that would cut a character of two UTF-16 code units are found before they are applied."""

from __future__ import annotations

import pytest

from jupyter_tandem.core.document import Document
from jupyter_tandem.errors import DocumentError, MalformedFrame
from jupyter_tandem.protocol.characters import CharacterWatch
from jupyter_tandem.protocol.lib0 import write_var_string
from jupyter_tandem.types import DocumentKind
from tests.unit.protocol.update_bytes import STRING, number, text, update

TEXT = DocumentKind("text", "file")
HERE = update(text("a😀b"))
"""Client 5, clocks 0 to 3; the character has 1 and 2."""


def placed(origin: int | None, right: int | None, content: str = "x", *, client: int = 9) -> bytes:
    """Insert ``content`` after and before clocks of client 5."""
    info, ids = STRING, b""
    for flag, clock in ((0x80, origin), (0x40, right)):
        if clock is not None:
            info |= flag
            ids += number(5) + number(clock)
    return update(bytes([info]) + ids + write_var_string(content), client=client)


def deleted(clock: int, length: int) -> bytes:
    return b"\x00\x01\x05\x01" + number(clock) + number(length)


CUTS = [placed(1, 2), placed(1, None), placed(None, 2), deleted(1, 1), deleted(2, 1), deleted(0, 2)]
WHOLE = [placed(0, 1), placed(2, 3), placed(3, None), placed(None, 0), deleted(1, 2), deleted(0, 4)]


@pytest.mark.spec("UPD-10")
@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_is_refused_and_nothing_happened(cut):
    document = Document(TEXT, 1)
    document.load([HERE])
    before = document.encode()
    with pytest.raises(DocumentError):
        document.apply([placed(3, None, "fine", client=8), cut])
    assert not document.damaged
    assert document.encode() == before
    assert document.apply([placed(3, None, "!", client=7)]) is not None
    assert document.content() == "a😀b!"


@pytest.mark.spec("UPD-10")
@pytest.mark.parametrize("whole", WHOLE)
def test_edits_around_a_character_are_admitted(whole):
    document = Document(TEXT, 1)
    document.load([HERE])
    assert document.apply([whole]) is not None


@pytest.mark.spec("UPD-10")
def test_characters_written_here_are_watched_as_well():
    document = Document(TEXT, 5)
    document.update_to("a😀b")
    with pytest.raises(DocumentError):
        document.apply([placed(1, 2)])


@pytest.mark.spec("UPD-10")
def test_an_edit_that_cuts_what_came_with_it_is_refused():
    watch = CharacterWatch()
    both = b"\x02" + HERE[1:-1] + placed(1, None)[1:]
    with pytest.raises(MalformedFrame):
        watch.admit(both, {})


@pytest.mark.spec("UPD-10")
@pytest.mark.parametrize("again", ["a😀b", "😀😀"], ids=["the same", "something else"])
def test_what_is_known_is_not_remembered_anew(again):
    """It may be long, and many may say it again."""
    watch = CharacterWatch()
    known: dict[int, int] = {}
    watch.admit(update(text("a😀b")), known)
    held = watch._second_units[5]
    watch.admit(update(text(again)), known)
    assert watch._second_units[5] is held
    assert list(held) == [2]


@pytest.mark.spec("UPD-10")
def test_a_history_that_was_told_otherwise_is_refused():
    """The document has one edit of client 5; now its first edits are said to be a character and more."""
    watch = CharacterWatch()
    known: dict[int, int] = {}
    watch.admit(update(text("a")), known)
    assert known == {5: 1}
    with pytest.raises(MalformedFrame):
        watch.admit(update(text("😀b")), known)


@pytest.mark.spec("UPD-10")
def test_what_comes_again_is_admitted_again():
    watch = CharacterWatch()
    known: dict[int, int] = {}
    for _ in range(2):
        watch.admit(HERE, known)
        watch.note(update(text("😀"), clock=100))
        watch.note(update(text("😀"), clock=50))
    assert known == {5: 4}
    with pytest.raises(MalformedFrame):
        watch.admit(deleted(50, 1), known)


def test_texts_of_single_units_are_not_looked_at():
    watch = CharacterWatch()
    assert not watch.concerns(update(text("é שלום \uffff")))
    assert watch.concerns(HERE)
    watch.note(HERE)
    assert watch.concerns(update(text("a")))
