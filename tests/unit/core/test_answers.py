"""Answers to those who say what they have: kept for those who ask the same at the same time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jupyter_tandem.core.answers import Answers
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.effects import Send
from jupyter_tandem.core.inputs import Dialect, Leave, Tick
from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol.frames import SyncStep1, SyncStep2, Update, decode_server, encode
from tests.unit.core.room_bench import TEXT, Bench, Peer

NOTHING = b"\x00"


def held(frames: Sequence[bytes]) -> str:
    """What somebody has who had nothing, when the SyncStep2 is there; it is the last of ``frames``."""
    *before, answer = (decode_server(frame) for frame in frames)
    assert isinstance(answer, SyncStep2)
    document = Document(TEXT, client_id=99)
    for message in before:
        assert isinstance(message, Update)
        document.load([message.update])
    document.load([answer.update])
    return str(document.content())


@pytest.mark.spec("ROOM-35")
def test_who_asks_the_same_gets_the_same_bytes() -> None:
    document, answers = Document(TEXT, client_id=7), Answers()
    document.update_to("one")
    (first,) = answers.to(NOTHING, document, 1, in_parts=True)
    assert held([first]) == "one"
    assert answers.to(NOTHING, document, 1, in_parts=True)[0] is first
    vector = document.state_vector()
    (other,) = answers.to(vector, document, 1, in_parts=True)
    assert held([other]) == ""
    assert answers.to(vector, document, 1, in_parts=True)[0] is other


@pytest.mark.spec("ROOM-35")
def test_an_answer_is_for_one_state_of_the_document() -> None:
    document, answers = Document(TEXT, client_id=7), Answers()
    document.update_to("one")
    vector = document.state_vector()
    first = answers.to(vector, document, 1, in_parts=True)
    document.update_to("one two")
    assert answers.to(vector, document, 2, in_parts=True) != first
    answers.forget()
    assert held(answers.to(NOTHING, document, 2, in_parts=True)) == "one two"


@pytest.mark.spec("ROOM-35", "WIRE-5")
def test_what_is_newer_is_sent_behind_an_answer_until_it_is_too_much() -> None:
    document, answers = Document(TEXT, client_id=7), Answers()
    document.update_to("one")
    (first,) = answers.to(NOTHING, document, 1, in_parts=True)
    whole = None
    for sequence, content in enumerate(("two", "three"), 2):
        update = document.update_to(content)
        assert update is not None
        answers.note(sequence, encode(Update(update)))
        frames = answers.to(NOTHING, document, sequence, in_parts=True)
        whole = whole or frames[0]
        assert frames[0] is whole
        assert frames[0][2:] == first[2:]
        assert len(frames) == sequence
        assert held(frames) == content
    (for_stock,) = answers.to(NOTHING, document, 3, in_parts=False)
    assert held([for_stock]) == "three"
    assert answers.to(NOTHING, document, 3, in_parts=True)[0] is for_stock
    update = document.update_to("x" * 20_000)
    assert update is not None
    answers.note(4, encode(Update(update)))
    (anew,) = answers.to(NOTHING, document, 4, in_parts=True)
    assert held([anew]) == "x" * 20_000


@pytest.mark.spec("ROOM-35")
def test_newcomers_of_a_room_share_an_answer() -> None:
    bench = Bench(content="start")
    ana, bo, cy, di = (bench.join(name, synchronise=False) for name in ("ana", "bo", "cy", "di"))

    def answer(peer: Peer) -> list[bytes]:
        return [e.frame for e in peer.send(SyncStep1(NOTHING)) if isinstance(e, Send)]

    (first,) = answer(ana)
    assert answer(bo)[0] is first
    ana.type("x")
    late = answer(cy)
    assert held(late) == bench.text() != held([first])
    assert answer(bo)[0] is late[0]
    bench.handle(Tick())
    bench.handle(Leave(bo.session))
    (anew,) = answer(di)
    assert held([anew]) == bench.text()


@pytest.mark.spec("ROOM-35")
def test_nonsense_is_not_kept() -> None:
    document, answers = Document(TEXT, client_id=7), Answers()
    with pytest.raises(ProtocolError):
        answers.to(b"\xff\xff", document, 1, in_parts=True)
    assert held(answers.to(NOTHING, document, 1, in_parts=True)) == ""


@pytest.mark.spec("ROOM-35")
def test_what_the_journal_has_as_one_update_is_sent_as_it_is() -> None:
    document = Document(TEXT, client_id=7)
    whole = document.update_to("one")
    assert whole is not None
    empty, answers = Document(TEXT, client_id=8), Answers(encode(SyncStep2(whole)))
    assert answers.to(NOTHING, empty, 1, in_parts=True) == (encode(SyncStep2(whole)),)
    answers.forget()
    assert held(answers.to(NOTHING, document, 1, in_parts=True)) == "one"


@pytest.mark.spec("ROOM-35")
def test_what_would_be_sent_can_be_searched_without_encoding_it_again() -> None:
    bench = Bench(content="start")
    ana = bench.join("ana")
    assert bench.room.mentions(b"start")
    assert not bench.room.mentions(b"later")
    ana.type("later")
    assert bench.room.mentions(b"later")


@pytest.mark.spec("WIRE-5")
def test_who_takes_the_answer_for_the_end_has_everything() -> None:
    bench = Bench(content="start")
    ana, late = bench.join("ana"), bench.join("late", synchronise=False)
    for letter in "abc":
        ana.type(letter)
    late.send(SyncStep1(NOTHING))
    assert [type(message) for message in late.inbox[-4:]] == [Update, Update, Update, SyncStep2]
    assert str(late) == bench.text() == "cbastart"


@pytest.mark.spec("WIRE-5")
def test_a_stock_client_gets_everything_in_one_frame() -> None:
    bench = Bench(content="start")
    ana = bench.join("ana")
    stock = bench.join("stock", dialect=Dialect.STOCK, synchronise=False)
    stock.send(SyncStep1(NOTHING))
    ana.type("x")
    late = bench.join("late", dialect=Dialect.STOCK, synchronise=False)
    late.send(SyncStep1(NOTHING))
    assert [type(message) for message in late.inbox] == [SyncStep1, SyncStep2]
    assert str(late) == bench.text() == "xstart"
