"""FILE-41: what changed in a notebook since somebody asked."""

from __future__ import annotations

import random
from contextlib import closing
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core.document import Document
from jupyter_tandem.core.document.cell_changes import NEW, CellChanges
from tests.unit.core.notebooks import NOTEBOOK, TEXT, code, notebook, stream


def held(document: Document) -> CellChanges:
    changes = document.watch_cells()
    assert changes is not None
    return changes


def made(count: int = 5) -> Document:
    document = Document(NOTEBOOK, 1)
    cells = [code(f"c{number}", "x", outputs=[stream("y")]) for number in range(count)]
    document.update_to(notebook(*cells))
    return document


def edit(document: Document, change: Any) -> None:
    """A peer changes the shared types."""
    doc: Doc[Any] = Doc(client_id=random.randrange(10, 2**30))
    doc.apply_update(document.encode())
    known = doc.get_state()
    with doc.transaction():
        change(doc.get("cells", type=Array), doc.get("meta", type=Map))
    document.apply([doc.get_update(known)])


@pytest.mark.spec("FILE-41")
def test_each_kind_of_change_is_told_of_its_cell() -> None:
    with closing(made()) as document:
        changes = held(document)
        for change in (
            lambda cells, _: cells[3]["source"].insert(0, "é"),
            lambda cells, _: cells[3]["metadata"].update({"tags": ["a"]}),
            lambda cells, _: cells[3]["outputs"][0]["text"].insert(0, "more"),
            lambda cells, _: cells[3]["outputs"].append(Map({"output_type": "stream"})),
            lambda cells, _: cells[3]["outputs"].clear(),
            lambda cells, _: cells[3].update({"execution_count": 2}),
            lambda cells, _: cells[3].update({"source": Text("another")}),
        ):
            edit(document, change)
            places = changes.places()
            assert places is not None
            assert changes.orderly
            assert places.wanting() == [3]
            assert changes.read([3])[3]["id"] == "c3"
            changes.restart()
        places = changes.places()
        assert places is not None
        assert places.wanting() == []


@pytest.mark.spec("FILE-41")
def test_cells_are_followed_to_other_places() -> None:
    with closing(made()) as document:
        changes = held(document)

        def change(cells: Array[Any], _: Any) -> None:
            cells[4]["source"].insert(0, "last ")
            del cells[1]
            cells.insert(0, Map({"id": "new", "cell_type": "raw", "source": Text("new")}))
            cells[1]["source"].insert(0, "first ")

        edit(document, change)
        places = changes.places()
        assert places is not None
        assert not changes.orderly
        assert places.former == (NEW, 0, 2, 3, 4)
        assert places.wanting() == [0, 1, 4]
        assert {place: cell["source"] for place, cell in changes.read([0, 1, 4]).items()} == {
            0: "new",
            1: "first x",
            4: "last x",
        }


@pytest.mark.spec("FILE-44")
def test_what_is_more_than_cells_cannot_be_told() -> None:
    for change in (
        lambda _, meta: meta.update({"nbformat_minor": 4}),
        lambda _, meta: meta["metadata"].update({"title": "x"}),
    ):
        with closing(made()) as document:
            changes = held(document)
            edit(document, change)
            assert changes.places() is None
            assert not changes.orderly
            changes.restart()
            assert changes.places() is not None


@pytest.mark.spec("FILE-41")
def test_what_was_typed_and_put_off_is_among_it() -> None:
    with closing(made()) as document:
        changes = held(document)
        doc: Doc[Any] = Doc(client_id=77)
        doc.apply_update(document.encode())
        known = doc.get_state()
        doc.get("cells", type=Array)[2]["source"].insert(1, "é")
        document.apply([doc.get_update(known)])
        changes.restart()
        known = doc.get_state()
        doc.get("cells", type=Array)[2]["source"].insert(3, "!")
        document.defer(doc.get_update(known))
        document.settle()
        places = changes.places()
        assert places is not None
        assert places.wanting() == [2]
        assert changes.read([2])[2]["source"] == "xé!"


@pytest.mark.spec("FILE-41")
def test_only_notebooks_have_cells_and_watching_ends_with_the_document() -> None:
    text = Document(TEXT, 1)
    assert text.watch_cells() is None
    text.close()
    document = made()
    changes = held(document)
    assert held(document) is changes
    document.close()
    document.close()
    assert changes._subscriptions == []


@pytest.mark.spec("FILE-44")
def test_what_is_no_cell_is_read_as_none() -> None:
    with closing(made()) as document:
        changes = held(document)
        edit(document, lambda cells, _: cells[1].update({"cell_type": 7}))
        edit(document, lambda cells, _: cells.insert(2, 5))
        places = changes.places()
        assert places is not None
        assert places.former == (0, 1, NEW, 2, 3, 4)
        assert changes.read(places.wanting()) == {1: None, 2: None}
