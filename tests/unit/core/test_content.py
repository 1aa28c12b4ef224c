"""The normal form of content, its digest, and what a merge remembers of it."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest

from jupyter_tandem.core.content import decode_base, digest, encode_base, normalise, reduced
from jupyter_tandem.errors import DocumentError
from tests.unit.core.notebooks import (
    BLOB,
    NOTEBOOK,
    TEXT,
    code,
    ids,
    markdown,
    notebook,
    sources,
    stream,
)

PNG = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"image/png": "iVBO", "text/plain": "a\nb"},
}
FULL = notebook(
    code("a", "x = 1\nx", outputs=[stream("1\n2\n"), PNG], execution_count=3),
    markdown("b", "# é😀\n![](attachment:a.png)", attachments={"a.png": {"image/png": "iVBO"}}),
    kernelspec={"name": "python3", "display_name": "Python 3"},
)


def as_written_elsewhere() -> dict:
    """FULL as another program may write it."""
    other = copy.deepcopy(FULL)
    first, second = other["cells"]
    first["source"] = ["x = 1\n", "x"]
    first["outputs"][0]["text"] = ["1\n", "2\n"]
    first["outputs"][1]["data"]["text/plain"] = ["a\n", "b"]
    first["execution_count"] = 3.0
    first["execution_state"] = "idle"
    first["metadata"] = {"trusted": True}
    second["metadata"] = {"trusted": False}
    second["source"] = second["source"].splitlines(keepends=True)
    other["cells"] = [dict(reversed(cell.items())) for cell in (first, second)]
    other["nbformat_minor"] = 5.0
    other["metadata"]["language_info"] = {"name": ""}
    return dict(reversed(other.items()))


@pytest.mark.spec("CONTENT-1", "CONTENT-2", "CONTENT-6")
def test_ways_of_writing_do_not_matter():
    assert normalise(NOTEBOOK, as_written_elsewhere()) == normalise(NOTEBOOK, FULL)
    assert digest(NOTEBOOK, as_written_elsewhere()) == digest(NOTEBOOK, FULL)


@pytest.mark.spec("CONTENT-1")
def test_the_normal_form_is_a_valid_notebook_and_its_own_normal_form():
    normal = normalise(NOTEBOOK, as_written_elsewhere())
    nbformat.validate(nbformat.from_dict(normal))
    assert normalise(NOTEBOOK, normal) == normal
    assert json.loads(json.dumps(normal)) == normal


@pytest.mark.spec("CONTENT-1")
def test_the_normal_form_shares_nothing_with_what_was_given():
    given = copy.deepcopy(FULL)
    normal = normalise(NOTEBOOK, given)
    normal["cells"][0]["metadata"]["new"] = 1
    normal["cells"][0]["outputs"].clear()
    assert given == FULL


@pytest.mark.spec("CONTENT-2")
@pytest.mark.parametrize(
    "change",
    [
        lambda nb: nb["cells"][0].update(source="x = 2"),
        lambda nb: nb["cells"][0].update(execution_count=4),
        lambda nb: nb["cells"][0]["metadata"].update(tags=["a"]),
        lambda nb: nb["cells"][0]["outputs"].pop(),
        lambda nb: nb["cells"].reverse(),
        lambda nb: nb["cells"][1]["attachments"].update(b={}),
        lambda nb: nb["metadata"].update(title="t"),
        lambda nb: nb.update(nbformat_minor=4),
    ],
)
def test_every_difference_matters(change):
    changed = copy.deepcopy(FULL)
    change(changed)
    assert digest(NOTEBOOK, changed) != digest(NOTEBOOK, FULL)


@pytest.mark.spec("CONTENT-2")
def test_true_is_not_one():
    assert digest(NOTEBOOK, notebook(code("a", "", metadata={"k": True}))) != digest(
        NOTEBOOK, notebook(code("a", "", metadata={"k": 1}))
    )


@pytest.mark.spec("CONTENT-1")
def test_lists_in_json_outputs_stay_lists():
    data = {
        "application/vnd.x+json": ["a", "b"],
        "application/json": ["c"],
        "text/html": ["<b>", "x"],
    }
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    normal = normalise(NOTEBOOK, notebook(code("a", "", outputs=[output])))
    assert normal["cells"][0]["outputs"][0]["data"] == {**data, "text/html": "<b>x"}


@pytest.mark.spec("CONTENT-3")
def test_an_exact_copy_of_a_cell_is_dropped():
    assert sources(
        normalise(NOTEBOOK, notebook(code("a", "1"), code("b", "2"), code("a", "1")))
    ) == [
        "1",
        "2",
    ]


@pytest.mark.spec("CONTENT-3")
def test_a_cell_with_anothers_id_gets_one_that_stays():
    once = normalise(NOTEBOOK, notebook(code("a", "1"), code("a", "2"), code("a", "3")))
    typed_on = normalise(
        NOTEBOOK, notebook(code("a", "1"), code("new", ""), code("a", "2 more"), code("a", "3"))
    )
    assert sources(once) == ["1", "2", "3"]
    assert len(set(ids(once))) == 3
    assert ids(once)[0] == "a"
    assert ids(typed_on)[2:] == ids(once)[1:]


@pytest.mark.spec("CONTENT-3")
def test_cells_without_ids_get_them():
    normal = normalise(NOTEBOOK, notebook(code(None, "1"), markdown(None, "2")))
    nbformat.validate(nbformat.from_dict(normal))
    assert len(set(ids(normal))) == 2


@pytest.mark.spec("CONTENT-4", "CONTENT-2")
def test_older_formats_have_no_ids():
    with_ids, without = notebook(code("a", "1"), minor=4), notebook(code(None, "1"), minor=4)
    assert "id" not in normalise(NOTEBOOK, with_ids)["cells"][0]
    assert digest(NOTEBOOK, with_ids) == digest(NOTEBOOK, without)


@pytest.mark.spec("CONTENT-5")
def test_a_notebook_without_cells_has_one_empty_cell():
    assert sources(normalise(NOTEBOOK, notebook())) == [""]
    assert digest(NOTEBOOK, notebook()) == digest(NOTEBOOK, normalise(NOTEBOOK, notebook()))


@pytest.mark.spec("CONTENT-7")
def test_what_json_cannot_hold_becomes_what_javascript_writes():
    values = {
        "nan": float("nan"),
        "inf": float("-inf"),
        "huge": 10**400,
        "cut": "a\ud800b",
        "big": 2**60,
    }
    normal = normalise(NOTEBOOK, notebook(code("a", "x\udfff", metadata=values)))
    assert normal["cells"][0]["source"] == "x\ufffd"
    assert normal["cells"][0]["metadata"] == {
        "nan": None,
        "inf": None,
        "huge": None,
        "cut": "a\ufffdb",
        "big": 2**60,
    }


def nest(depth: int) -> dict:
    value: dict = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.spec("CONTENT-7")
@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        "text",
        {"cells": {}},
        {**notebook(), "cells": [1]},
        {**notebook(), "cells": [{"source": ""}]},
        {**notebook(), "cells": [{"cell_type": "code", "source": {"a": 1}}]},
        {**notebook(), "nbformat": 3},
        {**notebook(), "nbformat": "4"},
        {**notebook(), "metadata": []},
        notebook(code("a", "", metadata=nest(1_000))),
        notebook(code("a", "", metadata={"x": object()})),
    ],
)
def test_what_is_no_notebook_is_refused(wrong):
    with pytest.raises(DocumentError):
        normalise(NOTEBOOK, wrong)


@pytest.mark.spec("CONTENT-7")
@pytest.mark.parametrize("kind", [TEXT, BLOB])
def test_texts_are_texts(kind):
    assert normalise(kind, "a\r\n") == "a\r\n"
    with pytest.raises(DocumentError):
        normalise(kind, {"a": 1})


@pytest.mark.spec("CONTENT-8")
def test_a_base_comes_back_without_outputs_but_knows_them():
    decoded = decode_base(NOTEBOOK, encode_base(NOTEBOOK, as_written_elsewhere()))
    assert decoded == reduced(NOTEBOOK, FULL)
    assert reduced(NOTEBOOK, decoded) == decoded
    assert sources(decoded) == sources(FULL)
    assert "iVBO" not in json.dumps(decoded)
    other = copy.deepcopy(FULL)
    other["cells"][0]["outputs"][1]["data"]["image/png"] = "other"
    assert reduced(NOTEBOOK, other) != decoded


@pytest.mark.spec("CONTENT-8")
@pytest.mark.parametrize("kind", [TEXT, BLOB])
def test_a_base_of_another_kind_is_the_whole(kind):
    assert decode_base(kind, encode_base(kind, "é😀\r\n")) == "é😀\r\n"


@pytest.mark.spec("CONTENT-8")
@pytest.mark.parametrize("wrong", [b"", b"x", encode_base(TEXT, "text")])
def test_what_is_no_base_is_refused(wrong):
    with pytest.raises(DocumentError):
        decode_base(NOTEBOOK, wrong)
