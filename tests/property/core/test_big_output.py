"""Laws of holding outputs out of documents, for whatever notebooks hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.big_output import with_big, without_big
from jupyter_tandem.core.content import (
    canonical,
    canonical_large,
    digest,
    encode_base,
    normalise,
)
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.merge import merge
from tests.property.core.contents import notebooks
from tests.unit.core.notebooks import NOTEBOOK

limits = st.sampled_from([1, 60, 90])
"""From everything is big to hardly anything is."""


class Beside:
    """What is kept beside a document."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.kept: dict[str, bytes] = {}

    def light(self, content):
        return without_big(normalise(NOTEBOOK, content), "room", self.limit, self.kept.__setitem__)

    def whole(self, content):
        whole, missing = with_big(content, lambda held: self.kept.get(held.sha256))
        assert not missing
        return whole


@pytest.mark.spec("BIG-2", "BIG-3", "BIG-7")
@given(notebooks, limits)
def test_a_document_without_its_big_outputs_is_the_same_notebook(content, limit):
    beside = Beside(limit)
    light = beside.light(content)
    document = Document(NOTEBOOK, 2)
    document.load([seed(NOTEBOOK, light, 1)])
    shown = document.content()
    assert beside.whole(shown) == normalise(NOTEBOOK, content)
    assert digest(NOTEBOOK, shown) == digest(NOTEBOOK, content)
    assert encode_base(NOTEBOOK, shown) == encode_base(NOTEBOOK, content)


@pytest.mark.spec("BIG-7")
@given(notebooks, notebooks, notebooks, limits, st.booleans())
def test_merging_does_not_see_what_is_held_out(base, ours, theirs, limit, both):
    beside = Beside(limit)
    expected = merge(NOTEBOOK, base, ours, theirs)
    their_side = beside.light(theirs) if both else theirs
    found = merge(NOTEBOOK, base, beside.light(ours), their_side)
    assert beside.whole(found.content) == expected.content
    assert found.conflicts == expected.conflicts


long_texts = st.builds(lambda text, times: text * times, st.text(), st.sampled_from([1, 20_000]))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | long_texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.spec("BIG-2")
@given(values)
def test_large_values_have_the_canonical_text_of_all_others(value):
    assert canonical_large(value) == canonical(value)


@pytest.mark.spec("BIG-2")
@pytest.mark.parametrize("text", ["x", "é", '"', "\\", "\n", "\x00", "\x7f", "\ud800", "😀"])
def test_one_character_among_many_makes_no_difference(text):
    value = {"data": {"b": "+" * 20_000 + text, "a": text * 20_000}, "": text}
    assert canonical_large(value) == canonical(value)
