"""Answers to those who say what they have: kept for those who ask the same at the same time."""

from __future__ import annotations

import pytest

from jupyter_tandem.core.answers import Answers
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.effects import Send
from jupyter_tandem.core.inputs import Leave, Tick
from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol.frames import SyncStep1, SyncStep2, decode_server
from tests.unit.core.room_bench import TEXT, Bench, Peer

NOTHING = b"\x00"


def held(frame: bytes) -> str:
    message = decode_server(frame)
    assert isinstance(message, SyncStep2)
    document = Document(TEXT, client_id=99)
    document.load([message.update])
    return str(document.content())


@pytest.mark.spec("ROOM-35")
def test_who_asks_the_same_gets_the_same_bytes() -> None:
    document, answers = Document(TEXT, client_id=7), Answers()
    document.update_to("one")
    first = answers.to(NOTHING, document, 1)
    assert held(first) == "one"
    assert answers.to(NOTHING, document, 1) is first
    assert answers.to(document.state_vector(), document, 1) is not first


@pytest.mark.spec("ROOM-35")
def test_an_answer_is_for_one_state_of_the_document() -> None:
    document, answers = Document(TEXT, client_id=7), Answers()
    document.update_to("one")
    first = answers.to(NOTHING, document, 1)
    document.update_to("two")
    assert held(answers.to(NOTHING, document, 2)) == "two"
    answers.forget()
    assert answers.to(NOTHING, document, 2) is not first


@pytest.mark.spec("ROOM-35")
def test_newcomers_of_a_room_share_an_answer_until_somebody_types() -> None:
    bench = Bench(content="start")
    ana, bo, cy = (bench.join(name, synchronise=False) for name in ("ana", "bo", "cy"))

    def answer(peer: Peer) -> bytes:
        (sent,) = [e for e in peer.send(SyncStep1(NOTHING)) if isinstance(e, Send)]
        return sent.frame

    first = answer(ana)
    assert answer(bo) is first
    ana.type("x")
    assert held(answer(cy)) == bench.text() != held(first)
    bench.handle(Tick())
    bench.handle(Leave(bo.session))
    assert held(answer(cy)) == bench.text()


@pytest.mark.spec("ROOM-35")
def test_nonsense_is_not_kept() -> None:
    document, answers = Document(TEXT, client_id=7), Answers()
    with pytest.raises(ProtocolError):
        answers.to(b"\xff\xff", document, 1)
    assert held(answers.to(NOTHING, document, 1)) == ""


@pytest.mark.spec("ROOM-35")
def test_what_the_journal_has_as_one_update_is_sent_as_it_is() -> None:
    document = Document(TEXT, client_id=7)
    whole = document.update_to("one")
    assert whole is not None
    answers = Answers(1, whole)
    empty = Document(TEXT, client_id=8)
    assert decode_server(answers.to(NOTHING, empty, 1)) == SyncStep2(whole)
    assert held(answers.to(document.state_vector(), document, 1)) == ""

    document.update_to("two")
    assert held(Answers(1, whole).to(NOTHING, document, 2)) == "two"
    forgetful = Answers(1, whole)
    forgetful.forget()
    document.update_to("three")
    assert held(forgetful.to(NOTHING, document, 1)) == "three"
