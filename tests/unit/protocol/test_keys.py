"""Values of one map key are followed through updates, also where they do not name it."""

from __future__ import annotations

import pytest
from pycrdt import Array, Doc, Map

from jupyter_tandem.core.trust import TrustWatch
from jupyter_tandem.errors import MalformedFrame
from jupyter_tandem.protocol.keys import KeyedItems


class Writer:
    """A document whose updates are caught one by one."""

    def __init__(self, client: int) -> None:
        self.doc = Doc(client_id=client)
        self.updates: list[bytes] = []
        self.doc.observe(lambda event: self.updates.append(event.update))

    @property
    def map(self) -> Map:
        return self.doc.get("map", type=Map)


@pytest.mark.spec("UPD-9")
def test_a_value_in_the_place_of_another_has_its_key():
    writer = Writer(2**40)
    for key, value in (("k", 1), ("other", 1), ("k", 2), ("other", 2), ("k", [1, 2])):
        writer.map[key] = value
    items = KeyedItems("k")
    assert not items
    assert [items.note(update) for update in writer.updates] == [True, False, True, False, True]
    assert items


@pytest.mark.spec("UPD-9")
def test_a_value_in_the_place_of_a_deleted_one_has_its_key():
    writer = Writer(7)
    writer.map["k"] = 1
    del writer.map["k"]
    writer.map["k"] = 2
    items = KeyedItems("k")
    assert [items.note(update) for update in writer.updates] == [True, False, True]


@pytest.mark.spec("UPD-9")
def test_keys_are_followed_across_clients_and_through_states():
    one, two = Writer(1), Writer(2)
    one.map["k"] = 1
    two.doc.apply_update(one.doc.get_update())
    two.updates.clear()
    two.map["k"] = 2
    items = KeyedItems("k")
    assert items.note(one.doc.get_update())
    assert items.note(two.updates[0])
    assert not KeyedItems("k").note(two.updates[0])


@pytest.mark.spec("UPD-9")
def test_what_is_inside_a_value_has_keys_of_its_own():
    writer = Writer(1)
    writer.map["k"] = Map({"inside": 1})
    writer.updates.clear()
    items = KeyedItems("k")
    assert items.note(writer.doc.get_update())
    writer.map["k"]["inside"] = 2
    writer.map["k"]["new"] = Array([1])
    assert [items.note(update) for update in writer.updates] == [False, False]


@pytest.mark.spec("UPD-9")
def test_many_values_are_remembered_one_by_one():
    items = KeyedItems("k")
    for start in (30, 10, 20):
        items.add(5, start, start + 2)
    held = [clock for clock in range(40) if items.holds(5, clock)]
    assert held == [10, 11, 20, 21, 30, 31]
    assert not items.holds(6, 10)


def test_what_is_no_update_is_refused():
    with pytest.raises(MalformedFrame):
        KeyedItems("k").note(b"\x05")


@pytest.mark.spec("CONTENT-10")
def test_a_document_without_the_word_is_not_watched():
    writer = Writer(1)
    writer.map["k"] = "text"
    writer.map["trusted"] = True
    writer.map["k"] = "other"
    writer.map["trusted"] = False
    watch = TrustWatch()
    assert [watch.suspects(update) for update in writer.updates] == [False, True, False, True]
