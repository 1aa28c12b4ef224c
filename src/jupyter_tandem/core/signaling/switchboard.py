"""Who hears what: topics, subscriptions and rates. Inputs in, effects out; no clock, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jupyter_tandem.core.signaling.bucket import TokenBucket
from jupyter_tandem.core.signaling.quota import Quota
from jupyter_tandem.core.signaling.usage import Usage, UsageBook
from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.protocol.signaling import (
    PONG,
    TOO_MANY_MESSAGES,
    Ping,
    Publish,
    SignalingLimits,
    SignalingMessage,
    Subscribe,
    Unknown,
    Unsubscribe,
    decode_message,
    encode_published,
    encode_refusal,
)


@dataclass(frozen=True, slots=True)
class Joined:
    """A client was let in. ``peer`` is a number never used before; ``address`` is what it counts under."""

    peer: int
    address: str


@dataclass(frozen=True, slots=True)
class Said:
    """A client sent one text message."""

    peer: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Fidgeted:
    """A client sent frames that are no message: pings, pongs and pieces. They cost it as messages do."""

    peer: int
    frames: int


@dataclass(frozen=True, slots=True)
class Left:
    """A client's connection ended, on either side's wish."""

    peer: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Another process passed on what one of its clients published."""

    topic: str
    body: bytes


SwitchboardInput = Joined | Said | Fidgeted | Left | Heard


@dataclass(frozen=True, slots=True)
class Send:
    """Send one text message to each of these clients."""

    peers: tuple[int, ...]
    payload: bytes


@dataclass(frozen=True, slots=True)
class Shut:
    """Close a client's connection; ``reason`` is one of few words, ``text`` is for the person."""

    peer: int
    code: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class PassOn:
    """Tell the other processes what a client published here."""

    peer: int
    topic: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Understood:
    """Count a message by its kind."""

    kind: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Count a message or a subscription that had no effect."""

    reason: str


SwitchboardEffect = Send | Shut | PassOn | Understood | Dropped

_TOPICS_PER_MESSAGE: Final = 10
"""So many topics in one message cost the server as much as a message more."""

_NAMES: Final[dict[type[SignalingMessage], str]] = {
    Subscribe: "subscribe",
    Unsubscribe: "unsubscribe",
    Publish: "publish",
    Ping: "ping",
    Unknown: "unknown",
}


class _Peer:
    """One client."""

    __slots__ = ("messages", "topics", "usage")

    def __init__(self, usage: Usage, messages: TokenBucket) -> None:
        self.usage = usage
        self.messages = messages
        self.topics: set[str] = set()


class _Topic:
    """Subscribers in the order in which they came."""

    __slots__ = ("deliveries", "peers")

    def __init__(self, deliveries: TokenBucket) -> None:
        self.deliveries = deliveries
        self.peers: dict[int, None] = {}


class Switchboard:
    """The rooms of one process.

    Invariants: a peer is in ``topic.peers`` exactly when the topic is in ``peer.topics``; a topic without
    subscribers is forgotten; an address's subscriptions are the sum over its peers.

    Args:
        limits: Of one message.
        quota: Of clients, addresses, topics.
        usages: Shared with the door, which looks at the connections counted here.
    """

    def __init__(self, limits: SignalingLimits, quota: Quota, usages: UsageBook) -> None:
        self._limits = limits
        self._quota = quota
        self._usages = usages
        self._peers: dict[int, _Peer] = {}
        self._topics: dict[str, _Topic] = {}
        self.subscriptions = 0

    @property
    def topics(self) -> int:
        """How many topics have a subscriber."""
        return len(self._topics)

    @property
    def peers(self) -> int:
        """How many clients there are."""
        return len(self._peers)

    def handle(self, given: SwitchboardInput, now: float) -> list[SwitchboardEffect]:
        """Decide about one input. What comes from, or is about, a client that has left has no effect.

        Args:
            given: What happened.
            now: Monotonic seconds.
        """
        if isinstance(given, Heard):
            return self._heard(given, now)
        if isinstance(given, Joined):
            usage = self._usages.of(given.address, now)
            bucket = TokenBucket(self._quota.messages_per_peer, now)
            self._peers[given.peer] = _Peer(usage, bucket)
            return []
        peer = self._peers.get(given.peer)
        if peer is None:
            return []
        if isinstance(given, Said):
            return self._said(given, peer, now)
        if isinstance(given, Fidgeted):
            return self._over_rate(given.peer, peer, given.frames, now)
        self._leave(given.peer, peer)
        return []

    def _said(self, said: Said, peer: _Peer, now: float) -> list[SwitchboardEffect]:
        if too_much := self._over_rate(said.peer, peer, 1, now):
            return too_much
        try:
            message = decode_message(said.data, self._limits)
        except ProtocolError as error:
            return [Shut(said.peer, error.close_code, error.code, str(error))]
        effects: list[SwitchboardEffect] = [Understood(_NAMES[type(message)])]
        if isinstance(message, Publish):
            effects += self._publish(message, said.peer, peer, now)
        elif isinstance(message, Subscribe):
            names = message.topics
            more = len(names) // _TOPICS_PER_MESSAGE
            effects += self._over_rate(said.peer, peer, more, now) or self._subscribe(
                said.peer, peer, names, now
            )
        elif isinstance(message, Unsubscribe):
            self._unsubscribe(said.peer, peer, message.topics)
        elif isinstance(message, Ping):
            effects.append(Send((said.peer,), PONG))
        return effects

    def _over_rate(
        self, number: int, peer: _Peer, frames: int, now: float
    ) -> list[SwitchboardEffect]:
        if not peer.messages.take(now, frames):
            text = "You send more messages than a client may."
            return [Shut(number, TOO_MANY_MESSAGES, "rate", text)]
        if not peer.usage.messages.take(now, frames):
            text = "Your address sends more messages than one may."
            return [Shut(number, TOO_MANY_MESSAGES, "address-rate", text)]
        return []

    def _publish(
        self, message: Publish, number: int, peer: _Peer, now: float
    ) -> list[SwitchboardEffect]:
        if message.topic not in peer.topics:
            return [Dropped("not-subscribed")]
        topic = self._topics[message.topic]
        if not peer.usage.deliveries.take(now, len(topic.peers)):
            return [Dropped("address-deliveries")]
        if not topic.deliveries.take(now, len(topic.peers)):
            return [Dropped("topic-rate")]
        return [
            Send(tuple(topic.peers), encode_published(message.body, len(topic.peers))),
            PassOn(number, message.topic, message.body),
        ]

    def _heard(self, heard: Heard, now: float) -> list[SwitchboardEffect]:
        topic = self._topics.get(heard.topic)
        if topic is None:
            return []
        if not topic.deliveries.take(now, len(topic.peers)):
            return [Dropped("topic-rate")]
        return [Send(tuple(topic.peers), encode_published(heard.body, len(topic.peers)))]

    def _subscribe(
        self, number: int, peer: _Peer, names: tuple[str, ...], now: float
    ) -> list[SwitchboardEffect]:
        refused: dict[str, list[str]] = {}
        for name in names:
            if name in peer.topics:
                continue
            if reason := self._why_not(name, peer):
                refused.setdefault(reason, []).append(name)
                continue
            topic = self._topics.get(name)
            if topic is None:
                bucket = TokenBucket(self._quota.deliveries_per_topic, now)
                topic = self._topics[name] = _Topic(bucket)
            topic.peers[number] = None
            peer.topics.add(name)
            peer.usage.subscriptions += 1
            self.subscriptions += 1
        effects: list[SwitchboardEffect] = []
        for reason, topics in refused.items():
            effects.append(Dropped(reason))
            effects.append(Send((number,), encode_refusal(reason, tuple(topics))))
        return effects

    def _why_not(self, name: str, peer: _Peer) -> str | None:
        if len(peer.topics) >= self._limits.topics:
            return "too-many-topics"
        if peer.usage.subscriptions >= self._quota.subscriptions_per_address:
            return "too-many-topics"
        topic = self._topics.get(name)
        if topic is None:
            return "server-full" if len(self._topics) >= self._quota.topics else None
        return "topic-full" if len(topic.peers) >= self._quota.peers_per_topic else None

    def _unsubscribe(self, number: int, peer: _Peer, names: tuple[str, ...]) -> None:
        for name in peer.topics.intersection(names):
            topic = self._topics[name]
            del topic.peers[number]
            if not topic.peers:
                del self._topics[name]
            peer.topics.discard(name)
            peer.usage.subscriptions -= 1
            self.subscriptions -= 1

    def _leave(self, number: int, peer: _Peer) -> None:
        self._unsubscribe(number, peer, tuple(peer.topics))
        del self._peers[number]
