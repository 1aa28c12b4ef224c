from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from jupyter_tandem.core.signaling.address import Networks
from jupyter_tandem.core.signaling.bucket import Rate
from jupyter_tandem.core.signaling.door import (
    Door,
    DoorPolicy,
    HandOut,
    ShowMetrics,
    token_digest,
)
from jupyter_tandem.core.signaling.quota import Quota
from jupyter_tandem.core.signaling.turn import IceSettings
from jupyter_tandem.core.signaling.usage import UsageBook
from jupyter_tandem.protocol.arrival import Admit, Answer, Request

LAB = "https://lab.example.org"
TOKEN = "correct-horse-battery-staple"
VISIT = Request("203.0.113.9", upgrade=True, origin=LAB)


def door(quota: Quota | None = None, **policy: Any) -> Door:
    policy.setdefault("origins", frozenset({LAB}))
    quota = quota or Quota()
    return Door(DoorPolicy(**policy), quota, UsageBook(quota))


def refusal(decision: object) -> tuple[int, str]:
    assert isinstance(decision, Answer)
    return decision.status, decision.reason


@pytest.mark.spec("SIGNAL-20")
@pytest.mark.parametrize(
    ("origin", "admitted"),
    [
        (LAB, True),
        ("HTTPS://LAB.example.org", True),
        ("http://lab.example.org", False),
        ("https://lab.example.org:8443", False),
        ("https://lab.example.org.evil.example", False),
        ("https://evil.example", False),
        ("https://lab.example.org,https://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_origins_are_exact(origin: str, admitted: bool) -> None:
    decision = door().decide(replace(VISIT, origin=origin), 0)
    assert isinstance(decision, Admit) is admitted


@pytest.mark.spec("SIGNAL-20")
@pytest.mark.parametrize(
    ("origin", "admitted"),
    [
        ("http://localhost:8888", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://localhost.evil.example", False),
        ("https://lab.example.org", False),
        ("http://[", False),
        ("null", False),
    ],
)
def test_without_a_list_only_this_machine(origin: str, admitted: bool) -> None:
    decision = door(origins=frozenset()).decide(replace(VISIT, origin=origin), 0)
    assert isinstance(decision, Admit) is admitted


@pytest.mark.spec("SIGNAL-20")
def test_every_origin_if_the_operator_says_so() -> None:
    everybody = door(origins=frozenset({"*"}))
    assert isinstance(everybody.decide(replace(VISIT, origin="https://any.example"), 0), Admit)
    assert isinstance(everybody.decide(replace(VISIT, origin=None), 0), Admit)


@pytest.mark.spec("SIGNAL-21")
def test_no_origin_is_let_in_on_request_only() -> None:
    program = replace(VISIT, origin=None)
    assert refusal(door().decide(program, 0)) == (403, "origin")
    assert isinstance(door(allow_no_origin=True).decide(program, 0), Admit)


@pytest.mark.spec("SIGNAL-22")
@pytest.mark.parametrize(
    ("target", "authorization", "admitted"),
    [
        (f"/?token={TOKEN}", "", True),
        (f"/signal?a=b&token={TOKEN}", "", True),
        ("/", f"Bearer {TOKEN}", True),
        ("/", f"bearer {TOKEN}", True),
        ("/", f"Basic {TOKEN}", False),
        ("/", "", False),
        ("/?token=", "", False),
        (f"/?token={TOKEN}x", "", False),
        (f"/?token=wrong&token={TOKEN}", "", False),
        ("/?" + "&".join("abcdefghijkl"), "", False),
        (f"/?token={TOKEN[:-1]}%ff", "", False),
    ],
)
def test_tokens(target: str, authorization: str, admitted: bool) -> None:
    guarded = door(token_digests=frozenset({token_digest("another"), token_digest(TOKEN)}))
    decision = guarded.decide(replace(VISIT, target=target, authorization=authorization), 0)
    assert isinstance(decision, Admit) is admitted
    if not admitted:
        assert refusal(decision) == (401, "token")


@pytest.mark.spec("SIGNAL-14")
def test_connections_of_an_address_behind_a_proxy_are_limited() -> None:
    quota = Quota(connections_per_address=1)
    usages = UsageBook(quota)
    policy = DoorPolicy(origins=frozenset({LAB}), trusted_proxies=Networks.parse(["10.0.0.0/8"]))
    guarded = Door(policy, quota, usages)
    visit = replace(VISIT, direct="10.0.0.1", forwarded=["198.51.100.1"])
    assert guarded.decide(visit, 0) == Admit("198.51.100.1")
    usages.of("198.51.100.1", 0).connections += 1
    assert refusal(guarded.decide(visit, 0)) == (429, "address-full")
    assert isinstance(guarded.decide(replace(visit, forwarded=["198.51.100.2"]), 0), Admit)
    assert guarded.address_of("10.0.0.1") is None
    assert guarded.knock("10.0.0.1", 0, 0) is None


@pytest.mark.spec("SIGNAL-14")
def test_connections_are_limited_before_they_say_a_word() -> None:
    quota = Quota(connections=3, connections_per_address=2)
    usages = UsageBook(quota)
    guarded = Door(DoorPolicy(), quota, usages)
    assert guarded.knock("192.0.2.1", 2, 0) is None
    assert guarded.knock("192.0.2.1", 3, 0) == "server-full"
    usages.of("192.0.2.1", 0).connections = 2
    assert guarded.knock("192.0.2.1", 2, 0) == "address-full"
    assert guarded.knock("192.0.2.2", 2, 0) is None


@pytest.mark.spec("SIGNAL-15")
def test_arrivals_of_an_address_have_a_rate() -> None:
    guarded = door(Quota(arrivals_per_address=Rate(1, 2)))
    decisions = [guarded.decide(VISIT, 0) for _ in range(3)]
    assert [isinstance(decision, Admit) for decision in decisions] == [True, True, False]
    assert refusal(decisions[2]) == (429, "address-rate")
    assert isinstance(guarded.decide(replace(VISIT, direct="203.0.113.10"), 0), Admit)
    assert isinstance(guarded.decide(VISIT, 1), Admit)


@pytest.mark.spec("SIGNAL-15", "SIGNAL-22")
def test_guessing_tokens_is_as_slow_as_arriving() -> None:
    quota = Quota(arrivals_per_address=Rate(1, 5))
    guarded = door(quota, token_digests=frozenset({token_digest(TOKEN)}))
    guesses = [refusal(guarded.decide(replace(VISIT, target=f"/?token={n}"), 0)) for n in range(10)]
    assert guesses == [(401, "token")] * 5 + [(429, "address-rate")] * 5


@pytest.mark.spec("SIGNAL-24")
@pytest.mark.parametrize("target", ["/healthz", "/readyz", "/behind/a/prefix/healthz", "/readyz?x"])
def test_health(target: str) -> None:
    decision = door().decide(Request("203.0.113.9", target=target), 0)
    assert decision == Answer(200, "ok\n")


@pytest.mark.spec("SIGNAL-24", "SIGNAL-34")
def test_a_draining_server_is_healthy_but_not_ready() -> None:
    guarded = door()
    guarded.draining = True
    assert isinstance(guarded.decide(Request("::1", target="/healthz"), 0), Answer)
    assert refusal(guarded.decide(Request("::1", target="/readyz"), 0)) == (503, "")
    assert refusal(guarded.decide(VISIT, 0)) == (503, "draining")
    assert guarded.knock("192.0.2.1", 0, 0) == "draining"


@pytest.mark.spec("SIGNAL-25")
def test_metrics_are_for_operators() -> None:
    guarded = door(
        operators=Networks.parse(["192.0.2.0/24"]), trusted_proxies=Networks.parse(["192.0.2.7"])
    )
    ask = Request("192.0.2.1", target="/metrics")
    assert isinstance(guarded.decide(ask, 0), ShowMetrics)
    assert refusal(guarded.decide(replace(ask, direct="203.0.113.9"), 0)) == (404, "metrics")
    through_proxy = replace(ask, direct="192.0.2.7", forwarded=["203.0.113.9"])
    assert refusal(guarded.decide(through_proxy, 0)) == (404, "metrics")


@pytest.mark.spec("SIGNAL-26")
def test_ice_servers_are_for_those_who_may_connect() -> None:
    ice = IceSettings(("stun:stun.example.org", "turn:turn.example.org?transport=udp"), b"secret")
    guarded = door(token_digests=frozenset({token_digest(TOKEN)}), ice=ice)
    ask = Request("203.0.113.9", target=f"/ice?token={TOKEN}", origin=LAB)
    decision = guarded.decide(ask, 0)
    assert decision == HandOut(LAB)
    answer = guarded.hand_out(HandOut(LAB), "somebody", 1_000_000.5)
    told = json.loads(answer.body)
    assert answer.allow_origin == LAB
    assert told["ttl"] == 3600
    assert told["iceServers"][0] == {"urls": ["stun:stun.example.org"]}
    assert told["iceServers"][1]["urls"] == ["turn:turn.example.org?transport=udp"]
    assert told["iceServers"][1]["username"] == "1003600:somebody"
    assert refusal(guarded.decide(replace(ask, target="/ice"), 0)) == (401, "token")
    assert refusal(guarded.decide(replace(ask, origin="https://evil.example"), 0))[0] == 403


@pytest.mark.spec("SIGNAL-26")
def test_nothing_is_named_that_was_not_configured() -> None:
    answer = door().hand_out(HandOut(None), "somebody", 0)
    assert json.loads(answer.body) == {"iceServers": [], "ttl": None}


def test_other_requests_are_told_what_this_is() -> None:
    assert refusal(door().decide(Request("192.0.2.1", method="POST"), 0)) == (405, "method")
    assert refusal(door().decide(Request("192.0.2.1", target="/x"), 0)) == (426, "no-websocket")
    assert refusal(door().decide(Request("192.0.2.1", target="/"), 0)) == (200, "")
    assert refusal(door().decide(Request("192.0.2.1", target="//["), 0)) == (426, "no-websocket")
