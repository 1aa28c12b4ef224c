"""Whatever clients do in whatever order, the switchboard does what a simple picture of it does."""

from __future__ import annotations

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from jupyter_tandem.core.signaling.bucket import Rate
from jupyter_tandem.core.signaling.quota import Quota
from jupyter_tandem.core.signaling.switchboard import Heard, Joined, Left, Said, Send, Switchboard
from jupyter_tandem.core.signaling.usage import UsageBook
from jupyter_tandem.protocol.signaling import SignalingLimits

PEERS = st.integers(0, 5)
TOPICS = st.sampled_from("abcdefg")
LISTS = st.lists(TOPICS, max_size=5)
PLENTY = Rate(0, 1_000_000)
LIMITS = SignalingLimits(topics=5)
QUOTA = Quota(
    topics=4,
    peers_per_topic=3,
    subscriptions_per_address=7,
    messages_per_peer=PLENTY,
    messages_per_address=PLENTY,
)


class Rooms(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.usages = UsageBook(QUOTA)
        self.board = Switchboard(LIMITS, QUOTA, self.usages)
        self.numbers: dict[int, int] = {}
        self.picture: dict[int, set[str]] = {}
        self.next = 0

    def say(self, slot: int, **message: object) -> list[Send]:
        peer = self.numbers.get(slot, -1)
        effects = self.board.handle(Said(peer, json.dumps(message).encode()), 0)
        return [effect for effect in effects if isinstance(effect, Send)]

    def address(self, slot: int) -> str:
        return f"192.0.2.{slot % 2}"

    @rule(slot=PEERS)
    def come_or_go(self, slot: int) -> None:
        if slot in self.numbers:
            self.board.handle(Left(self.numbers.pop(slot)), 0)
            del self.picture[slot]
        else:
            self.numbers[slot] = self.next = self.next + 1
            self.picture[slot] = set()
            self.board.handle(Joined(self.next, self.address(slot)), 0)

    @rule(slot=PEERS, topics=LISTS)
    def subscribe(self, slot: int, topics: list[str]) -> None:
        refused = [
            name
            for send in self.say(slot, type="subscribe", topics=topics)
            for name in json.loads(send.payload)["topics"]
        ]
        if slot in self.picture:
            self.picture[slot] |= set(topics) - set(refused)

    @rule(slot=PEERS, topics=LISTS)
    def unsubscribe(self, slot: int, topics: list[str]) -> None:
        self.say(slot, type="unsubscribe", topics=topics)
        if slot in self.picture:
            self.picture[slot] -= set(topics)

    @rule(slot=PEERS, topic=TOPICS)
    def publish(self, slot: int, topic: str) -> None:
        sent = self.say(slot, type="publish", topic=topic)
        speaks = topic in self.picture.get(slot, set())
        assert [set(send.peers) for send in sent] == ([self.listeners(topic)] if speaks else [])

    @rule(topic=TOPICS)
    def hear(self, topic: str) -> None:
        sent = self.board.handle(Heard(topic, b"{}"), 0)
        listeners = self.listeners(topic)
        peers = [set(send.peers) for send in sent if isinstance(send, Send)]
        assert peers == ([listeners] if listeners else [])

    def listeners(self, topic: str) -> set[int]:
        return {self.numbers[slot] for slot, topics in self.picture.items() if topic in topics}

    @invariant()
    def counts_fit(self) -> None:
        assert self.board.peers == len(self.numbers)
        assert self.board.subscriptions == sum(map(len, self.picture.values()))
        topics: set[str] = set().union(*self.picture.values()) if self.picture else set()
        assert self.board.topics == len(topics) <= QUOTA.topics
        for parity in (0, 1):
            held = sum(len(had) for slot, had in self.picture.items() if slot % 2 == parity)
            assert self.usages.of(self.address(parity), 0).subscriptions == held <= 7
        for topic in topics:
            assert len(self.listeners(topic)) <= QUOTA.peers_per_topic


TestRooms = pytest.mark.spec("SIGNAL-1", "SIGNAL-6", "SIGNAL-10", "SIGNAL-18")(Rooms.TestCase)
TestRooms.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
