"""How deep shared types are is followed over all updates of a document."""

from __future__ import annotations

import pytest
from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core.document import Document
from jupyter_tandem.errors import DocumentError, LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.lib0 import write_var_string
from jupyter_tandem.protocol.nesting import DEEPEST, NestingWatch
from jupyter_tandem.types import DocumentKind
from tests.unit.protocol.update_bytes import ANY, TYPE, item, number, update

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
    assert {max(runs.depths) for runs in watch._clients.values()} == {4}


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
