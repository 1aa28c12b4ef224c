"""What ``update_to`` leaves alone, seen by what others write at the same time."""

from __future__ import annotations

import pytest

from jupyter_tandem.core.document import Document, seed
from tests.unit.core.notebooks import NOTEBOOK, TEXT, code, ids, markdown, notebook, sources, stream

LONG = "".join(f"line {number}\n" for number in range(1_000))


def meanwhile(before: dict, from_file: dict, typed: dict) -> dict:
    """What results when the file and a person change the same state at once."""
    state = seed(NOTEBOOK, before, 1)
    server, person = Document(NOTEBOOK, 2), Document(NOTEBOOK, 3)
    for document in (server, person):
        document.load([state])
    updates = [
        update
        for update in (server.update_to(from_file), person.update_to(typed))
        if update is not None
    ]
    server.apply(updates)
    person.apply(updates)
    assert server.fingerprint() == person.fingerprint()
    return server.content()


def cells_of(letters: str) -> dict:
    return notebook(*(code(letter, letter.upper()) for letter in letters))


@pytest.mark.spec("CONTENT-15")
@pytest.mark.parametrize(
    ("order", "staying"),
    [
        ("dabc", "abc"),
        ("bcda", "bcd"),
        ("abdc", "ab"),
        ("xabcd", "abcd"),
        ("acd", "acd"),
        ("dcba", ""),
    ],
)
def test_cells_that_need_not_move_keep_what_is_typed_in_them(order, staying):
    typed = notebook(*(code(letter, letter.upper() + " typed") for letter in "abcd"))
    result = meanwhile(cells_of("abcd"), cells_of(order), typed)
    kept = {cell["id"] for cell in result["cells"] if cell["source"].endswith("typed")}
    assert set(staying) <= kept
    assert ids(result) == [*order]


@pytest.mark.spec("CONTENT-15")
def test_a_cell_of_another_type_is_another_cell():
    document = Document(NOTEBOOK, 2)
    document.load([seed(NOTEBOOK, notebook(code("a", "1"), code("b", "2")), 1)])
    document.update_to(notebook(markdown("a", "1"), code("b", "2")))
    assert document.content()["cells"] == [markdown("a", "1"), code("b", "2")]


@pytest.mark.spec("CONTENT-14")
def test_what_is_typed_into_other_lines_and_cells_stays():
    result = meanwhile(
        notebook(code("a", "1\n2\n3"), code("b", "B")),
        notebook(code("a", "1 file\n2\n3"), code("b", "B")),
        notebook(code("a", "1\n2\n3 typed"), code("b", "B typed")),
    )
    assert sources(result) == ["1 file\n2\n3 typed", "B typed"]


@pytest.mark.spec("CONTENT-14")
def test_metadata_is_written_by_key():
    result = meanwhile(
        notebook(code("a", "", metadata={"x": 1, "gone": 1}), title="t"),
        notebook(code("a", "", metadata={"x": 2}), title="file"),
        notebook(code("a", "", metadata={"x": 1, "gone": 1, "typed": True}), title="t", typed=1),
    )
    assert result["cells"][0]["metadata"] == {"x": 2, "typed": True}
    assert result["metadata"] == {"title": "file", "typed": 1}


@pytest.mark.spec("CONTENT-14")
def test_outputs_that_are_the_same_stay():
    plot = {"output_type": "display_data", "metadata": {}, "data": {"text/plain": "p" * 10_000}}
    document = Document(NOTEBOOK, 2)
    document.load([seed(NOTEBOOK, notebook(code("a", "1", outputs=[stream("1"), plot])), 1)])
    wanted = notebook(code("a", "1", outputs=[stream("0"), plot, stream("2", "stderr")]))
    update = document.update_to(wanted)
    assert len(update) < 300
    assert document.content()["cells"][0]["outputs"] == wanted["cells"][0]["outputs"]


@pytest.mark.spec("CONTENT-14")
def test_a_stream_grows_in_place():
    def printed(text: str) -> dict:
        return notebook(code("a", "1", outputs=[stream(text)]))

    result = meanwhile(printed("1\n"), printed("1\n2\n"), printed("0\n1\n"))
    assert result["cells"][0]["outputs"] == [stream("0\n1\n2\n")]


@pytest.mark.spec("CONTENT-14")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LONG, LONG.replace("line 500\n", "line 500 é😀\n")),
        (LONG, LONG.replace("line 10\n", "").replace("line 900\n", "line 900\nnew\n")),
        (LONG, f"first\n{LONG}"),
        (LONG.replace("\n", " "), LONG.replace("\n", " ").replace("line 500", "line five hundred")),
    ],
)
def test_a_small_change_is_a_small_update(old, new):
    document = Document(TEXT, 2)
    document.load([seed(TEXT, old, 1)])
    update = document.update_to(new)
    assert len(update) < 100
    assert document.content() == new


@pytest.mark.spec("CONTENT-13")
def test_cells_are_found_by_source_where_the_file_lost_their_ids():
    document = Document(NOTEBOOK, 2)
    document.load([seed(NOTEBOOK, notebook(code("a", "1"), code("b", LONG)), 1)])
    update = document.update_to(notebook(code("x", "1"), code("y", LONG)))
    assert len(update) < 200
    assert ids(document.content()) == ["x", "y"]
