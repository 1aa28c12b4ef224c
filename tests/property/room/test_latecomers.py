"""ROOM-40: whoever waits for a large document gets it whole, in order, whatever is edited meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from jupyter_tandem.core.inputs import Dialect, Tick, WholeWanted
from jupyter_tandem.types import DocumentKind
from tests.property.room.peers import Gathering, Peer
from tests.property.room.test_room_machine import WHERE, WHO, WORDS, TextMachine, insert

TEXT = DocumentKind("text", "file")


class LatecomerMachine(TextMachine):
    """The document is large, and somebody opens it again and again."""

    @initialize(count=st.integers(3, 5))
    def open(self, count: int) -> None:
        self.people = [Peer(n, d) for n, d in zip("abcde"[:count], 3 * list(Dialect), strict=False)]
        self.gathering = Gathering(TEXT, "begin\r\nend", recall_bytes=0)
        for peer in self.people:
            self.gathering.join(peer)
        self.deliver_everything()

    @rule(number=WHO)
    def opens_it_afresh(self, number: int) -> None:
        old = self.who(number)
        self.gathering.leave(old)
        new = Peer(old.name, old.dialect)
        self.people[self.people.index(old)] = new
        self.gathering.join(new)

    @rule(number=WHO, where=WHERE, words=WORDS)
    def somebody_types_and_it_arrives(self, number: int, where: int, words: str) -> None:
        peer = self.who(number)
        insert(peer.text(), where, words)
        peer.flush()
        if peer.session is not None:
            self.gathering.turn([(peer.session, frame) for frame in peer.up])
            peer.up.clear()

    @rule()
    def journal_is_read(self) -> None:
        self.gathering.read_journal()

    @rule(lost=st.booleans())
    def whole_is_there(self, lost: bool) -> None:
        self.gathering.tell_whole(lost=lost)

    @rule()
    def is_fetched_ahead(self) -> None:
        self.gathering.handle(WholeWanted())

    @rule()
    def time_passes(self) -> None:
        self.gathering.handle(Tick())

    def deliver_everything(self) -> None:
        super().deliver_everything()
        while self.gathering.wanted:
            self.gathering.read_journal()
            self.gathering.tell_whole()
            super().deliver_everything()


TestLatecomers = pytest.mark.spec("ROOM-40", "ROOM-31", "WIRE-5", "P-2")(LatecomerMachine.TestCase)
TestLatecomers.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
