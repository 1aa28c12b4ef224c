"""Hypothesis strategies for texts and notebooks that people and programs write."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.unit.core.notebooks import code, markdown, notebook, stream

PIECES = [
    "a",
    "b",
    "x = 1",
    "print(x)",
    " ",
    "\t",
    "é",
    "e\u0301",
    "😀",
    "👩‍👩‍👧",
    "🇩🇪",
    "שלום",
    "\u202e",
    "\u2028",
    "\x85",
    "\ufeff",
    "\x00",
    "\U0010ffff",
]

line = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
lines = st.lists(line, max_size=8)
text = st.builds(lambda parts, end: end.join(parts), lines, st.sampled_from(["\n", "\r\n", "\n\n"]))
any_text = text | st.text(max_size=20)

scalar = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(width=32) | st.sampled_from(PIECES)
)
value = st.recursive(
    scalar,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PIECES), inner, max_size=3)
    ),
    max_leaves=6,
)
mapping = st.dictionaries(
    st.sampled_from(["tags", "k", "é", "collapsed", "trusted"]), value, max_size=3
)

output = st.one_of(
    st.builds(stream, text, st.sampled_from(["stdout", "stderr"])),
    st.builds(
        lambda data, metadata: {"output_type": "display_data", "data": data, "metadata": metadata},
        st.dictionaries(st.sampled_from(["text/plain", "application/json"]), value, max_size=2),
        mapping,
    ),
)
cell_id = st.sampled_from("abcdefgh")


def cells(identifier: st.SearchStrategy = cell_id) -> st.SearchStrategy:
    return st.one_of(
        st.builds(
            lambda i, s, m, o, n: code(i, s, metadata=m, outputs=o, execution_count=n),
            identifier,
            any_text,
            mapping,
            st.lists(output, max_size=3),
            st.none() | st.integers(1, 3),
        ),
        st.builds(
            lambda i, s, m, a: markdown(i, s, metadata=m, attachments=a),
            identifier,
            any_text,
            mapping,
            st.dictionaries(st.sampled_from(["a.png", "b"]), mapping, max_size=2),
        ),
    )


notebooks = st.builds(
    lambda inside, minor, metadata: {**notebook(*inside, minor=minor), "metadata": metadata},
    st.lists(cells(cell_id | st.none()), max_size=6),
    st.sampled_from([4, 5]),
    st.dictionaries(st.sampled_from(["kernelspec", "title", "language_info"]), mapping, max_size=2),
)
