"""Any editing by three to five people over any network: one document in the end, one sequence, honest acknowledgements."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pycrdt import Text

from jupyter_tandem.types import DocumentKind
from tests.property.room.peers import Gathering, Peer, new_cell

# Letters, a combining accent, an emoji of four code points, Hebrew and Arabic, both line ends.
_PIECES = ("a", "B ", "e\N{COMBINING ACUTE ACCENT}", "\U0001f469\N{ZERO WIDTH JOINER}\U0001f52c")
_MORE = (
    "\u05e9\u05dc\u05d5\u05dd",
    "\u0645\u0631\u062d\u0628\u0627",
    "\r\n",
    "\n",
    "\U0001f642",
    "=",
)
WORDS = st.lists(st.sampled_from(_PIECES + _MORE), min_size=1, max_size=4).map("".join)
WHO = st.integers(0, 4)
WHERE = st.integers(0, 1_000)


def insert(text: Text, where: int, words: str) -> None:
    """Insert at a character; positions in the CRDT are bytes of UTF-8."""
    held = str(text)
    at = where % (len(held) + 1)
    text.insert(len(held[:at].encode()), words)


def delete(text: Text, where: int, length: int) -> None:
    """Delete some characters."""
    held = str(text)
    if held:
        start = where % len(held)
        end = min(len(held), start + length)
        first, last = len(held[:start].encode()), len(held[:end].encode())
        del text[first:last]


class _Machine(RuleBasedStateMachine):
    """What network, server and people do whatever the document is."""

    def begin(self, count: int, kind: DocumentKind, content: Any) -> None:
        self.people = [Peer(name) for name in "abcde"[:count]]
        self.gathering = Gathering(kind, content)
        for peer in self.people:
            self.gathering.join(peer)
        self.deliver_everything()

    def who(self, number: int) -> Peer:
        return self.people[number % len(self.people)]

    @rule(senders=st.lists(WHO, min_size=1, max_size=5))
    def frames_arrive(self, senders: list[int]) -> None:
        """Some frames reach the server in one turn of its loop."""
        frames = [
            (peer.session, peer.up.popleft())
            for peer in map(self.who, senders)
            if peer.up and peer.session is not None
        ]
        if frames:
            self.gathering.turn(frames)

    @rule(number=WHO, count=st.integers(1, 5))
    def frames_come_back(self, number: int, count: int) -> None:
        peer = self.who(number)
        for _ in range(min(count, len(peer.down))):
            peer.take()

    @rule(number=WHO, noticed=st.booleans())
    def connection_breaks(self, number: int, noticed: bool) -> None:
        self.gathering.leave(self.who(number), noticed=noticed)

    @rule(number=WHO)
    def comes_back(self, number: int) -> None:
        if self.who(number).session is None:
            self.gathering.join(self.who(number))

    @rule(behind=st.integers(0, 5))
    def disk_syncs(self, behind: int) -> None:
        self.gathering.make_durable(max(1, len(self.gathering.journal) - behind))

    @invariant()
    def nothing_is_acknowledged_that_is_not_durable(self) -> None:
        if hasattr(self, "gathering"):
            room = self.gathering.room
            assert room.durable == self.gathering.durable
            assert room.sequence == len(self.gathering.journal)

    def deliver_everything(self) -> None:
        gathering = self.gathering
        gathering.make_durable(len(gathering.journal))
        while any(peer.up or peer.down for peer in self.people):
            for peer in self.people:
                while peer.down:
                    peer.take()
                frames = [(peer.session, frame) for frame in peer.up if peer.session is not None]
                peer.up.clear()
                if frames:
                    gathering.turn(frames)
            gathering.make_durable(len(gathering.journal))

    def teardown(self) -> None:
        if not hasattr(self, "gathering"):
            return
        for peer in self.people:
            if peer.session is None:
                self.gathering.join(peer)
        self.deliver_everything()
        self.gathering.check_agreement()


class TextMachine(_Machine):
    @initialize(count=st.integers(3, 5))
    def open(self, count: int) -> None:
        self.begin(count, DocumentKind("text", "file"), "begin\r\nend")

    @rule(number=WHO, where=WHERE, words=WORDS)
    def types(self, number: int, where: int, words: str) -> None:
        peer = self.who(number)
        insert(peer.text(), where, words)
        peer.flush()

    @rule(number=WHO, where=WHERE, length=st.integers(1, 6))
    def deletes(self, number: int, where: int, length: int) -> None:
        peer = self.who(number)
        delete(peer.text(), where, length)
        peer.flush()


class NotebookMachine(_Machine):
    @initialize(count=st.integers(3, 5))
    def open(self, count: int) -> None:
        self.made = 0
        cell = {"cell_type": "code", "id": "first", "metadata": {}, "source": "x = 1\n"}
        cell |= {"execution_count": None, "outputs": []}
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.begin(count, DocumentKind("json", "notebook"), notebook)

    def fresh_id(self) -> str:
        self.made += 1
        return f"cell-{self.made}"

    @rule(number=WHO, where=WHERE, words=WORDS)
    def inserts_a_cell(self, number: int, where: int, words: str) -> None:
        peer = self.who(number)
        peer.cells.insert(where % (len(peer.cells) + 1), new_cell(self.fresh_id(), words))
        peer.flush()

    @rule(number=WHO, where=WHERE)
    def deletes_a_cell(self, number: int, where: int) -> None:
        peer = self.who(number)
        if len(peer.cells):
            del peer.cells[where % len(peer.cells)]
            peer.flush()

    @rule(number=WHO, where=WHERE, to=WHERE)
    def moves_a_cell(self, number: int, where: int, to: int) -> None:
        """As the browser does it: the cell is deleted and a copy of it inserted."""
        peer = self.who(number)
        if len(peer.cells):
            moved = peer.cells[where % len(peer.cells)]
            copy = new_cell(str(moved["id"]), str(moved["source"]))
            with peer.doc.transaction():
                del peer.cells[where % len(peer.cells)]
                peer.cells.insert(to % (len(peer.cells) + 1), copy)
            peer.flush()

    @rule(number=WHO, where=WHERE, at=WHERE)
    def splits_a_cell(self, number: int, where: int, at: int) -> None:
        peer = self.who(number)
        if len(peer.cells):
            index = where % len(peer.cells)
            source: Text = peer.cells[index]["source"]
            held = str(source)
            cut = at % (len(held) + 1)
            with peer.doc.transaction():
                del source[len(held[:cut].encode()) : len(held.encode())]
                peer.cells.insert(index + 1, new_cell(self.fresh_id(), held[cut:]))
            peer.flush()

    @rule(number=WHO, where=WHERE, at=WHERE, words=WORDS)
    def types(self, number: int, where: int, at: int, words: str) -> None:
        peer = self.who(number)
        if len(peer.cells):
            insert(peer.cells[where % len(peer.cells)]["source"], at, words)
            peer.flush()


_SETTINGS = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

TestText = pytest.mark.spec("P-2", "P-3", "ROOM-2", "ROOM-6", "ROOM-15")(TextMachine.TestCase)
TestText.settings = _SETTINGS
TestNotebook = pytest.mark.spec("P-2", "P-3", "ROOM-2", "ROOM-6", "ROOM-15")(
    NotebookMachine.TestCase
)
TestNotebook.settings = _SETTINGS
