"""Documents here and in Yjs hold the same, whoever edits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_tandem.core.content import normalise
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.errors import DocumentError
from jupyter_tandem.protocol.update import decode_state_vector, inspect
from jupyter_tandem.types import DocumentKind
from tests.differential.yjs_peer import YjsPeer
from tests.property.core.contents import any_text, notebooks
from tests.unit.core.notebooks import BLOB, NOTEBOOK, TEXT, code, notebook


@pytest.fixture(scope="module")
def yjs():
    peer = YjsPeer()
    yield peer
    peer.close()


def both(yjs, kind: DocumentKind, content) -> tuple[Document, object]:
    state = seed(kind, content, 1)
    here, browser = Document(kind, 2), yjs.document(2**40)
    here.load([state])
    browser.apply(state)
    return here, browser


@pytest.mark.spec("CONTENT-20", "CONTENT-13")
@settings(deadline=None)
@given(contents=st.lists(notebooks, min_size=1, max_size=3))
def test_notebooks_written_here_are_the_same_in_yjs(yjs, contents):
    here, browser = both(yjs, NOTEBOOK, contents[0])
    assert browser.fingerprint("notebook") == here.fingerprint()
    for content in contents[1:]:
        update = here.update_to(content)
        if update is not None:
            browser.apply(update)
    assert browser.fingerprint("notebook") == here.fingerprint()
    assert browser.vector() == decode_state_vector(here.state_vector())


@pytest.mark.spec("CONTENT-20", "CONTENT-13")
@settings(deadline=None)
@given(contents=st.lists(any_text, min_size=1, max_size=4))
def test_texts_written_here_are_the_same_in_yjs(yjs, contents):
    here, browser = both(yjs, TEXT, contents[0])
    for content in contents[1:]:
        update = here.update_to(content)
        if update is not None:
            browser.apply(update)
    assert browser.content("file")["source"] == here.content() == normalise(TEXT, contents[-1])
    assert browser.fingerprint("file") == here.fingerprint()


@pytest.mark.spec("UPD-10", "UPD-2")
@pytest.mark.parametrize("seed", range(30))
def test_a_document_stays_readable_whoever_cuts_characters(yjs, seed):
    here, browser = Document(TEXT, 2), yjs.document(2**40)
    known: dict[int, int] = {}
    for update in yjs.random_updates(seed, 40, cuts=True):
        shape = inspect(update)
        if any(known.get(client, 0) < clock for client, clock in shape.needs.items()):
            continue
        try:
            here.apply([update])
        except DocumentError:
            assert not here.damaged
            continue
        browser.apply(update)
        known = decode_state_vector(here.state_vector())
    assert inspect(here.encode()).needs == {}
    assert browser.vector() == known
    again = yjs.document(2**41)
    again.apply(here.encode())
    assert again.vector() == known
    assert again.text("text") == browser.text("text")


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.spec("CONTENT-13", "CONTENT-20")
@settings(deadline=None)
@given(
    start=any_text,
    edits=st.lists(st.tuples(any_text, st.integers(0, 50), st.integers(0, 5)), max_size=5),
    last=any_text,
)
def test_texts_edited_on_both_sides_are_the_same(yjs, start, edits, last):
    """The browser counts UTF-16 code units, never within a surrogate pair, as its editor does."""
    here, browser = both(yjs, TEXT, start)
    for inserted, place, length in edits:
        text = here.content()
        at = min(place, len(text))
        removed = text[at : at + length]
        updates = browser.edit(
            {
                "get": "getText",
                "path": ["source"],
                "at": utf16(text[:at]),
                "delete": utf16(removed),
                "insert": inserted,
            }
        )
        here.apply(updates)
        assert here.content() == text[:at] + inserted + text[at + len(removed) :]
    update = here.update_to(last)
    if update is not None:
        browser.apply(update)
    assert browser.fingerprint("file") == here.fingerprint()


@pytest.mark.spec("CONTENT-9", "CONTENT-20")
def test_trust_set_by_a_browser_is_gone_everywhere(yjs):
    here, browser = both(yjs, NOTEBOOK, notebook(code("a", "1")))
    new_cell = {
        "id": "n",
        "cell_type": "code",
        "source": "2",
        "metadata": {"trusted": True, "k": 1},
    }
    for edit in (
        {"get": "getArray", "path": ["cells"], "at": 0, "cell": new_cell},
        {"get": "getArray", "path": ["cells", 0, "metadata"], "key": "trusted", "set": True},
        {"get": "getArray", "path": ["cells", 1, "metadata"], "key": "trusted", "set": False},
        {"get": "getArray", "path": ["cells", 1, "metadata"], "key": "trusted", "set": True},
    ):
        browser.apply(here.apply(browser.edit(edit)))
        assert browser.fingerprint("notebook") == here.fingerprint()
    metadata = [cell["metadata"] for cell in browser.content("notebook")["cells"]]
    assert metadata == [{"k": 1}, {}]


@pytest.mark.spec("CONTENT-20")
def test_blobs_and_state_have_one_fingerprint(yjs):
    here, browser = both(yjs, BLOB, "AAH/gA==")
    browser.apply(here.write_state({"path": "é", "dirty": False, "n": 1.5, "none": None}))
    assert browser.fingerprint("blob") == here.fingerprint()


@pytest.mark.spec("CONTENT-20")
def test_every_value_has_one_fingerprint(yjs):
    here, browser = both(yjs, NOTEBOOK, notebook(code("a", "1")))
    values = [None, True, False, 0, -0.0, 1, -1, 2**53, -(2**53), 1e21, 1e-7, 5e-324, 1e308, 0.1]
    values += ["", '\u2028\u007f\u0000"\\/', "😀", {"\uffff": 1, "😀": 2, "a": [[]]}]
    for number, value in enumerate(values):
        edit = {
            "get": "getArray",
            "path": ["cells", 0, "metadata"],
            "key": f"k{number}",
            "set": value,
        }
        here.apply(browser.edit(edit))
    assert browser.fingerprint("notebook") == here.fingerprint()


@pytest.mark.spec("CONTENT-20")
def test_edits_made_at_the_same_time_converge(yjs):
    here, browser = both(yjs, NOTEBOOK, notebook(code("a", "1\n2\n3"), code("b", "x")))
    typed = browser.edit(
        {"get": "getArray", "path": ["cells", 0, "source"], "at": 5, "insert": "😀 typed"},
        {"get": "getArray", "path": ["cells", 1, "source"], "at": 0, "insert": "y"},
    )
    written = here.update_to(notebook(code("n", "new"), code("a", "1 é\n2\n3"), code("b", "x")))
    here.apply(typed)
    browser.apply(written)
    assert [cell["source"] for cell in here.content()["cells"]] == [
        "new",
        "1 é\n2\n3😀 typed",
        "yx",
    ]
    assert browser.fingerprint("notebook") == here.fingerprint()
