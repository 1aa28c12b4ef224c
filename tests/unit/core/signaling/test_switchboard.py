from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from jupyter_tandem.core.signaling.bucket import Rate
from jupyter_tandem.core.signaling.quota import Quota
from jupyter_tandem.core.signaling.switchboard import (
    Dropped,
    Fidgeted,
    Heard,
    Joined,
    Left,
    PassOn,
    Said,
    Send,
    Shut,
    Switchboard,
    SwitchboardEffect,
    Understood,
)
from jupyter_tandem.core.signaling.usage import UsageBook
from jupyter_tandem.protocol.signaling import SignalingLimits

LIMITS = SignalingLimits()


class Bench:
    """A switchboard with a clock that is set by hand."""

    def __init__(self, limits: SignalingLimits = LIMITS, **quota: Any) -> None:
        self.quota = Quota(**quota)
        self.usages = UsageBook(self.quota)
        self.board = Switchboard(limits, self.quota, self.usages)
        self.now = 0.0

    def join(self, *peers: int, address: str = "192.0.2.1") -> None:
        for peer in peers:
            self.board.handle(Joined(peer, address), self.now)

    def say(self, peer: int, **message: Any) -> list[SwitchboardEffect]:
        return self.board.handle(Said(peer, json.dumps(message).encode()), self.now)

    def subscribe(self, *peers: int, topics: Iterable[str] = ("a",)) -> None:
        for peer in peers:
            self.say(peer, type="subscribe", topics=list(topics))


def sends(effects: list[SwitchboardEffect]) -> list[Send]:
    return [effect for effect in effects if isinstance(effect, Send)]


def shuts(effects: list[SwitchboardEffect]) -> list[tuple[int, int, str]]:
    return [(e.peer, e.code, e.reason) for e in effects if isinstance(e, Shut)]


@pytest.mark.spec("SIGNAL-1")
def test_a_published_message_goes_to_all_subscribers_of_its_topic() -> None:
    bench = Bench()
    bench.join(1, 2, 3, 4)
    bench.subscribe(1, 2)
    bench.subscribe(3, topics=["b"])
    effects = bench.say(2, type="publish", topic="a", data="x")
    assert effects[0] == Understood("publish")
    (send,) = sends(effects)
    assert send.peers == (1, 2)
    assert json.loads(send.payload) == {
        "type": "publish",
        "topic": "a",
        "data": "x",
        "clients": 2,
    }
    assert isinstance(effects[2], PassOn)
    assert (effects[2].peer, effects[2].topic) == (2, "a")
    assert json.loads(effects[2].body) == {"type": "publish", "topic": "a", "data": "x"}


@pytest.mark.spec("SIGNAL-4")
def test_who_does_not_listen_may_not_speak() -> None:
    bench = Bench()
    bench.join(1, 2)
    bench.subscribe(1)
    assert bench.say(2, type="publish", topic="a") == [
        Understood("publish"),
        Dropped("not-subscribed"),
    ]


@pytest.mark.spec("SIGNAL-6")
def test_after_unsubscribing_nothing_more_comes() -> None:
    bench = Bench()
    bench.join(1, 2)
    bench.subscribe(1, 2)
    bench.say(2, type="unsubscribe", topics=["a", "never"])
    (send,) = sends(bench.say(1, type="publish", topic="a"))
    assert send.peers == (1,)
    bench.say(1, type="unsubscribe", topics=["a"])
    assert (bench.board.topics, bench.board.subscriptions) == (0, 0)


@pytest.mark.spec("SIGNAL-6", "SIGNAL-18")
def test_what_a_peer_cost_is_gone_with_it() -> None:
    bench = Bench()
    bench.join(1)
    bench.subscribe(1, topics=[str(n) for n in range(50)])
    assert bench.usages.of("192.0.2.1", 0).subscriptions == 50
    bench.board.handle(Left(1), 0)
    assert (bench.board.topics, bench.board.peers, bench.board.subscriptions) == (0, 0, 0)
    assert bench.usages.of("192.0.2.1", 0).subscriptions == 0
    assert bench.say(1, type="ping") == []
    bench.usages.forget_idle(0.001)
    assert len(bench.usages) == 1, "its rates are remembered until they have recovered"
    bench.usages.forget_idle(3600)
    assert len(bench.usages) == 0


def test_ping() -> None:
    bench = Bench()
    bench.join(1)
    assert bench.say(1, type="ping") == [Understood("ping"), Send((1,), b'{"type":"pong"}')]


def test_subscribing_twice_counts_once() -> None:
    bench = Bench()
    bench.join(1)
    bench.subscribe(1, 1, topics=["a", "a"])
    assert bench.board.subscriptions == 1


@pytest.mark.spec("SIGNAL-9")
def test_what_is_no_message_closes_its_sender() -> None:
    bench = Bench()
    bench.join(1, 2)
    bench.subscribe(1, 2)
    assert shuts(bench.board.handle(Said(1, b"garbage"), 0)) == [(1, 4400, "malformed")]
    long_topic = b'{"type":"publish","topic":"' + b"x" * 300 + b'"}'
    assert shuts(bench.board.handle(Said(2, long_topic), 0)) == [(2, 4413, "limit")]


@pytest.mark.spec("SIGNAL-10")
@pytest.mark.parametrize(
    ("limits", "quota", "code"),
    [
        (SignalingLimits(topics=3), {}, "too-many-topics"),
        (LIMITS, {"subscriptions_per_address": 3}, "too-many-topics"),
        (LIMITS, {"topics": 3}, "server-full"),
    ],
)
def test_topics_over_a_limit_are_refused_and_the_others_taken(
    limits: SignalingLimits, quota: dict[str, Any], code: str
) -> None:
    bench = Bench(limits, **quota)
    bench.join(1)
    bench.subscribe(1, topics=["a", "b"])
    effects = bench.say(1, type="subscribe", topics=["c", "d", "a"])
    assert Dropped(code) in effects
    (refusal,) = sends(effects)
    assert refusal.peers == (1,)
    assert json.loads(refusal.payload) == {"type": "error", "code": code, "topics": ["d"]}
    assert bench.board.topics == 3


@pytest.mark.spec("SIGNAL-10")
def test_a_full_topic_takes_the_next_when_one_has_left() -> None:
    bench = Bench(peers_per_topic=2)
    bench.join(1, 2, 3)
    bench.subscribe(1, 2)
    (refusal,) = sends(bench.say(3, type="subscribe", topics=["a"]))
    assert json.loads(refusal.payload)["code"] == "topic-full"
    bench.board.handle(Left(1), 0)
    assert sends(bench.say(3, type="subscribe", topics=["a"])) == []
    assert sends(bench.say(2, type="publish", topic="a"))[0].peers == (2, 3)


@pytest.mark.spec("SIGNAL-11")
def test_a_peer_that_is_too_fast_is_closed() -> None:
    bench = Bench(messages_per_peer=Rate(1, 3))
    bench.join(1, 2)
    for _ in range(3):
        assert shuts(bench.say(1, type="ping")) == []
    assert shuts(bench.say(1, type="ping")) == [(1, 4429, "rate")]
    assert shuts(bench.say(2, type="ping")) == []
    bench.now = 1
    assert shuts(bench.say(1, type="ping")) == []


@pytest.mark.spec("SIGNAL-11")
def test_frames_that_are_no_message_cost_as_much() -> None:
    bench = Bench(messages_per_peer=Rate(1, 10))
    bench.join(1)
    assert shuts(bench.board.handle(Fidgeted(1, 8), 0)) == []
    assert shuts(bench.board.handle(Fidgeted(1, 8), 0)) == [(1, 4429, "rate")]


@pytest.mark.spec("SIGNAL-11")
def test_an_address_has_a_rate_of_its_own() -> None:
    bench = Bench(messages_per_address=Rate(1, 3))
    bench.join(1, 2)
    bench.join(3, address="192.0.2.9")
    bench.say(1, type="ping")
    bench.say(2, type="ping")
    bench.say(1, type="ping")
    assert shuts(bench.say(2, type="ping")) == [(2, 4429, "address-rate")]
    assert shuts(bench.say(3, type="ping")) == []


@pytest.mark.spec("SIGNAL-11")
def test_many_topics_in_a_message_cost_more_than_one() -> None:
    bench = Bench(messages_per_peer=Rate(1, 21))
    bench.join(1)
    names = [str(number) for number in range(100)]
    assert shuts(bench.say(1, type="subscribe", topics=names)) == []
    assert shuts(bench.say(1, type="subscribe", topics=names)) == [(1, 4429, "rate")]


@pytest.mark.spec("SIGNAL-12")
def test_copies_over_a_topics_rate_are_not_sent() -> None:
    bench = Bench(deliveries_per_topic=Rate(1, 5))
    bench.join(1, 2)
    bench.subscribe(1, 2)
    outcomes = [bench.say(1, type="publish", topic="a") for _ in range(3)]
    assert [len(sends(effects)) for effects in outcomes] == [1, 1, 0]
    assert outcomes[2][1:] == [Dropped("topic-rate")]
    assert bench.board.handle(Heard("a", b"{}"), 0) == [Dropped("topic-rate")]


@pytest.mark.spec("SIGNAL-12")
def test_copies_over_an_addresss_rate_are_not_sent() -> None:
    bench = Bench(deliveries_per_address=Rate(1, 3))
    bench.join(1)
    bench.join(2, address="192.0.2.9")
    bench.subscribe(1, 2)
    assert sends(bench.say(1, type="publish", topic="a"))
    assert Dropped("address-deliveries") in bench.say(1, type="publish", topic="a")
    assert sends(bench.say(2, type="publish", topic="a"))


@pytest.mark.spec("SIGNAL-29")
def test_what_another_process_says_reaches_local_subscribers_only() -> None:
    bench = Bench()
    bench.join(1, 2)
    bench.subscribe(1, 2)
    effects = bench.board.handle(Heard("a", b'{"type":"publish","topic":"a"}'), 0)
    assert effects == [Send((1, 2), b'{"type":"publish","topic":"a","clients":2}')]
    assert bench.board.handle(Heard("b", b'{"type":"publish","topic":"b"}'), 0) == []
