"""What is typed on goes a shorter way through the room: nobody may be able to tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.fast_path import BATCH, FastPath
from jupyter_tandem.core.session import Session
from jupyter_tandem.protocol import frames as f
from tests.unit.core.room_bench import TEXT, Bench, Peer

_PIECES = ("a", "Z", " ", "\n", "é", "ש", "€", "\U0001f642", "ab")

_WHO = st.integers(0, 2)
_WHERE = st.integers(0, 60)
_ACTION = st.one_of(
    st.tuples(st.just("type"), _WHO, st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6)),
    st.tuples(st.just("move"), _WHO, _WHERE),
    st.tuples(st.just("delete"), _WHO, _WHERE),
    st.tuples(st.just("look"), _WHO, _WHERE),
    st.tuples(st.just("tick"), _WHO, _WHERE),
    st.tuples(st.just("two in a turn"), _WHO, _WHERE),
    st.tuples(st.just("damage"), _WHO, st.tuples(_WHERE, st.integers(0, 9))),
    st.tuples(st.just("cut"), _WHO, _WHERE),
    st.tuples(st.just("append"), _WHO, st.binary(min_size=1, max_size=3)),
)


class _LongWay(FastPath):
    """Recognises nothing."""

    def take(self, session: Session, frame: bytes) -> bytes | None:
        return None


class Twins:
    """Two rooms that are told the same, one of which knows no short way, and what followers of both hold."""

    def __init__(self) -> None:
        self.short, self.long = Bench(TEXT, "begin"), Bench(TEXT, "begin")
        editing = self.long.room._editing
        editing._fast_path = _LongWay(self.long.room.document, editing._intake)
        self.followers = [Document(TEXT, 5), Document(TEXT, 6)]
        for follower, bench in zip(self.followers, (self.short, self.long), strict=True):
            follower.load([bench.room.document.encode()])
        self.people = [self._join(name, number) for number, name in enumerate("abc", 1)]
        self.carets = [0, 2, 5]

    def _join(self, name: str, client_id: int) -> Peer:
        self.long.join(name, client_id=1000 + client_id)
        return self.short.join(name, client_id=1000 + client_id)

    def both(self, make: Callable[[], inputs.Input]) -> None:
        """Tell both, and hold what they want against each other."""
        event = make()
        wanted = [bench.handle(event) for bench in (self.short, self.long)]
        assert [_seen(effect) for effect in wanted[0]] == [_seen(effect) for effect in wanted[1]]
        for follower, effects in zip(self.followers, wanted, strict=True):
            follower.load([effect.update for effect in effects if isinstance(effect, fx.Append)])
        assert self.followers[0].content() == self.followers[1].content()

    def frames(self, who: int, *frames: bytes) -> None:
        """Frames of one person in one turn, unless they were shown the door."""
        session = self.people[who].session
        if self.people[who].closed is None:
            self.both(lambda: inputs.Turn(tuple((session, frame) for frame in frames)))

    def edit(self, who: int, change: Callable[[Text], None]) -> list[bytes]:
        peer = self.people[who]
        made = len(peer.made)
        change(peer.source)
        return [f.encode(f.Update(update)) for update in peer.made[made:]]

    def look(self) -> None:
        short, long = self.short.room.document, self.long.room.document
        assert short.state_vector() == long.state_vector()
        assert short.fingerprint() == long.fingerprint()


def _seen(effect: fx.Effect) -> tuple[Any, ...]:
    """What others learn of an effect, but for the bytes of edits: the followers compare what these mean."""
    match effect:
        case fx.Append(sequence, author, at, cause):
            return "append", sequence, author, at, cause
        case fx.Fanout(frame, but, deaf) if frame.startswith(b"\x00"):
            return "fanout", but, deaf
        case _:
            return (effect,)


def _write(twins: Twins, who: int, text: str) -> list[bytes]:
    held = str(twins.people[who].source)
    at = min(twins.carets[who], len(held))
    twins.carets[who] = at + len(text)
    return twins.edit(who, lambda source: source.insert(len(held[:at].encode()), text))


def _delete(twins: Twins, who: int, where: int) -> list[bytes]:
    held = str(twins.people[who].source)
    if not held:
        return []
    start = len(held[: where % len(held)].encode())
    end = start + len(held[where % len(held)].encode())
    return twins.edit(who, lambda source: source.__delitem__(slice(start, end)))


def _act(twins: Twins, action: str, who: int, how: Any) -> None:
    match action:
        case "type":
            for piece in how:
                twins.frames(who, *_write(twins, who, piece))
        case "move":
            twins.carets[who] = how
        case "delete":
            for frame in _delete(twins, who, how):
                twins.frames(who, frame)
        case "two in a turn":
            twins.frames(who, *_write(twins, who, "x"), *_write(twins, who, "y"))
        case "look":
            twins.look()
        case "tick":
            twins.both(inputs.Tick)
        case _:
            _act(twins, "type", who, "pq")
            (frame,) = _write(twins, who, "r")
            twins.frames(who, _spoilt(frame, action, how))


def _spoilt(frame: bytes, action: str, how: Any) -> bytes:
    match action:
        case "damage":
            damaged = bytearray(frame)
            damaged[-1 - how[0] % len(frame)] ^= 1 << how[1] % 8
            return bytes(damaged)
        case "cut":
            return frame[: how % len(frame)]
        case _:
            return bytes(frame + how)


@pytest.mark.spec("ROOM-38")
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions=st.lists(_ACTION, max_size=40))
def test_both_ways_come_to_the_same(actions: list[tuple[str, int, Any]]) -> None:
    twins = Twins()
    for action, who, how in actions:
        _act(twins, action, who, how)
    twins.look()


@pytest.mark.spec("ROOM-38")
def test_typing_on_does_take_the_short_way() -> None:
    """Or the test above would compare two equal rooms. The first has nothing to its left, the second goes before."""
    twins = Twins()
    for character in "typed":
        twins.frames(0, *_write(twins, 0, character))
    assert twins.short.room.document.deferred == 3
    assert twins.long.room.document.deferred == 0
    twins.look()
    assert twins.short.room.document.deferred == 0


@pytest.mark.spec("ROOM-38")
def test_the_document_has_it_after_a_batch_and_after_a_tick() -> None:
    bench = Bench()
    ana = bench.join("ana", client_id=1)
    for number in range(BATCH + 2):
        ana.type("x", number)
    assert bench.room.document.deferred == 0
    ana.type("y", BATCH + 2)
    assert bench.room.document.deferred == 1
    bench.handle(inputs.Tick())
    assert bench.room.document.deferred == 0
    assert bench.text() == "x" * (BATCH + 2) + "y"


def test_what_is_given_on_is_what_came() -> None:
    bench = Bench()
    ana, bo = bench.join("ana", client_id=1), bench.join("bo", client_id=2)
    ana.type("a", 0)
    ana.type("b", 1)
    sent = f.encode(f.Update(ana.edit("c", 2)))
    (append, fanout, *_) = ana.send_raw(sent)
    assert isinstance(append, fx.Append)
    assert isinstance(fanout, fx.Fanout)
    assert fanout.frame is sent
    assert str(bo) == "abc"
    doc: Doc[Any] = Doc()
    doc.apply_update(bench.room.document.encode())
    assert str(doc.get("source", type=Text)) == "abc"
