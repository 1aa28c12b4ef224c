"""How deep shared types are is followed over all updates of a document."""

from __future__ import annotations

import pytest
from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core.document import Document
from jupyter_tandem.errors import DocumentError, LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.lib0 import write_var_string
from jupyter_tandem.protocol.nesting import DEEPEST, NestingWatch
from jupyter_tandem.types import DocumentKind
from tests.unit.protocol.update_bytes import ANY, FORMAT, STRING, TYPE, item, number, update

MAP = b"\x01"
KEY = write_var_string("k")


def nested(levels: int, first: int = 0) -> bytes:
    """Maps inside each other from ``first`` on; item n of client 5 is level n."""
    structs = []
    for level in range(first, first + levels):
        root = b"\x01" + write_var_string("state")
        parent = b"\x00" + number(5) + number(level - 1) if level else root
        structs.append(item(TYPE | 0x20, MAP, parent=parent + KEY))
    return update(*structs, clock=first)


def beside(
    client: int, clock: int, neighbour: tuple[int, int], content: bytes, kind: int = TYPE
) -> bytes:
    """An item that has its place, and so its parent, from another."""
    at, number_there = neighbour
    struct = bytes([kind | 0x80]) + number(at) + number(number_there) + content
    return update(struct, client=client, clock=clock)


@pytest.mark.spec("UPD-11")
@pytest.mark.parametrize("size", [1, 7, DEEPEST + 2, 100_000])
def test_a_chain_ends_at_the_limit_however_it_is_sent(size):
    document = Document(DocumentKind("json", "notebook"), 1)
    sent = 0
    while sent + size <= DEEPEST + 1:
        assert document.apply([nested(size, sent)]) is not None
        sent += size
    with pytest.raises(DocumentError):
        document.apply([nested(size, sent)])
    assert not document.damaged
    assert document.content()["cells"]
    assert document.fingerprint()


@pytest.mark.spec("UPD-11")
def test_a_refused_update_is_refused_again():
    watch = NestingWatch()
    watch.admit([nested(DEEPEST + 1)])
    for _ in range(2):
        with pytest.raises(LimitExceeded):
            watch.admit([nested(1, DEEPEST + 1)])


@pytest.mark.spec("UPD-11")
def test_all_updates_that_are_applied_together_count_or_none():
    watch = NestingWatch()
    with pytest.raises(LimitExceeded):
        watch.admit([nested(DEEPEST + 1), nested(1, DEEPEST + 1)])
    # Had the first counted, this other history of the same client would hide how deep it is.
    with pytest.raises(LimitExceeded):
        watch.admit([nested(DEEPEST + 2)])


@pytest.mark.spec("UPD-11")
@pytest.mark.parametrize("leaf", [(ANY, b"\x01\x7e"), (TYPE, MAP)])
def test_depth_is_taken_over_from_neighbours(leaf):
    kind, content = leaf
    watch = NestingWatch()
    watch.admit([nested(DEEPEST + 1)])
    deepest = (5, DEEPEST)
    watch.admit([beside(6, 0, deepest, content, kind), beside(7, 0, (6, 0), MAP)])
    inside = b"\x00" + number(7) + number(0)
    with pytest.raises(LimitExceeded):
        watch.admit([update(item(TYPE, MAP, parent=inside), client=8)])


@pytest.mark.spec("UPD-11")
def test_what_was_loaded_counts():
    watch = NestingWatch()
    watch.note(nested(DEEPEST + 5))
    with pytest.raises(LimitExceeded):
        watch.admit([nested(1, DEEPEST + 5)])


@pytest.mark.spec("UPD-11")
def test_clients_that_build_on_each_other_within_one_update_are_followed():
    one, two = Doc(client_id=1), Doc(client_id=2)
    for _ in range(20):
        for doc, other in ((one, two), (two, one)):
            root = doc.get("root", type=Array)
            root.append(Map({"inner": Array([Map({"text": Text("x")})])}))
            root.insert(0, "plain")
            other.apply_update(doc.get_update(other.get_state()))
    watch = NestingWatch()
    watch.admit([one.get_update()])
    assert {runs.end for runs in watch._clients.values()} == {
        runs.end for runs in _noted(one, two)._clients.values()
    }
    assert {max(runs.depths) >> 2 for runs in watch._clients.values()} == {4}


def _noted(*docs: Doc) -> NestingWatch:
    watch = NestingWatch()
    for doc in docs:
        watch.note(doc.get_update())
    return watch


@pytest.mark.spec("UPD-11")
def test_items_that_build_on_each_other_in_a_circle_are_refused():
    head = b"\x02"
    one = update(bytes([TYPE | 0x80]) + number(6) + number(0) + MAP, client=5)[1:-1]
    two = update(bytes([TYPE | 0x80]) + number(5) + number(0) + MAP, client=6)[1:-1]
    with pytest.raises(MalformedFrame):
        NestingWatch().admit([head + one + two + b"\x00"])


def test_typing_takes_no_memory():
    doc = Doc(client_id=3)
    updates: list[bytes] = []
    doc.observe(lambda event: updates.append(event.update))
    text = doc.get("source", type=Text)
    for place in range(500):
        text.insert(place // 2, "x")
    watch = NestingWatch()
    for update_ in updates:
        watch.admit([update_])
    assert len(watch._clients[3].starts) == 1
    assert watch._clients[3].end == 500


NOTEBOOK = DocumentKind("json", "notebook")
ROOT = b"\x01" + write_var_string("cells")
LIST = b"\x00"
BOLD = write_var_string("bold") + write_var_string("true")
INTO_LISTS = {
    "a root": [update(item(STRING, write_var_string("ab"), parent=ROOT))],
    "an emoji": [update(item(STRING, write_var_string("\N{GRINNING FACE}"), parent=ROOT))],
    "a mark": [update(item(FORMAT, BOLD, parent=ROOT))],
    "beside an element": [
        update(item(TYPE, MAP, parent=ROOT)),
        beside(6, 0, (5, 0), write_var_string("ab"), STRING),
    ],
    "beside an element of the same update": [
        update(item(TYPE, MAP, parent=ROOT))[:-1].replace(b"\x01", b"\x02", 1)
        + beside(6, 0, (5, 0), write_var_string("ab"), STRING)[1:]
    ],
    "a list in a map": [
        update(
            item(TYPE | 0x20, LIST, parent=b"\x01" + write_var_string("state") + KEY),
            item(STRING, write_var_string("ab"), parent=b"\x00" + number(5) + number(0)),
        )
    ],
    "a list in a list": [
        update(
            item(TYPE, LIST, parent=ROOT),
            item(STRING, write_var_string("ab"), parent=b"\x00" + number(5) + number(0)),
        )
    ],
}


@pytest.mark.spec("UPD-14")
@pytest.mark.parametrize("name", INTO_LISTS)
def test_text_in_a_list_is_refused_before_anything_happens(name):
    document = Document(NOTEBOOK, 1)
    *before, last = INTO_LISTS[name]
    for one in before:
        assert document.apply([one]) is not None
    for _ in range(2):
        with pytest.raises(DocumentError):
            document.apply([last])
    with pytest.raises(DocumentError):
        document.apply([*INTO_LISTS[name]])
    assert not document.damaged
    assert document.content()["cells"]
    assert document.fingerprint()


@pytest.mark.spec("UPD-14")
def test_what_belongs_into_lists_and_texts_is_taken():
    document, other = Document(NOTEBOOK, 1), Doc(client_id=7)
    sent = []
    subscription = other.observe(lambda event: sent.append(event.update))
    cells = other.get("cells", type=Array)
    cells.append(Map({"source": Text("a\N{GRINNING FACE}b"), "outputs": Array(["text", 5])}))
    cells[0]["source"].insert(1, "\N{GRINNING FACE}")
    cells[0]["source"].format(0, 1, {"bold": True})
    cells[0]["outputs"].insert(1, "more")
    cells[0]["outputs"].insert(0, Text("a shared text"))
    cells[0]["outputs"][0].insert(3, "red")
    cells.insert(0, "text among cells")
    cells.insert(1, Map({"source": Text("x")}))
    cells[2]["tags"] = Array([Array(["deep"])])
    for one in sent:
        assert document.apply([one]) is not None
    other.unobserve(subscription)
    assert document.encode() == other.get_update()


@pytest.mark.spec("UPD-14")
def test_who_types_on_where_a_cell_has_gone_is_not_refused():
    ours, theirs = Doc(client_id=7), Doc(client_id=8)
    cells = ours.get("cells", type=Array)
    for text in ("first", "second"):
        cells.append(Map({"source": Text(text), "id": text}))
    theirs.apply_update(ours.get_update())
    held = theirs.get("cells", type=Array)
    before = theirs.get_state()
    held[0]["source"].insert(2, "typed")
    held[0]["source"].insert(7, "\N{GRINNING FACE}")
    held.insert(1, Map({"source": Text("after the first")}))
    typed = theirs.get_update(before)
    del cells[0]
    late = Document(NOTEBOOK, 1)
    # What was in the cell is collected: the state says no more what it was.
    late.load([ours.get_update()])
    assert late.apply([typed]) is not None
    ours.apply_update(typed)
    assert late.fingerprint() == fingerprint_of(ours)


def fingerprint_of(doc):
    with_the_same = Document(NOTEBOOK, 2)
    with_the_same.load([doc.get_update()])
    return with_the_same.fingerprint()
