"""Three-way merge of notebooks: the cases people meet."""

from __future__ import annotations

import copy

import nbformat
import pytest

from jupyter_tandem.core.content import decode_base, encode_base, normalise
from jupyter_tandem.core.merge import Conflict, Kept, Merged, merge
from jupyter_tandem.types import DocumentKind
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

A, B, C, D = (code(letter, letter.upper()) for letter in "abcd")
BASE = notebook(A, B, C, D)


def merged(base, ours, theirs) -> Merged:
    """Merge; the result must be the same with a remembered base, and valid."""
    result = merge(NOTEBOOK, base, ours, theirs)
    if base is not None:
        remembered = decode_base(NOTEBOOK, encode_base(NOTEBOOK, base))
        assert merge(NOTEBOOK, remembered, ours, theirs) == result
    nbformat.validate(nbformat.from_dict(result.content))
    assert normalise(NOTEBOOK, result.content) == result.content
    return result


def edited(cell: dict, **changes) -> dict:
    return {**copy.deepcopy(cell), **changes}


def meta(cell: dict, **metadata) -> dict:
    return edited(cell, metadata=metadata)


def conflicts(result: Merged) -> list[tuple[str, str, Kept]]:
    return [(conflict.cell_id, conflict.part, conflict.kept) for conflict in result.conflicts]


@pytest.mark.spec("MERGE-1")
def test_who_changed_nothing_yields():
    changed = notebook(edited(A, source="changed"), C, B, code("n", "new", outputs=[stream("x")]))
    for ours, theirs in ((BASE, changed), (changed, BASE), (changed, changed)):
        result = merged(BASE, ours, theirs)
        assert result.content == normalise(NOTEBOOK, changed)
        assert result.conflicts == ()


@pytest.mark.spec("MERGE-2")
def test_changes_to_different_cells_and_lines_are_all_made():
    base = notebook(code("a", "1\n2\n3"), B)
    ours = notebook(code("a", "1 ours\n2\n3"), B, code("o", "ours"))
    theirs = notebook(
        code("t", "theirs"), code("a", "1\n2\n3 theirs"), edited(B, source="B theirs")
    )
    result = merged(base, ours, theirs)
    assert sources(result.content) == ["theirs", "1 ours\n2\n3 theirs", "B theirs", "ours"]
    assert result.conflicts == ()


@pytest.mark.spec("MERGE-3")
def test_one_line_changed_twice_is_kept_twice_and_reported():
    result = merged(
        notebook(code("a", "1\n2")),
        notebook(code("a", "1\nours")),
        notebook(code("a", "1\ntheirs")),
    )
    assert sources(result.content) == ["1\nours\ntheirs"]
    assert result.conflicts == (Conflict("a", "source", Kept.BOTH, 1),)


@pytest.mark.spec("MERGE-8")
def test_cells_that_lost_their_ids_are_known_by_their_source():
    base = notebook(A, B, C)
    theirs = notebook(code("x", "A"), code("y", "B\nmore"), code("z", "C"))
    ours = notebook(A, edited(B, source="B"), C, code("n", "new"))
    result = merged(base, ours, theirs)
    assert sources(result.content) == ["A", "B\nmore", "C", "new"]
    assert ids(result.content)[0] == "a"


@pytest.mark.spec("MERGE-8")
def test_without_ids_an_edited_cell_is_known_by_its_place_and_likeness():
    base = notebook(code(None, "import a"), code(None, "x = 1\nx"), code(None, "end"), minor=4)
    ours = notebook(code(None, "import a"), code(None, "x = 1\nx + 1"), code(None, "end"), minor=4)
    theirs = notebook(
        code(None, "import a"),
        code(None, "x = 2\nx"),
        code(None, "new"),
        code(None, "end"),
        minor=4,
    )
    assert sources(merged(base, ours, theirs).content) == [
        "import a",
        "x = 2\nx + 1",
        "new",
        "end",
    ]


@pytest.mark.spec("MERGE-9")
@pytest.mark.parametrize(
    "change",
    [
        {"source": "B changed"},
        {"metadata": {"tags": ["x"]}},
        {"outputs": [stream("x")], "execution_count": 1},
    ],
)
@pytest.mark.parametrize("deleted_by_us", [True, False])
def test_a_cell_deleted_here_and_changed_there_is_kept(change, deleted_by_us):
    without, changed = notebook(A, C, D), notebook(A, edited(B, **change), C, D)
    ours, theirs = (without, changed) if deleted_by_us else (changed, without)
    result = merged(BASE, ours, theirs)
    assert result.content == normalise(NOTEBOOK, changed)
    assert conflicts(result) == [("b", "cell", Kept.THEIRS if deleted_by_us else Kept.OURS)]


@pytest.mark.spec("MERGE-9")
def test_a_cell_deleted_on_either_side_is_gone():
    result = merged(BASE, notebook(A, C, D), notebook(A, B, C))
    assert sources(result.content) == ["A", "C"]
    assert result.conflicts == ()


@pytest.mark.spec("MERGE-10")
@pytest.mark.parametrize(
    ("ours", "theirs", "order"),
    [
        ("abcd", "dabc", "dabc"),
        ("dabc", "abcd", "dabc"),
        ("abcdn", "dcba", "dncba"),
        ("dcba", "abcdn", "dncba"),
        ("abocd", "abtcd", "abotcd"),
        ("oabcd", "tabcd", "otabcd"),
        ("abcdo", "abcdt", "abcdot"),
        ("aopbcd", "atubcd", "aoptubcd"),
        ("acd", "abtcd", "atcd"),
        ("boacd", "abtcd", "botacd"),
    ],
)
def test_order(ours, theirs, order):
    def build(letters: str) -> dict:
        return notebook(*(code(letter, letter.upper()) for letter in letters))

    result = merged(BASE, build(ours), build(theirs))
    assert "".join(ids(result.content)) == order
    assert result.conflicts == ()


@pytest.mark.spec("MERGE-10")
def test_two_new_orders_are_reported():
    result = merged(BASE, notebook(B, A, C, D), notebook(A, B, D, C))
    assert ids(result.content) == ["b", "a", "c", "d"]
    assert conflicts(result) == [("", "order", Kept.OURS)]


@pytest.mark.spec("MERGE-11", "MERGE-2")
def test_a_cell_added_on_both_sides_is_added_once():
    new = code("n", "new")
    assert ids(
        merged(BASE, notebook(A, new, B, C, D), notebook(A, new, B, C, D, code("m", "2"))).content
    ) == [*"anbcdm"]
    other_id = code("m", "new")
    assert ids(merged(BASE, notebook(A, new, B, C, D), notebook(A, other_id, B, C, D)).content) == [
        *"anbcd"
    ]


@pytest.mark.spec("MERGE-11", "MERGE-5")
def test_an_earlier_version_of_a_new_cell_is_not_doubled():
    saved = notebook(A, B, C, D, code("n", "import nu"))
    typed_on = notebook(A, B, C, D, code("n", "import numpy as np\nnp"))
    assert merged(BASE, typed_on, saved).content == normalise(NOTEBOOK, typed_on)


@pytest.mark.spec("MERGE-11", "MERGE-12")
def test_different_cells_with_one_new_id_are_both_kept():
    result = merged(
        BASE, notebook(A, B, C, D, code("n", "ours")), notebook(A, B, C, D, code("n", "theirs"))
    )
    assert sources(result.content)[4:] == ["ours\ntheirs"]
    result = merged(
        BASE, notebook(A, B, C, D, code("n", "ours")), notebook(A, B, C, D, markdown("n", "theirs"))
    )
    assert sources(result.content)[4:] == ["ours", "theirs"]
    assert len(set(ids(result.content))) == 6


@pytest.mark.spec("MERGE-12")
def test_ids_that_were_doubled_already_become_unique():
    doubled = notebook(A, code("a", "other"), code("a", "A"))
    result = merged(BASE, doubled, notebook(A, B, C, D, code("n", "new")))
    assert sources(result.content) == ["A", "other", "new"]


@pytest.mark.spec("MERGE-13")
def test_metadata_is_merged_by_key():
    base = notebook(
        meta(A, kept=1, ours=1, theirs=1, both=1, deep={"x": 1, "y": 1}, gone=1), title="t"
    )
    ours = notebook(
        meta(A, kept=1, ours=2, theirs=1, both=2, deep={"x": 2, "y": 1}, new=[1]), title="ours"
    )
    theirs = notebook(
        meta(A, kept=1, ours=1, theirs=2, both=3, deep={"x": 1, "y": 2}, gone=1),
        title="theirs",
        k=1,
    )
    result = merged(base, ours, theirs)
    assert result.content["cells"][0]["metadata"] == {
        "kept": 1,
        "ours": 2,
        "theirs": 2,
        "both": 2,
        "deep": {"x": 2, "y": 2},
        "new": [1],
    }
    assert result.content["metadata"] == {"title": "ours", "k": 1}
    assert conflicts(result) == [
        ("", "metadata.title", Kept.OURS),
        ("a", "metadata.both", Kept.OURS),
    ]


@pytest.mark.spec("MERGE-13")
def test_the_newer_format_wins():
    base, newer = notebook(code(None, "1"), minor=2), notebook(code("a", "1"), minor=5)
    middle = notebook(code(None, "1"), code(None, "2"), minor=4)
    result = merged(base, middle, newer)
    assert result.content["nbformat_minor"] == 5
    assert sources(result.content) == ["1", "2"]


RUN_1 = {"outputs": [stream("1")], "execution_count": 1}
RUN_2 = {"outputs": [stream("2")], "execution_count": 2}
RUN_3 = {"outputs": [stream("3")], "execution_count": 3}


@pytest.mark.spec("MERGE-14")
@pytest.mark.parametrize(
    ("ours", "theirs", "kept", "reported"),
    [
        (edited(A, **RUN_2), edited(A, **RUN_1), RUN_2, []),
        (edited(A, **RUN_1), edited(A, **RUN_2), RUN_2, []),
        (edited(A, **RUN_2), edited(A, **RUN_2, source="B"), RUN_2, []),
        (edited(A, **RUN_2), edited(A, **RUN_3), RUN_2, [("a", "outputs", Kept.OURS)]),
        (
            edited(A, **RUN_2),
            edited(A, **RUN_3, source="new"),
            RUN_3,
            [("a", "outputs", Kept.THEIRS)],
        ),
        (
            edited(A, **RUN_2, source="A ours"),
            edited(A, **RUN_3),
            RUN_2,
            [("a", "outputs", Kept.OURS)],
        ),
        (edited(A), edited(A, **RUN_1, source="B"), {"outputs": [], "execution_count": None}, []),
    ],
)
def test_outputs_come_whole_from_one_side(ours, theirs, kept, reported):
    result = merged(notebook(edited(A, **RUN_1)), notebook(ours), notebook(theirs))
    cell = result.content["cells"][0]
    assert {"outputs": cell["outputs"], "execution_count": cell["execution_count"]} == kept
    assert conflicts(result) == reported


@pytest.mark.spec("MERGE-15")
def test_attachments_are_merged_by_name():
    def with_files(**files: str) -> dict:
        return notebook(
            markdown(
                "a", "x", attachments={name: {"image/png": data} for name, data in files.items()}
            )
        )

    result = merged(
        with_files(a="1", b="1", c="1"),
        with_files(a="2", b="1", new="1", c="1"),
        with_files(a="1", b="2"),
    )
    assert result.content["cells"][0]["attachments"] == {
        "a": {"image/png": "2"},
        "b": {"image/png": "2"},
        "new": {"image/png": "1"},
    }


@pytest.mark.spec("MERGE-13")
def test_a_changed_type_wins():
    result = merged(notebook(A), notebook(edited(A, source="A\nx")), notebook(markdown("a", "A")))
    assert result.content["cells"] == [markdown("a", "A\nx")]
    result = merged(notebook(markdown("a", "A")), notebook(markdown("a", "A\nx")), notebook(A))
    assert result.content["cells"] == [edited(A, source="A\nx")]


@pytest.mark.spec("MERGE-6")
def test_without_a_base_everything_of_both_is_kept_once():
    ours = notebook(A, edited(B, source="B\nours"), code("o", "ours"), title="t", o=1)
    theirs = notebook(
        meta(A, tags=["t"]), edited(B, source="B\ntheirs", **RUN_1), code("t", "theirs"), t=1
    )
    result = merged(None, ours, theirs)
    assert sources(result.content) == ["A", "B\nours\ntheirs", "ours", "theirs"]
    assert result.content["metadata"] == {"title": "t", "o": 1, "t": 1}
    assert result.content["cells"][0]["metadata"] == {"tags": ["t"]}
    assert result.content["cells"][1]["outputs"] == RUN_1["outputs"]


@pytest.mark.spec("MERGE-16")
@pytest.mark.parametrize(
    "kind", [BLOB, DocumentKind("base64", "file"), DocumentKind("text", "drawing")]
)
def test_what_cannot_be_merged_is_taken_whole(kind):
    assert merge(kind, "AA==", "AA==", "BB==") == Merged("BB==", ())
    assert merge(kind, "AA==", "BB==", "AA==") == Merged("BB==", ())
    assert merge(kind, "AA==", "BB==", "CC==") == Merged(
        "BB==", (Conflict("", "content", Kept.OURS),)
    )


@pytest.mark.spec("MERGE-3")
def test_conflicts_in_texts_name_their_line():
    assert merge(TEXT, "1\n2", "1\nours", "1\ntheirs") == Merged(
        "1\nours\ntheirs", (Conflict("", "source", Kept.BOTH, 1),)
    )
