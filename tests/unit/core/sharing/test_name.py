"""Names people type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.sharing.name import LONGEST_NAME, display_name, subject_name
from jupyter_tandem.errors import InvalidInput


@pytest.mark.spec("SHARE-21")
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        None,
        7,
        ["Ada"],
        "A" * (LONGEST_NAME + 1),
        "A" * 10_000_000,
        "Ada\nroot logged in",
        "Ada\x00",
        "Ada\x1b[31m",
        "Ada\u202etxt.exe",
        "\u200b",
        "\u200d\u200d",
        "\ud800",
        "...",
    ],
)
def test_names_that_could_mislead_are_refused(text):
    with pytest.raises(InvalidInput):
        display_name(text)


@pytest.mark.spec("SHARE-21")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Zoe\u0308", "Zoë"),
        ("<b>Ada</b>", "<b>Ada</b>"),
        ("👩\u200d🚀 Mae", "👩\u200d🚀 Mae"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001  (Persian is spelled with these)
        ("שרה", "שרה"),
    ],
)
def test_names_of_people_are_kept(text: str, shown: str):
    assert display_name(text) == shown


@pytest.mark.spec("SHARE-21")
@given(st.text(max_size=100))
def test_a_taken_name_has_no_control_characters(text: str):
    try:
        shown = display_name(text)
    except InvalidInput:
        return
    assert 0 < len(shown) <= LONGEST_NAME
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)
    assert shown == display_name(shown)


@pytest.mark.parametrize("text", ["", " ada", "ada\n", "a" * 256, None])
def test_a_username_is_taken_as_it_is_or_not_at_all(text):
    with pytest.raises(InvalidInput):
        subject_name(text)
    assert subject_name("ada@example.org") == "ada@example.org"
