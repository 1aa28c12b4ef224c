"""A document's history can be read elsewhere before the first edit comes."""

from __future__ import annotations

import threading

import pytest
from pycrdt import Doc, Text

from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.document.history import History
from jupyter_tandem.errors import DocumentError
from tests.unit.core.notebooks import TEXT
from tests.unit.protocol.test_nesting import nested

SMILE = "\N{GRINNING FACE}"


def opened(content: str) -> Document:
    document = Document(TEXT, client_id=7)
    document.load([seed(TEXT, content, 1)])
    return document


def elsewhere(document: Document, state: bytes) -> History:
    made: list[History] = []
    thread = threading.Thread(target=lambda: made.append(document.make_history(state)))
    thread.start()
    thread.join()
    return made[0]


def cut(document: Document, at: int) -> bytes:
    """An update that inserts text between the two code units of a character."""
    peer: Doc = Doc(client_id=8)
    text = peer.get("source", type=Text)
    peer.apply_update(document.encode())
    before = peer.get_state()
    text.insert(at, "x")
    return peer.get_update(before)


@pytest.mark.spec("ROOM-36")
def test_what_was_learnt_elsewhere_is_watched() -> None:
    document = opened("plain")
    state = document.begin_teaching()
    assert state is not None
    history = elsewhere(document, state)
    # Made here while the history was read.
    document.update_to("plain" + "".join(SMILE for _ in range(3)))
    document.teach(history)
    assert document.begin_teaching() is None
    with pytest.raises(DocumentError):
        document.apply([nested(200)])
    assert not document.damaged
    assert document.apply([cut(document, 0)]) is not None
    assert document.content() == "xplain" + SMILE * 3


@pytest.mark.spec("ROOM-36")
def test_an_edit_that_comes_first_reads_the_history_itself() -> None:
    document = opened("plain")
    state = document.begin_teaching()
    assert state is not None
    history = elsewhere(document, state)
    assert document.apply([cut(document, 0)]) is not None
    document.teach(history)
    assert document.content() == "xplain"
    with pytest.raises(DocumentError):
        document.apply([nested(200)])


@pytest.mark.spec("ROOM-36")
def test_a_document_that_is_loaded_again_has_another_history() -> None:
    document = opened("plain")
    state = document.begin_teaching()
    assert state is not None
    history = elsewhere(document, state)
    document.load([cut(document, 0)])
    document.teach(history)
    assert document.begin_teaching() is not None


@pytest.mark.spec("ROOM-36")
def test_a_small_document_is_not_worth_it() -> None:
    assert opened("plain").begin_teaching(least_bytes=1_000) is None
    assert opened("plain" * 1_000).begin_teaching(least_bytes=1_000) is not None
