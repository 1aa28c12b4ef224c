"""How much one connection, one address, one topic and the whole server may take."""

from __future__ import annotations

from dataclasses import dataclass, field

from jupyter_tandem.core.signaling.bucket import Rate


@dataclass(frozen=True, slots=True)
class Quota:
    """Bounds, each with the reason for its default.

    An address is an IPv4 address or the /64 network of an IPv6 one, which is what one household or
    laptop is given. A school behind one address is the largest honest user of one.

    Attributes:
        connections: Of the whole server.
        connections_per_address: Enough for a lecture hall behind one address.
        arrivals_per_address: New connections and HTTP requests. y-webrtc's client comes back at once
            after a connection that was closed, so this is what slows a client that breaks a rule.
        messages_per_peer: A newcomer to a room of 35 sends some seven messages to each.
        messages_per_address: Of all connections of an address.
        subscriptions_per_address: Every open document of every person is one.
        topics: Of the whole server; each costs some 500 bytes.
        peers_per_topic: y-webrtc's mesh carries some 35; the rest wait for one of them to leave.
        deliveries_per_topic: Copies of published messages. y-webrtc sends what is meant for one peer
            to all of the room: when 30 people come together within ten seconds that is 16,000 a second.
        deliveries_per_address: Copies of what the clients of one address publish, in whatever topics.
    """

    connections: int = 10_000
    connections_per_address: int = 256
    arrivals_per_address: Rate = field(default=Rate(per_s=20, burst=300))
    messages_per_peer: Rate = field(default=Rate(per_s=50, burst=500))
    messages_per_address: Rate = field(default=Rate(per_s=500, burst=10_000))
    subscriptions_per_address: int = 4_000
    topics: int = 100_000
    peers_per_topic: int = 100
    deliveries_per_topic: Rate = field(default=Rate(per_s=20_000, burst=100_000))
    deliveries_per_address: Rate = field(default=Rate(per_s=20_000, burst=200_000))
