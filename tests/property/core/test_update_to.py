"""Whatever a document holds and is to hold: it gets there, and so does everybody who follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core.content import digest, normalise
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.protocol.update import inspect
from jupyter_tandem.types import DocumentKind
from tests.property.core.contents import any_text, notebooks, text, value
from tests.unit.core.notebooks import NOTEBOOK, TEXT


def follow(kind: DocumentKind, contents: list) -> tuple[Document, Document]:
    """A document led through contents, and a peer that saw only its updates."""
    state = seed(kind, contents[0], 1)
    leader, follower = Document(kind, 2), Document(kind, 3)
    leader.load([state])
    follower.load([state])
    for content in contents[1:]:
        update = leader.update_to(content)
        assert leader.content() == normalise(kind, content)
        assert leader.update_to(content) is None
        if update is not None:
            inspect(update)
            follower.apply([update])
    return leader, follower


@pytest.mark.spec("CONTENT-13", "CONTENT-18")
@given(st.lists(any_text, min_size=2, max_size=4))
def test_texts(contents):
    leader, follower = follow(TEXT, contents)
    assert follower.content() == contents[-1]
    assert follower.fingerprint() == leader.fingerprint()


@pytest.mark.spec("CONTENT-13", "CONTENT-18")
@given(st.lists(notebooks, min_size=2, max_size=3))
def test_notebooks(contents):
    leader, follower = follow(NOTEBOOK, contents)
    assert follower.content() == normalise(NOTEBOOK, contents[-1])
    assert follower.fingerprint() == leader.fingerprint()
    assert digest(NOTEBOOK, follower.content()) == digest(NOTEBOOK, contents[-1])


@pytest.mark.spec("CONTENT-12", "CONTENT-1")
@given(notebooks)
def test_seeding_and_the_normal_form(content):
    document = Document(NOTEBOOK, 2)
    document.load([seed(NOTEBOOK, content, 1)])
    normal = normalise(NOTEBOOK, content)
    assert document.content() == normal
    assert normalise(NOTEBOOK, normal) == normal


@pytest.mark.spec("CONTENT-14")
@given(text, text, text)
def test_what_somebody_types_meanwhile_stays(first, second, typed):
    """Both edit the same state at once; what was typed at its end is there whole."""
    state = seed(TEXT, f"{first}|", 1)
    server, person = Document(TEXT, 2), Document(TEXT, 3)
    server.load([state])
    person.load([state])
    from_file = server.update_to(f"{second}|")
    by_hand = person.update_to(f"{first}|{typed}")
    updates = [update for update in (from_file, by_hand) if update is not None]
    server.apply(updates)
    person.apply(updates)
    assert server.content() == f"{second}|{typed}"
    assert server.fingerprint() == person.fingerprint()


@pytest.mark.spec("CONTENT-16")
@given(
    st.dictionaries(st.sampled_from(["nbformat", "nbformat_minor", "metadata", "x"]), value),
    st.lists(value),
)
def test_nonsense_does_not_make_a_notebook_unreadable(meta, things):
    """A hostile editor writes anything anywhere; the others can still read, save and mend it."""
    doc = Doc(client_id=9)
    doc.get("meta", type=Map).update(meta)
    cells = doc.get("cells", type=Array)
    for thing in things:
        cells.append(thing)
        keys = ("id", "cell_type", "source", "metadata", "outputs", "attachments")
        cells.append(Map({**dict.fromkeys(keys, thing), "cell_type": "code"}))
        cells.append(
            Map({"cell_type": "markdown", "source": Text("x"), "attachments": thing, "id": thing})
        )
    document = Document(NOTEBOOK, 2)
    document.load([doc.get_update()])
    content = document.content()
    assert normalise(NOTEBOOK, content) == content
    document.update_to(content)
    assert document.content() == content
    document.update_to({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert [cell["source"] for cell in document.content()["cells"]] == [""]
    assert not document.damaged
