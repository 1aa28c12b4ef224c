"""Three-way merge of texts: the cases people meet."""

from __future__ import annotations

import time

import pytest

from jupyter_tandem.core.merge_lines import MergedText, merge_text


def lines(text: str) -> str:
    return "\n".join(text.split())


def merged(base: str | None, ours: str, theirs: str) -> str:
    """Merge texts of one word per line."""
    before = None if base is None else lines(base)
    return " ".join(merge_text(before, lines(ours), lines(theirs)).text.split("\n"))


@pytest.mark.spec("MERGE-1")
@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("a", "b", "a", "b"),
        ("a", "a", "b", "b"),
        ("a", "b", "b", "b"),
        ("", "a", "", "a"),
        ("a", "", "a", ""),
        (None, "a", "a", "a"),
    ],
)
def test_who_changed_nothing_yields(base, ours, theirs, result):
    assert merge_text(base, ours, theirs) == MergedText(result, ())


@pytest.mark.spec("MERGE-2")
@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("a b c d e", "A b c d e", "a b c d E", "A b c d E"),
        ("a b c", "x a b c", "a b c y", "x a b c y"),
        ("a b", "A b", "a B", "A B"),
        ("a b", "a B", "A b", "A B"),
        ("a b c", "a c", "a b c d", "a c d"),
        ("a b c d", "A b c d", "A b c D", "A b c D"),
        ("a b c", "a x b c", "a b x c", "a x b x c"),
        ("a b c d e", "a e", "a b C d e", "a C e"),
        ("a b c d e", "a b C d e", "a e", "a C e"),
        ("a b c", "a b", "b c", "b"),
        ("a b c", "", "a b c", ""),
    ],
)
def test_changes_at_different_places_are_all_made(base, ours, theirs, result):
    assert merged(base, ours, theirs) == result
    assert merge_text(lines(base), lines(ours), lines(theirs)).conflicts == ()


@pytest.mark.spec("MERGE-3")
@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result", "at"),
    [
        ("a b c", "a ours c", "a theirs c", "a ours theirs c", [1]),
        ("a", "a x", "a y", "a x y", [1]),
        ("a", "x a", "y a", "x y a", [0]),
        ("", "ours", "theirs", "ours theirs", [0]),
        ("a b c d", "a 1 2 3 d", "a 1 two 3 d", "a 1 2 two 3 d", [2]),
        ("a b c d e", "1 b c d 2", "one b c d two", "1 one b c d 2 two", [0, 5]),
    ],
)
def test_both_sides_of_one_place_are_kept_and_reported(base, ours, theirs, result, at):
    assert merged(base, ours, theirs) == result
    assert list(merge_text(lines(base), lines(ours), lines(theirs)).conflicts) == at


@pytest.mark.spec("MERGE-4")
@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ("pri", "print(1)", "prin"),
        ("", "print(1)", "prin"),
        ("a\n", "a\nprint(1)\nx = 2", "a\nprint(1)\nx"),
        ("f(x)", "f(x, y, z)", "f(x, y)"),
        ("f()", "g(f(1))", "f(1)"),
        ("a\nb", "a\nb more\nand more", "a\nb more"),
    ],
)
def test_what_was_typed_on_replaces_its_beginning(base, ours, theirs):
    assert merge_text(base, ours, theirs) == MergedText(ours, ())
    assert merge_text(base, theirs, ours) == MergedText(ours, ())


@pytest.mark.spec("MERGE-4", "MERGE-3")
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("banana", "a b"), ("x = 1", "= 1"), ("value", "lue"), ("a\n\nb", "\n\n\n\nc")],
)
def test_a_chance_likeness_swallows_nothing(ours, theirs):
    result = merge_text("", ours, theirs).text
    for line in (*ours.split("\n"), *theirs.split("\n")):
        assert line in result.split("\n")


@pytest.mark.spec("MERGE-5")
@pytest.mark.parametrize(
    ("base", "theirs", "ours"),
    [
        ("a b", "a a b", "q a a b"),
        ("a b c", "a x c", "a x y c"),
        ("a b c", "a c", "a c d"),
        ("a a a", "a a", "a x a"),
        ("a b a c", "a c", "z a c"),
        ("", "a", "a b a"),
        ("{ }", "{ { } }", "{ { x } } { }"),
    ],
)
def test_an_earlier_version_of_ours_changes_nothing(base, theirs, ours):
    assert merged(base, ours, theirs) == ours
    assert merged(base, theirs, ours) == ours


@pytest.mark.spec("MERGE-6")
@pytest.mark.parametrize(
    ("ours", "theirs", "result"),
    [
        ("a b c", "b c d", "a b c d"),
        ("a b", "c d", "a b c d"),
        ("a", "", "a"),
        ("a x c", "a y c", "a x y c"),
        ("a b c d", "a d", "a b c d"),
    ],
)
def test_without_a_base_everything_is_kept_once(ours, theirs, result):
    assert merged(None, ours, theirs).split() == result.split()


@pytest.mark.spec("MERGE-3")
def test_lines_are_never_glued():
    assert merge_text("a", "a\nb", "a\nc").text == "a\nb\nc"
    assert merge_text("a\n", "a\nb\n", "a\nc\n").text == "a\nb\nc\n"
    assert merge_text("a\r\n", "a\r\nb\r\n", "x\r\na\r\n").text == "x\r\na\r\nb\r\n"


@pytest.mark.spec("MERGE-2")
def test_only_line_feeds_end_lines():
    base = "a\u2028b\x85c\x0bd\ne"
    assert merge_text(base, base.replace("e", "E"), f"0{base}").text == f"0{base}".replace("e", "E")


@pytest.mark.spec("MERGE-7")
@pytest.mark.parametrize("kinds", [20_000, 7, 1])
def test_large_files_take_about_a_second(kinds):
    """Distinct lines, seven kinds of lines, and all lines the same: nothing is doubled, nothing lost."""
    base = [f"line {number % kinds}" for number in range(20_000)]
    ours, theirs = list(base), list(base)
    for number in range(100, 20_000, 400):
        ours[number] = f"ours {number}"
        theirs[number + 200] = f"theirs {number}"
    ours.insert(5_050, "inserted here")
    del theirs[15_050]
    started = time.process_time()
    result = merge_text("\n".join(base), "\n".join(ours), "\n".join(theirs)).text.split("\n")
    assert time.process_time() - started < 10
    assert len(result) == 20_000
    for line in (*ours, *theirs):
        assert line.startswith("line") or result.count(line) == 1
