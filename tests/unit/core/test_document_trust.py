"""Trust that clients put into cells does not travel."""

from __future__ import annotations

import pytest
from pycrdt import Map, Text

from jupyter_tandem.core.document import Document
from tests.unit.core.front_ends import Peer, live
from tests.unit.core.notebooks import NOTEBOOK


@pytest.mark.spec("CONTENT-9")
def test_trust_of_a_new_cell_does_not_pass():
    document, state = live()
    peer, other = Peer(9, state), Peer(10, state)
    peer.cells.insert(
        1,
        Map(
            {
                "id": "n",
                "cell_type": "code",
                "source": Text("1"),
                "metadata": Map({"trusted": True, "k": 1}),
            }
        ),
    )
    update = document.apply(peer.emitted())
    other.doc.apply_update(update)
    assert other.cells[1]["metadata"].to_py() == {"k": 1}
    peer.doc.apply_update(update)
    assert peer.cells[1]["metadata"].to_py() == {"k": 1}
    assert document.content()["cells"][1]["source"] == "1"


@pytest.mark.spec("CONTENT-9")
@pytest.mark.parametrize(
    "trust",
    [
        lambda cell: cell["metadata"].__setitem__("trusted", True),
        lambda cell: cell.__setitem__("metadata", Map({"trusted": True})),
        lambda cell: cell["metadata"].__setitem__("trusted", Map({"x": 1})),
        lambda cell: cell["metadata"].__setitem__("trusted", Text("x")),
    ],
)
def test_trust_of_a_cell_that_is_there_does_not_pass(trust):
    document, state = live()
    peer, other = Peer(9, state), Peer(10, state)
    trust(peer.cells[0])
    other.doc.apply_update(document.apply(peer.emitted()))
    assert "trusted" not in other.cells[0]["metadata"]


@pytest.mark.spec("CONTENT-10")
def test_trust_that_does_not_name_itself_does_not_pass():
    document, state = live()
    peer, other = Peer(9, state), Peer(10, state)
    metadata = peer.cells[0]["metadata"]
    metadata["trusted"] = False
    named = peer.emitted()
    metadata["trusted"] = True
    unnamed = peer.emitted()
    assert b"trusted" not in unnamed[0]
    other.doc.apply_update(document.apply(named))
    other.doc.apply_update(document.apply(unnamed))
    assert "trusted" not in other.cells[0]["metadata"]
    assert document.fingerprint() == reloaded(other.doc.get_update()).fingerprint()


@pytest.mark.spec("CONTENT-10")
def test_a_reloaded_document_remembers_which_key_was_which():
    document, state = live()
    peer = Peer(9, state)
    metadata = peer.cells[0]["metadata"]
    metadata["trusted"] = False
    document.apply(peer.emitted())
    metadata["trusted"] = True
    again = reloaded(document.encode())
    other = Peer(10, document.encode(), again.apply(peer.emitted()))
    assert "trusted" not in other.cells[0]["metadata"]


@pytest.mark.spec("CONTENT-9")
def test_the_word_in_a_text_stays():
    document, state = live()
    peer = Peer(9, state)
    source = peer.cells[0]["source"]
    source += " # trusted"
    peer.cells[0]["outputs"].append(
        Map({"output_type": "display_data", "metadata": {"trusted": True}, "data": {}})
    )
    update = document.apply(peer.emitted())
    assert b" # trusted" in update
    cell = document.content()["cells"][0]
    assert cell["source"] == "x = 1 # trusted"
    assert cell["outputs"][2]["metadata"] == {"trusted": True}


def reloaded(state: bytes) -> Document:
    document = Document(NOTEBOOK, 3)
    document.load([state])
    return document
