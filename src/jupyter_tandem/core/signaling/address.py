"""Whose connection it is: addresses, networks and what a trusted proxy says."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNKNOWN: Final = "unknown"
"""All clients whose address cannot be told share one entry."""

_MOST_HOPS: Final = 16
"""Entries of X-Forwarded-For that are looked at, from the right; the rest only the client wrote."""


class Networks:
    """A set of networks."""

    def __init__(self, networks: tuple[Network, ...] = ()) -> None:
        self._networks = networks

    @classmethod
    def parse(cls, texts: list[str]) -> Networks:
        """Read networks (``10.0.0.0/8``) and single addresses.

        Raises:
            ValueError: a text is neither.
        """
        return cls(tuple(ipaddress.ip_network(text, strict=False) for text in texts))

    def __contains__(self, text: str) -> bool:
        address = parse_address(text)
        return address is not None and any(address in network for network in self._networks)


def parse_address(text: str) -> Address | None:
    """Read an IP address, also ``[v6]:port`` and ``v4:port``; None when it is none.

    An IPv4 address in IPv6 clothes (``::ffff:192.0.2.1``) is returned as IPv4.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_address(direct: str, forwarded: list[str], trusted: Networks) -> str:
    """Return the address of the client behind a connection.

    Args:
        direct: The address the connection comes from.
        forwarded: The values of its X-Forwarded-For headers in their order. A proxy appends the
            address it was called from, so only entries to the right of a trusted one are evidence.
        trusted: The proxies whose word is believed.
    """
    client = direct
    for entry in _from_the_right(forwarded):
        if client not in trusted or parse_address(entry) is None:
            break
        client = entry
    return str(parse_address(client) or UNKNOWN)


def counted_as(address: str) -> str:
    """Return under which name the limits count an address: IPv6 by its /64 network."""
    parsed = parse_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed or UNKNOWN)


def _from_the_right(forwarded: list[str]) -> Iterator[str]:
    entries = ",".join(forwarded).rsplit(",", _MOST_HOPS)
    yield from (entry.strip() for entry in reversed(entries) if entry.strip())
