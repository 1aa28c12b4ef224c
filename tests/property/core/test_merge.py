"""Laws of merging, for whatever two people do to a text or a notebook."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.content import decode_base, encode_base, normalise
from jupyter_tandem.core.difference import changes, is_subsequence, text_edits
from jupyter_tandem.core.merge import merge
from jupyter_tandem.core.merge_lines import merge_text
from jupyter_tandem.core.shortest_edit import common_elements
from tests.property.core.contents import any_text, cells, notebooks
from tests.unit.core.notebooks import NOTEBOOK, TEXT, notebook

few_lines = st.lists(
    st.sampled_from(["a", "b", "c", "ab", "abc", "", "  x", "é", "😀"]), max_size=8
)
few_text = few_lines.map("\n".join)
insertions = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["a", "b", "x", "", "y z"])), max_size=4
)


def with_inserted(lines: list[str], inserted: list[tuple[int, str]]) -> list[str]:
    result = list(lines)
    for place, line in inserted:
        result.insert(place % (len(result) + 1), line)
    return result


# -- differences ---------------------------------------------------------------------------------------


@given(few_lines, few_lines)
def test_changes_turn_one_into_the_other(old, new):
    rebuilt: list[str] = []
    position = 0
    for change in changes(old, new):
        assert position <= change.start
        rebuilt += old[position : change.start] + new[change.new_start : change.new_end]
        position = change.end
    assert rebuilt + old[position:] == new


@given(any_text, any_text)
def test_text_edits_turn_one_into_the_other(old, new):
    rebuilt, position = "", 0
    for edit in text_edits(old, new):
        assert position <= edit.start <= edit.end
        rebuilt += old[position : edit.start] + edit.text
        position = edit.end
    assert rebuilt + old[position:] == new


@given(few_lines, few_lines)
def test_the_shortest_edit_keeps_common_elements_in_order(old, new):
    kept = common_elements(old, new, 16)
    assert kept is not None
    assert all(old[x] == new[y] for x, y in kept)
    assert kept == sorted(kept)
    assert len({x for x, _ in kept}) == len({y for _, y in kept}) == len(kept)
    shorter = len(old) + len(new) - 2 * len(kept) - 1
    assert shorter < 0 or common_elements(old, new, shorter) is None


# -- texts ---------------------------------------------------------------------------------------------


@pytest.mark.spec("MERGE-1")
@given(few_text | any_text, few_text | any_text)
def test_a_side_that_changed_nothing_yields(base, other):
    assert merge_text(base, other, base).text == other
    assert merge_text(base, base, other).text == other
    assert merge_text(base, other, other).text == other
    assert merge_text(None, other, other).text == other


def is_kept(line: str, result: list[str], base: str) -> bool:
    """A line is there, or became a longer one (MERGE-4)."""
    return line in result or any(is_subsequence(line, other) for other in result) or line in base


@pytest.mark.spec("MERGE-2", "MERGE-3")
@given(few_lines, few_lines, few_lines)
def test_no_added_line_is_lost(base, ours, theirs):
    result = merge_text("\n".join(base), "\n".join(ours), "\n".join(theirs)).text.split("\n")
    for side in (ours, theirs):
        for line in Counter(side) - Counter(base):
            assert is_kept(line, result, "\n".join(base)), (base, ours, theirs, result)


@pytest.mark.spec("MERGE-6")
@given(few_lines, few_lines)
def test_without_a_base_no_line_is_lost_or_needlessly_doubled(ours, theirs):
    result = merge_text(None, "\n".join(ours), "\n".join(theirs)).text.split("\n")
    for line in (*ours, *theirs):
        assert any(other.startswith(line) for other in result)
    for line, count in Counter(result).items():
        assert count <= Counter(ours)[line] + Counter(theirs)[line] or line == ""


@pytest.mark.spec("MERGE-5")
@given(few_lines.filter(bool), insertions, insertions)
def test_an_earlier_version_of_ours_changes_nothing(base, first, then):
    theirs = with_inserted(base, first)
    ours = with_inserted(theirs, then)
    texts = ["\n".join(lines) for lines in (base, ours, theirs)]
    assert merge_text(*texts).text == texts[1]
    assert merge_text(texts[0], texts[2], texts[1]).text == texts[1]


@pytest.mark.spec("MERGE-5", "MERGE-4")
@given(few_text, st.text("abc \n", max_size=10), st.text("xyz \n", max_size=10))
def test_what_was_typed_at_the_end_after_saving_is_not_doubled(base, saved, typed_on):
    theirs = f"{base}\n{saved}"
    ours = theirs + typed_on
    assert merge_text(base, ours, theirs).text == ours


@pytest.mark.spec("MERGE-2")
@given(few_lines, few_lines, few_lines)
def test_merging_changes_of_separate_halves_makes_both(first, second, other):
    """Ours changes what is above a line, theirs what is below it."""
    middle = ["-" * 9]
    base = "\n".join(first + middle + first)
    result = merge_text(base, "\n".join(second + middle + first), "\n".join(first + middle + other))
    assert result.text == "\n".join(second + middle + other)
    assert result.conflicts == ()


# -- notebooks -----------------------------------------------------------------------------------------


def notebook_of(inside: list[dict]) -> dict:
    return normalise(NOTEBOOK, notebook(*inside))


cell_lists = st.lists(cells(), max_size=5).map(notebook_of)


@pytest.mark.spec("MERGE-1")
@given(notebooks, notebooks)
def test_a_notebook_that_changed_nothing_yields(base, other):
    base, other = normalise(NOTEBOOK, base), normalise(NOTEBOOK, other)
    remembered = decode_base(NOTEBOOK, encode_base(NOTEBOOK, base))
    for before in (base, remembered):
        assert merge(NOTEBOOK, before, other, base).content == other
        assert merge(NOTEBOOK, before, base, other).content == other
        assert merge(NOTEBOOK, before, other, other).content == other
    assert merge(NOTEBOOK, None, other, other).content == other


@pytest.mark.spec("MERGE-12")
@given(st.none() | notebooks, notebooks, notebooks)
def test_whatever_is_merged_is_a_notebook_without_doubled_ids(base, ours, theirs):
    content = merge(NOTEBOOK, base, ours, theirs).content
    assert normalise(NOTEBOOK, content) == content
    ids = [cell["id"] for cell in content["cells"] if "id" in cell]
    assert len(ids) == len(set(ids))


@pytest.mark.spec("MERGE-9", "MERGE-6", "MERGE-8")
@given(st.none() | cell_lists, cell_lists, cell_lists)
def test_no_changed_or_added_cell_is_lost(base, ours, theirs):
    merged = merge(NOTEBOOK, base, ours, theirs).content
    result = "\n".join(cell["source"] for cell in merged["cells"])
    old = {cell["source"] for cell in base["cells"]} if base is not None else set()
    for side in (ours, theirs):
        for cell in side["cells"]:
            if cell["source"] not in old:
                for line in cell["source"].split("\n"):
                    was = any(line in source for source in old)
                    assert was or any(is_subsequence(line, other) for other in result.split("\n"))


@pytest.mark.spec("MERGE-5", "MERGE-11")
@given(
    cell_lists, st.lists(cells(st.sampled_from("ijklm")), max_size=3), st.text("ab\n", max_size=8)
)
def test_an_earlier_version_of_our_notebook_changes_nothing(base, added, typed):
    """New cells were saved; then more was typed into the last cell."""
    theirs = notebook_of([*base["cells"], *added])
    last = {**theirs["cells"][-1], "source": theirs["cells"][-1]["source"] + typed}
    ours = notebook_of([*theirs["cells"][:-1], last])
    assert merge(NOTEBOOK, base, ours, theirs).content == ours


@pytest.mark.spec("MERGE-16")
@given(any_text, any_text, any_text)
def test_merging_is_deterministic(base, ours, theirs):
    assert merge(TEXT, base, ours, theirs) == merge(TEXT, base, ours, theirs)
