"""FILE-35: the text of large notebooks is read and written cell by cell, as nbformat would."""

from __future__ import annotations

import io
import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.adapters.server import large_notebook
from jupyter_tandem.adapters.server.json_stream import STEP_BYTES
from jupyter_tandem.adapters.server.large_notebook import NotSo, is_sound, write

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.just("cells"), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["cells", "a", "", "metadata"]), VALUES, max_size=4)


def notebook(**metadata: Any) -> nbformat.NotebookNode:
    stream = nbformat.v4.new_output("stream", text="one\ntwo\n\u2028three\r\nend")
    shown = nbformat.v4.new_output("display_data", {"text/plain": "a\nb", "image/png": "QUJD\n"})
    data = nbformat.v4.new_output("display_data", {"application/json": {"cells": [], "x": ["a\n"]}})
    cells = [
        nbformat.v4.new_code_cell('print("\\n]\\n")\n', id="a", outputs=[stream, shown, data]),
        nbformat.v4.new_markdown_cell("", id="b", metadata={"tags": ["x"], "cells": []}),
        nbformat.v4.new_raw_cell("\U0001f388 \u00e4\n", id="c"),
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


STEPS = st.integers(1, 40) | st.just(STEP_BYTES)


def parse(text: str, step: int = STEP_BYTES) -> dict[str, Any]:
    return large_notebook.parse(io.BytesIO(text.encode()), step)


def read(text: str) -> Any:
    return large_notebook.read(io.BytesIO(text.encode()))


def usual(made: nbformat.NotebookNode) -> str:
    file = io.StringIO()
    nbformat.write(made, file)
    return file.getvalue()


@pytest.mark.spec("FILE-35")
@pytest.mark.parametrize(
    "metadata",
    [{}, {"title": '\n "cells": []'}, {"cells": [], "a": {"cells": [1]}}],
    ids=["plain", "like the list in a text", "like the list"],
)
def test_the_same_is_written_and_read(metadata: dict[str, Any]) -> None:
    made = notebook(**metadata)
    assert is_sound(made)
    file = io.StringIO()
    write(made, file)
    assert file.getvalue() == usual(made)
    assert read(file.getvalue()) == nbformat.reads(file.getvalue(), 4)
    assert isinstance(read(file.getvalue()).cells[0].outputs[0], nbformat.NotebookNode)


@pytest.mark.spec("FILE-35")
@given(OBJECTS, st.sampled_from([None, 1]), st.sampled_from(["", " \n"]), st.booleans(), STEPS)
def test_any_object_is_parsed_as_usual(
    value: dict[str, Any], indent: int | None, around: str, ascii_only: bool, step: int
) -> None:
    text = around + json.dumps(value, indent=indent, ensure_ascii=ascii_only) + around
    parsed = parse(text, step)
    assert parsed == json.loads(text)
    assert list(parsed) == list(value)


@pytest.mark.spec("FILE-35")
@given(OBJECTS, st.integers(0, 200), st.sampled_from(["", "x", ",", "]", "}", '"', "cells"]), STEPS)
def test_damaged_text_is_never_read_otherwise(
    value: dict[str, Any], at: int, put: str, step: int
) -> None:
    text = json.dumps({**value, "cells": [value, value]})
    damaged = text[: at % len(text)] + put + text[at % len(text) + 1 :]
    try:
        expected = json.loads(damaged)
    except ValueError:
        with pytest.raises(NotSo):
            parse(damaged, step)
        return
    assert parse(damaged, step) == expected


@pytest.mark.spec("FILE-35")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{} {}",
        '{"a" 1}',
        '{"cells": [1,]}',
        '{"cells": [',
        "{1: 2}",
        "[" * 100_000,
        '{"cells": [' + "[" * 100_000,
        json.dumps({"cells": [], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}),
        json.dumps({"cells": [{}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}),
        json.dumps({"cells": [], "nbformat": 4}),
    ],
)
def test_whatever_is_not_as_usual_is_left_to_nbformat(text: str) -> None:
    with pytest.raises(NotSo):
        read(text)


@pytest.mark.spec("FILE-35")
def test_a_notebook_with_errors_in_it_is_left_to_nbformat() -> None:
    made = notebook()
    made.cells[0].outputs[0].pop("name")
    assert not is_sound(made)
    assert not is_sound(nbformat.v4.new_notebook())


@pytest.mark.spec("FILE-35")
@pytest.mark.parametrize(
    ("number", "step"),
    [(number, step) for number in ("-12.5e+10", "1E-3", "123") for step in (1, 2, 3)],
)
def test_a_number_is_read_to_its_end(number: str, step: int) -> None:
    text = f'{{"cells": [{number}, {number}], "a": {number}}}'
    assert parse(text, step) == json.loads(text)


@pytest.mark.spec("FILE-35")
def test_a_file_that_is_no_utf8_is_left_to_nbformat() -> None:
    with pytest.raises(NotSo):
        large_notebook.parse(io.BytesIO(b'{"cells": ["\xe4"]}'))


@pytest.mark.spec("FILE-35")
def test_of_a_large_file_there_is_never_more_text_than_a_cell_and_a_step() -> None:
    class Watched(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1) -> bytes:
            self.most = max(self.most, size or 0)
            return super().read(size)

    file = Watched(json.dumps({"cells": [{"source": "x" * 700}] * 1_000}).encode())
    assert len(large_notebook.parse(file, 100)["cells"]) == 1_000
    assert 100 <= file.most < 1_500
