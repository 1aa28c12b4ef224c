from __future__ import annotations

import pytest

from jupyter_tandem.core.signaling.address import (
    UNKNOWN,
    Networks,
    client_address,
    counted_as,
)

PROXIES = Networks.parse(["10.0.0.0/8", "2001:db8:ff::/48"])


@pytest.mark.spec("SIGNAL-16")
@pytest.mark.parametrize(
    ("direct", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        # Not from a proxy: what it says about itself is not believed.
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        # The client wrote the first entry itself, the proxy appended the second.
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        # Two proxies in a row.
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("2001:db8:ff::1", ["2001:db8:1::5"], "2001:db8:1::5"),
        ("10.0.0.1", ["[2001:db8:1::5]:443"], "2001:db8:1::5"),
        ("10.0.0.1", ["198.51.100.1:443"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        # A proxy that says nothing of use stands for its clients.
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, <script>"], "10.0.0.1"),
        ("10.0.0.1", [", ,"], "10.0.0.1"),
        ("", [], UNKNOWN),
    ],
)
def test_whose_connection_it_is(direct: str, forwarded: list[str], expected: str) -> None:
    assert client_address(direct, forwarded, PROXIES) == expected


@pytest.mark.spec("SIGNAL-16")
def test_a_long_tale_is_cut() -> None:
    hops = ", ".join(["198.51.100.1"] + ["10.0.0.2"] * 50_000)
    assert client_address("10.0.0.1", [hops], PROXIES) == "10.0.0.2"


@pytest.mark.spec("SIGNAL-14")
def test_ipv6_counts_by_its_network() -> None:
    assert counted_as("2001:db8::1") == counted_as("2001:db8::ffff:1:2:3") == "2001:db8::/64"
    assert counted_as("2001:db8:0:1::1") != counted_as("2001:db8::1")
    assert counted_as("fe80::1%eth0") == "fe80::/64"
    assert counted_as("::ffff:192.0.2.1") == counted_as("192.0.2.1") == "192.0.2.1"


def test_networks_are_told_from_nonsense() -> None:
    assert "127.0.0.1" in Networks.parse(["127.0.0.1"])
    assert "127.0.0.2" not in Networks.parse(["127.0.0.1"])
    assert "nonsense" not in PROXIES
    with pytest.raises(ValueError, match="nonsense"):
        Networks.parse(["nonsense"])
