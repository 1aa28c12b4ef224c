"""FILE-35: notebooks are laid out as nbformat lays them out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.adapters.server.indented_json import indented

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\u2028", '"', "\\", "\x00", "\x7f", "</script>", "\U0001f388"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.lists(st.text(max_size=3), max_size=5)
    ),
    max_leaves=15,
)


@pytest.mark.spec("FILE-35")
@given(VALUES)
def test_it_is_what_the_standard_library_writes(value: Any) -> None:
    usual = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, separators=(",", ": "))
    assert indented(value) == usual
    within = json.dumps([[value]], indent=1, sort_keys=True, ensure_ascii=False)
    assert f"[\n [\n  {indented(value, 2)}\n ]\n]" == within


@pytest.mark.spec("FILE-35")
def test_bytes_are_text_and_other_things_are_refused() -> None:
    assert indented({"a": b"QUJD"}) == '{\n "a": "QUJD"\n}'
    with pytest.raises(TypeError):
        indented({"a": object()})
    with pytest.raises(TypeError):
        indented({1: "a"})
