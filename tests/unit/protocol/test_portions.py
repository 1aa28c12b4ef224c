"""UPD-12: large updates in portions do what the whole does, and portions put together are the whole again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, merge_updates

from jupyter_tandem.protocol.portions import Cuts, extend, join, portions
from jupyter_tandem.protocol.update import decode_state_vector, encode_state_vector, inspect

SIZE = 24

Step = tuple[int, str, int, str]
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["type", "erase", "cell", "drop", "key", "nest"]),
        st.integers(0, 30),
        st.text(alphabet="ab\u00e4\U0001f388", min_size=1, max_size=30),
    ),
    min_size=1,
    max_size=40,
)


class Peers:
    """Three people who edit in turn and hear each other at once, the first one most."""

    def __init__(self) -> None:
        self.docs: list[Doc[Any]] = [Doc(client_id=client) for client in (900, 20, 5_000_000)]
        self.made: list[bytes] = []
        self.kept = []
        for doc in self.docs:
            self.kept.append(doc.observe(lambda event: self.made.append(event.update)))

    def take(self, step: Step) -> None:
        who, action, at, text = step
        doc = self.docs[who]
        self.made.clear()
        with doc.transaction():
            _edit(doc, action, at, text)
        for other in self.docs:
            if other is not doc:
                for update in list(self.made):
                    other.apply_update(update)


def _edit(doc: Doc[Any], action: str, at: int, text: str) -> None:
    source, cells = doc.get("source", type=Text), doc.get("cells", type=Array)
    meta = doc.get("meta", type=Map)
    ends = [len(str(source)[:index].encode()) for index in range(len(str(source)) + 1)]
    place = ends[at % len(ends)]
    match action:
        case "type":
            source.insert(place, text)
        case "erase" if len(ends) > 1:
            first = at % (len(ends) - 1)
            del source[ends[first] : ends[first + 1]]
        case "cell":
            cells.insert(at % (len(cells) + 1), Map({"source": Text(text), "n": at}))
        case "drop" if len(cells):
            del cells[at % len(cells)]
        case "key":
            meta[text[:2]] = [text, at]
        case "nest" if len(cells):
            cells[at % len(cells)]["source"].insert(0, text)


def held(doc: Doc[Any]) -> tuple[str, Any, Any, dict[int, int]]:
    return (
        str(doc.get("source", type=Text)),
        json.loads(str(doc.get("cells", type=Array))),
        doc.get("meta", type=Map).to_py(),
        decode_state_vector(doc.get_state()),
    )


def made_of(*updates: bytes) -> Doc[Any]:
    doc: Doc[Any] = Doc(client_id=1)
    for update in updates:
        doc.apply_update(update)
    return doc


@pytest.mark.spec("UPD-12")
@given(STEPS, STEPS)
def test_portions_and_extensions_do_what_the_whole_does(before: list[Step], after: list[Step]):
    peers = Peers()
    for step in before:
        peers.take(step)
    doc = peers.docs[0]
    whole = doc.get_update()
    cut = list(portions(whole, SIZE))
    assert held(made_of(*cut)) == held(doc)
    # What is applied leaves nothing open that a later portion has to close.
    for end in range(1, len(cut)):
        part = made_of(*cut[:end])
        [(_, clock)] = decode_state_vector(part.get_state()).items()
        assert made_of(part.get_update()).get_state() == part.get_state()
        assert clock > 0
    known = doc.get_state()
    later = []
    for step in after:
        peers.take(step)
        later.append(doc.get_update(known))
        known = doc.get_state()
    longer = extend(whole, later, lambda updates: merge_updates(*updates), SIZE)
    assert (longer is None) == (len(cut) == 1)
    if longer is not None:
        assert held(made_of(longer)) == held(doc)
        assert held(made_of(*portions(longer, SIZE))) == held(doc)


@pytest.mark.spec("UPD-13")
@given(STEPS, STEPS, STEPS)
def test_shortened_it_does_the_same_without_what_was_deleted(
    before: list[Step], after: list[Step], at_last: list[Step]
) -> None:
    peers = Peers()
    for step in before:
        peers.take(step)
    doc = peers.docs[0]
    whole = doc.get_update()
    for steps in (after, at_last):
        for step in steps:
            peers.take(step)
        cuts = Cuts.of(whole, SIZE)
        if cuts is None:
            return
        shorter = cuts.shortened(doc.get_update(encode_state_vector(cuts.rest_since)))
        assert shorter is not None
        inspect(shorter)
        assert held(made_of(shorter)) == held(doc)
        assert held(made_of(*portions(shorter, SIZE))) == held(doc)
        # Whoever has it may go on with what the others make, and give it to others.
        late = made_of(shorter)
        peers.take((1, "cell", 0, "later"))
        for update in peers.made:
            late.apply_update(update)
        assert held(made_of(late.get_update())) == held(doc)
        whole = shorter


@pytest.mark.spec("UPD-13")
def test_of_what_was_deleted_only_the_length_is_left():
    doc: Doc[Any] = Doc(client_id=77)
    cells = doc.get("cells", type=Array)
    with doc.transaction():
        for number in range(200):
            output = Array([{"text": "y" * 100}, "z" * 50])
            cells.append(Map({"source": Text("x" * 100), "outputs": output, "number": number}))
    whole = doc.get_update()
    del cells[10:150]
    cells[0]["outputs"].clear()
    del cells[1]["outputs"][0]
    del cells[2]["source"][10:90]
    cuts = Cuts.of(whole, 1_000)
    assert cuts is not None
    shorter = cuts.shortened(doc.get_update(encode_state_vector(cuts.rest_since)))
    assert shorter is not None
    assert held(made_of(shorter)) == held(doc)
    assert len(doc.get_update()) < len(shorter) < 0.6 * len(whole)
    assert cuts.shortened(b"\x00\x00") is None


@pytest.mark.spec("UPD-12")
def test_the_edits_of_one_client_are_cut_near_the_size_and_joined_again():
    doc: Doc[Any] = Doc(client_id=77)
    cells = doc.get("cells", type=Array)
    for number in range(200):
        cells.insert(0, Map({"source": Text("x" * 100), "number": number}))
    whole = doc.get_update()
    cut = list(portions(whole, 1_000))
    assert len(cut) > 15
    assert max(map(len, cut)) < 1_300
    assert join(cut) == whole


@pytest.mark.spec("UPD-12")
def test_what_cannot_be_cut_or_joined_stays_as_it_is():
    one, other = Doc(client_id=1), Doc(client_id=2)
    for doc in (one, other):
        doc.get("source", type=Text).insert(0, "x" * 100)
    whole = one.get_update()
    # One edit, however long.
    assert list(portions(whole, 8)) == [whole]
    assert extend(whole, [other.get_update()], lambda updates: merge_updates(*updates), 8) is None
    assert list(portions(b"\xff" * 100, 8)) == [b"\xff" * 100]
    assert join([whole, other.get_update()]) is None
    del one.get("source", type=Text)[0:5]
    assert join([one.get_update()]) is None
    assert join([]) is None
