"""Documents: updates in and out, trust, state, failure."""

from __future__ import annotations

import gc
import weakref

import pycrdt
import pytest
from jupyter_ydoc import YBlob, YNotebook, YUnicode
from pycrdt import Array, Map, Text

from jupyter_tandem.core.content import normalise
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.errors import DocumentError, MalformedFrame
from jupyter_tandem.protocol.update import inspect
from jupyter_tandem.types import DocumentKind
from tests.unit.core.front_ends import FULL, Peer, live
from tests.unit.core.notebooks import (
    BLOB,
    NOTEBOOK,
    TEXT,
    code,
    notebook,
    sources,
)
from tests.unit.protocol import update_bytes as wire

# -- seeds and schema --------------------------------------------------------------------------------


@pytest.mark.spec("CONTENT-12")
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (NOTEBOOK, FULL),
        (NOTEBOOK, notebook()),
        (NOTEBOOK, notebook(code(None, "1"), code(None, "1"), minor=4)),
        (NOTEBOOK, notebook(code("a", "1", metadata={"trusted": True}))),
        (NOTEBOOK, notebook(code("a", "1", metadata={"n": [2**53, 2**63, -(2**63), 1e20, 1e300]}))),
        (TEXT, "é😀\r\n\u05e9\u05dc\u05d5\u05dd\n"),
        (TEXT, ""),
        (BLOB, "AAEC/w=="),
        (DocumentKind("base64", "file"), "AAEC/w=="),
    ],
)
def test_what_was_seeded_is_read_back(kind, content):
    document, state = live(content, kind)
    assert document.content() == normalise(kind, content)
    inspect(state)


@pytest.mark.spec("CONTENT-12")
def test_seeding_is_deterministic_up_to_the_client():
    assert seed(TEXT, "abc", 1) == seed(TEXT, "abc", 1)
    assert seed(TEXT, "abc", 1) != seed(TEXT, "abc", 2)


@pytest.mark.spec("CONTENT-4")
def test_cells_of_older_formats_have_ids_that_stay():
    document, _ = live(notebook(code(None, "1"), code(None, "2"), minor=4))
    peer = Peer(9, document.encode())
    before = [cell["id"] for cell in peer.cells]
    assert len(set(before)) == 2
    update = document.update_to(notebook(code(None, "1 more"), code(None, "2"), minor=4))
    peer.doc.apply_update(update)
    assert [cell["id"] for cell in peer.cells] == before


@pytest.mark.spec("CONTENT-6")
def test_front_ends_find_the_metadata_they_would_write():
    document, _ = live()
    model = YNotebook(Peer(9, document.encode()).doc)
    assert model.get()["metadata"] == {
        "title": "A",
        "kernelspec": {"name": "", "display_name": ""},
        "language_info": {"name": ""},
    }
    assert document.content()["metadata"] == {"title": "A"}


@pytest.mark.spec("CONTENT-11")
def test_jupyter_ydoc_reads_what_was_seeded():
    model = YNotebook(Peer(9, seed(NOTEBOOK, FULL, 1)).doc)
    read = model.get()
    assert normalise(NOTEBOOK, read) == normalise(NOTEBOOK, FULL)
    cell = model.ycells[0]
    assert isinstance(cell["source"], Text)
    assert isinstance(cell["metadata"], Map)
    assert isinstance(cell["outputs"], Array)
    assert isinstance(cell["outputs"][0]["text"], Text)
    assert cell["execution_state"] == "idle"
    assert YUnicode(Peer(9, seed(TEXT, "é😀", 1)).doc).get() == "é😀"
    assert YBlob(Peer(9, seed(BLOB, "AAEC", 1)).doc).get() == b"\0\1\2"


@pytest.mark.spec("CONTENT-11")
def test_what_jupyter_ydoc_wrote_is_read():
    peer = Peer(9)
    YNotebook(peer.doc).set({**FULL, "cells": [dict(cell) for cell in FULL["cells"]]})
    document = Document(NOTEBOOK, 2)
    document.load([peer.doc.get_update()])
    assert document.content() == normalise(NOTEBOOK, FULL)


def test_types_of_other_packages_go_through_their_own_model():
    kind = DocumentKind("text", "unknown-to-everybody")
    document, state = live("text", kind)
    assert document.content() == "text"
    assert document.update_to("text") is None
    peer = Document(kind, 3)
    peer.load([state, document.update_to("other text")])
    assert peer.content() == "other text"
    assert peer.fingerprint() == document.fingerprint()


def test_base64_that_is_none_is_refused():
    document, _ = live("AAEC", BLOB)
    with pytest.raises(DocumentError):
        document.update_to("a")


# -- updates -----------------------------------------------------------------------------------------


@pytest.mark.spec("CONTENT-18")
def test_updates_are_merged_into_one():
    document, state = live("hello", TEXT)
    peer = Peer(9, state)
    source = peer.doc.get("source", type=Text)
    for letter in "abc":
        source += letter
    typed = peer.emitted()
    merged = document.apply(typed)
    assert document.content() == "helloabc"
    assert len(merged) < sum(map(len, typed))
    other = Peer(10, state, merged)
    assert str(other.doc.get("source", type=Text)) == "helloabc"


@pytest.mark.spec("CONTENT-18")
def test_nothing_new_is_nothing():
    document, state = live()
    assert document.apply([]) is None
    assert document.apply([state]) is None
    assert document.apply([b"\x00\x00"]) is None
    assert document.update_to(FULL) is None


def test_loading_many_updates_gives_the_same_document():
    peer = Peer(9)
    source = peer.doc.get("source", type=Text)
    for number in range(2_500):
        source += f"{number}\n"
    document = Document(TEXT, 2)
    document.load(iter(peer.emitted()))
    assert document.content() == str(source)
    assert document.state_vector() == peer.doc.get_state()


def test_a_peer_gets_what_it_lacks():
    document, state = live("hello", TEXT)
    peer = Peer(9, state)
    vector = peer.doc.get_state()
    document.update_to("hello world")
    assert len(document.encode(vector)) < len(document.encode())
    peer.doc.apply_update(document.encode(vector))
    assert str(peer.doc.get("source", type=Text)) == "hello world"


def test_a_state_vector_that_lies_is_refused():
    document, _ = live("hello", TEXT)
    with pytest.raises(MalformedFrame):
        document.encode(b"\x80\x80\x80\x20")


@pytest.mark.spec("CONTENT-17")
def test_state_is_written_where_it_differs():
    document, _ = live()
    assert document.write_state({"path": "a.ipynb", "dirty": False}) is not None
    assert document.write_state({"path": "a.ipynb", "dirty": False}) is None
    update = document.write_state({"path": "a.ipynb", "dirty": True})
    assert b"path" not in update
    peer = Peer(9, document.encode())
    assert peer.doc.get("state", type=Map).to_py() == {"path": "a.ipynb", "dirty": True}
    assert document.content() == normalise(NOTEBOOK, FULL)


# -- faults ------------------------------------------------------------------------------------------


@pytest.mark.spec("CONTENT-16")
def test_what_is_no_cell_is_left_out_and_removed_by_the_next_write():
    document, state = live()
    peer = Peer(9, state)
    peer.cells.insert(0, 5)
    peer.cells.insert(2, Map({"id": "x"}))
    peer.cells.insert(3, Map({"id": "y", "cell_type": 1}))
    document.apply(peer.emitted())
    assert document.content() == normalise(NOTEBOOK, FULL)
    peer.doc.apply_update(document.update_to(FULL))
    assert len(peer.cells) == 3


@pytest.mark.spec("CONTENT-16")
def test_a_cell_that_is_a_plain_value_is_read_and_made_a_shared_one():
    document, state = live(notebook(code("a", "1")))
    peer = Peer(9, state)
    peer.cells.append(
        {"id": "p", "cell_type": "code", "source": "plain", "metadata": {}, "outputs": []}
    )
    document.apply(peer.emitted())
    content = document.content()
    assert sources(content) == ["1", "plain"]
    content["cells"][1]["source"] = "changed"
    peer.doc.apply_update(document.update_to(content))
    assert isinstance(peer.cells[1], Map)
    assert sources(document.content()) == ["1", "changed"]


@pytest.mark.spec("CONTENT-19")
def test_an_update_the_library_cannot_integrate_damages_the_document():
    document = Document(TEXT, 2)
    document.apply([wire.update(wire.text("ab"))])
    inside_a_letter = b"\x00" + wire.number(5) + wire.number(0)
    misplaced = wire.item(wire.STRING, b"\x01x", parent=inside_a_letter)
    with pytest.raises(DocumentError):
        document.apply([wire.update(misplaced, client=6)])
    assert document.damaged
    with pytest.raises(DocumentError):
        document.apply([b"\x00\x00"])
    with pytest.raises(DocumentError):
        document.write_state({"a": 1})


@pytest.mark.spec("CONTENT-19")
def test_a_journal_the_library_cannot_read_is_a_document_error():
    document = Document(TEXT, 2)
    with pytest.raises(DocumentError):
        document.load([b"\x05\x05"])
    assert document.damaged


@pytest.mark.spec("CONTENT-19")
def test_what_is_no_update_is_refused_without_damage():
    document, _ = live("a", TEXT)
    with pytest.raises(DocumentError):
        document.apply([b"\x05\x05"])
    assert not document.damaged
    assert document.content() == "a"


@pytest.mark.spec("CONTENT-19")
def test_a_panic_is_a_document_error(monkeypatch):
    panic = type("PanicException", (BaseException,), {})

    def fail(*_):
        raise panic("at the disco")

    document, _ = live("a", TEXT)
    monkeypatch.setattr(pycrdt.Doc, "apply_update", fail)
    with pytest.raises(DocumentError):
        document.apply([b"\x00\x00"])
    assert document.damaged


@pytest.mark.spec("CONTENT-19")
def test_an_interrupt_is_not_a_fault_of_the_document(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    document, _ = live("a", TEXT)
    monkeypatch.setattr(pycrdt.Doc, "apply_update", interrupt)
    with pytest.raises(KeyboardInterrupt):
        document.apply([b"\x00\x00"])
    assert not document.damaged


def test_refused_content_leaves_the_document_as_it_was():
    document, _ = live()
    with pytest.raises(DocumentError):
        document.update_to({"cells": 1})
    assert not document.damaged
    assert document.content() == normalise(NOTEBOOK, FULL)


@pytest.mark.spec("CONTENT-21")
@pytest.mark.parametrize("close", [True, False])
def test_a_document_that_is_gone_is_freed(close):
    document, _ = live()
    crdt = weakref.ref(document._crdt)
    if close:
        document.close()
        document.close()
    del document
    gc.collect()
    assert crdt() is None


@pytest.mark.spec("CONTENT-21")
def test_many_cells_are_freed_a_few_at_a_time():
    document = Document(NOTEBOOK, 1)
    document.update_to({**FULL, "cells": [{**FULL["cells"][0], "id": str(n)} for n in range(450)]})
    cells = document._crdt.get("cells", type=Array)
    steps: list[pycrdt.TransactionEvent] = []
    watch = document._crdt.observe(steps.append)
    document.close()
    watch.drop()
    assert len(steps) == 4
    assert len(cells) == 50


@pytest.mark.spec("CONTENT-21")
@pytest.mark.parametrize("read", [Document.content, Document.encode, Document.fingerprint])
def test_a_closed_document_is_no_empty_one(read):
    document, _ = live()
    document.close()
    with pytest.raises(DocumentError, match="closed"):
        read(document)
