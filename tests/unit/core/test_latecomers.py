"""ROOM-40: those who ask for the whole of a large document are answered when it has been fetched."""

from __future__ import annotations

import pytest

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import latecomers as module
from jupyter_tandem.core.inputs import Dialect, JournalFailed, Leave, Recalled, Tick, WholeWanted
from jupyter_tandem.protocol.frames import SyncStep1, SyncStep2, Update, encode
from tests.unit.core.room_bench import Bench, Peer

NOTHING = b"\x00"


@pytest.fixture
def bench() -> Bench:
    """A room whose document is large, and ana in it."""
    made = Bench(content="start", recall_bytes=1)
    ana = made.join("ana", synchronise=False)
    assert fx.Recall() in ana.send(SyncStep1(NOTHING))
    tell(made)
    ana.send(SyncStep2(b"\x00\x00"))
    made.handle(Tick())
    return made


def ana_of(bench: Bench) -> Peer:
    return next(iter(bench.peers.values()))


def read(bench: Bench) -> Recalled:
    return Recalled(bench.room.sequence, encode(SyncStep2(bench.room.document.encode())))


def tell(bench: Bench) -> None:
    bench.handle(read(bench))


def asking(bench: Bench, dialect: Dialect = Dialect.TANDEM) -> tuple[Peer, bool]:
    """Somebody who opens it, and whether the room asks for the document."""
    late = bench.join("late", dialect=dialect, synchronise=False)
    wanted = fx.Recall() in late.send(SyncStep1(NOTHING))
    late.inbox.clear()
    return late, wanted


def kinds(peer: Peer) -> list[type]:
    return [type(message) for message in peer.inbox]


@pytest.mark.spec("ROOM-40")
def test_all_who_wait_share_one_reading_and_hear_nothing_before(bench: Bench) -> None:
    (first, wanted), (second, again) = asking(bench), asking(bench)
    assert (wanted, again) == (True, False)
    ana_of(bench).type("x")
    assert first.inbox == second.inbox == []
    tell(bench)
    assert kinds(first) == kinds(second) == [SyncStep2]
    ana_of(bench).type("y")
    assert str(first) == str(second) == bench.text() == "yxstart"
    third, wanted = asking(bench)
    assert not wanted
    assert str(third) == bench.text()


@pytest.mark.spec("ROOM-40", "WIRE-5")
def test_what_was_changed_since_it_was_read_comes_behind(bench: Bench) -> None:
    (tandem, _), (stock, _) = asking(bench), asking(bench, Dialect.STOCK)
    ana_of(bench).type("a")
    held = read(bench)
    ana_of(bench).type("b")
    ana_of(bench).type("c")
    bench.handle(held)
    assert kinds(tandem) == [Update, Update, SyncStep2]
    assert kinds(stock) == [SyncStep2, Update, Update]
    assert str(tandem) == str(stock) == bench.text() == "cbastart"


@pytest.mark.spec("ROOM-40", "WIRE-5")
def test_a_stock_session_that_asked_after_the_reading_waits_for_the_next(bench: Bench) -> None:
    asking(bench)
    held = read(bench)
    ana_of(bench).type("x")
    late, wanted = asking(bench, Dialect.STOCK)
    assert not wanted
    assert fx.Recall() in bench.handle(held)
    assert late.inbox == []
    tell(bench)
    assert kinds(late) == [SyncStep2]
    assert str(late) == "xstart"


@pytest.mark.spec("ROOM-40")
def test_nothing_comes_for_somebody_who_has_gone(bench: Bench) -> None:
    late, _ = asking(bench)
    bench.handle(Leave(late.session))
    ana_of(bench).type("x")
    held = read(bench)
    ana_of(bench).type("y")
    assert bench.handle(held) == []
    later, wanted = asking(bench)
    assert not wanted
    assert str(later) == bench.text() == "yxstart"


@pytest.mark.spec("ROOM-40")
def test_it_is_fetched_ahead_of_those_who_will_ask(bench: Bench) -> None:
    assert bench.room.mentions(b"start") is None
    assert bench.handle(WholeWanted()) == [fx.Recall()]
    assert bench.handle(WholeWanted()) == []
    late, wanted = asking(bench)
    assert not wanted
    tell(bench)
    assert kinds(late) == [SyncStep2]
    assert bench.room.mentions(b"start") is True
    assert bench.handle(WholeWanted()) == []


@pytest.mark.spec("ROOM-40")
@pytest.mark.parametrize("dialect", Dialect)
def test_what_cannot_be_read_is_encoded(
    bench: Bench, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, _ = asking(bench, dialect)
    ana_of(bench).type("x")
    bench.handle(Recalled(0, None))
    assert kinds(late) == [SyncStep2]
    bench.handle(Tick())
    monkeypatch.setattr(module, "MEANWHILE_BYTES", 30)
    later, _ = asking(bench, dialect)
    held = read(bench)
    for letter in "abc":
        ana_of(bench).type(letter)
    bench.handle(held)
    assert kinds(later) == [SyncStep2]
    assert str(late) == str(later) == bench.text() == "cbaxstart"
    bench.handle(JournalFailed("disk full"))
    bench.handle(Tick())
    last, wanted = asking(bench, dialect)
    assert not wanted
    assert str(last) == bench.text()


@pytest.mark.spec("ROOM-40", "ROOM-37")
def test_who_asks_in_another_way_meanwhile_is_answered_at_once(bench: Bench) -> None:
    late, _ = asking(bench)
    late.send(SyncStep1(bench.room.document.state_vector()))
    assert kinds(late) == [SyncStep2]
    tell(bench)
    assert kinds(late) == [SyncStep2]
    bench.handle(Tick())
    twice = bench.join("twice", synchronise=False)
    twice.inbox.clear()
    twice.send(SyncStep1(NOTHING), SyncStep1(NOTHING))
    tell(bench)
    assert kinds(twice) == [SyncStep2]


@pytest.mark.spec("ROOM-40")
def test_who_hears_of_edits_already_is_answered_at_once(bench: Bench) -> None:
    assert fx.Recall() not in ana_of(bench).send(SyncStep1(NOTHING))
    bench.handle(Tick())
    small = Bench(content="start", recall_bytes=1_000_000)
    assert not asking(small)[1]
