"""Who may come in: one decision for every HTTP request, WebSocket handshakes included."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from jupyter_tandem.core.signaling.address import Networks, client_address, counted_as
from jupyter_tandem.core.signaling.quota import Quota
from jupyter_tandem.core.signaling.turn import IceSettings, ice_answer
from jupyter_tandem.core.signaling.usage import UsageBook
from jupyter_tandem.protocol.arrival import Admit, Answer, Request

ANY_ORIGIN: Final = "*"
_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_JSON: Final = "application/json"
_MOST_QUERY_FIELDS: Final = 8


@dataclass(frozen=True, slots=True)
class ShowMetrics:
    """Answer with the counters."""


@dataclass(frozen=True, slots=True)
class HandOut:
    """Answer with credentials for the TURN server, made with an unpredictable name."""

    allow_origin: str | None


Decision = Admit | Answer | ShowMetrics | HandOut


@dataclass(frozen=True, slots=True)
class DoorPolicy:
    """Whom the operator wants to let in.

    Attributes:
        origins: Pages that may use the server (``https://lab.example.org``), or ``*`` for all. Empty:
            pages of this machine only.
        allow_no_origin: Whether clients that are no browsers, and send no Origin, may too.
        token_digests: SHA-256 of each accepted token; empty: none is asked for.
        trusted_proxies: Whose X-Forwarded-For is believed.
        operators: Who may read the counters, and whose health checks no rate limits.
        ice: What ``/ice`` answers.
    """

    origins: frozenset[str] = frozenset()
    allow_no_origin: bool = False
    token_digests: frozenset[bytes] = frozenset()
    trusted_proxies: Networks = field(default_factory=Networks)
    operators: Networks = field(default_factory=lambda: Networks.parse(["127.0.0.0/8", "::1"]))
    ice: IceSettings = field(default_factory=IceSettings)


def token_digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


class Door:
    """Decides about arrivals. It counts them; who is let in is counted by whoever lets them in."""

    def __init__(self, policy: DoorPolicy, quota: Quota, usages: UsageBook) -> None:
        self._policy = policy
        self._quota = quota
        self._usages = usages
        self.draining = False

    def trusts(self, direct: str) -> bool:
        """Return whether the word of what connects from ``direct`` counts."""
        return direct in self._policy.trusted_proxies

    def address_of(self, direct: str) -> str | None:
        """Return under which address a connection counts before it has said anything.

        None for a trusted proxy's, which counts under nobody's until its request has come.
        """
        return None if self.trusts(direct) else counted_as(direct)

    def knock(self, direct: str, connections: int, now: float) -> str | None:
        """Decide about a new TCP connection, before a byte is read from it.

        Args:
            direct: Where it comes from.
            connections: How many the server has, this one not counted.
            now: Monotonic seconds.

        Returns:
            The reason to drop it without an answer, or None.
        """
        if self.draining:
            return "draining"
        if connections >= self._quota.connections:
            return "server-full"
        address = self.address_of(direct)
        if address is None:
            return None
        if self._usages.of(address, now).connections >= self._quota.connections_per_address:
            return "address-full"
        return None

    def decide(self, request: Request, now: float) -> Decision:
        """Decide about one request. Nothing of it is to be logged: it may hold a token.

        Args:
            request: What was asked.
            now: Monotonic seconds.
        """
        client = client_address(request.direct, request.forwarded, self._policy.trusted_proxies)
        if request.method != "GET":
            return Answer(405, "Only GET is understood here.\n", reason="method")
        page = request.target.partition("?")[0].rstrip("/").rpartition("/")[2]
        is_operator = not request.upgrade and client in self._policy.operators
        address = counted_as(client)
        if not is_operator and not self._usages.of(address, now).arrivals.take(now):
            return Answer(429, "Too many requests from your address.\n", reason="address-rate")
        if request.upgrade or page == "ice":
            return self._guarded(request, address, now)
        if page == "metrics":
            return ShowMetrics() if is_operator else Answer(404, "Not found.\n", reason="metrics")
        return self._plain_visit(page)

    def _plain_visit(self, page: str) -> Answer:
        if page == "readyz" and self.draining:
            return Answer(503, "draining\n")
        if page in ("healthz", "readyz"):
            return Answer(200, "ok\n")
        if page:
            return Answer(426, "This address speaks WebSocket.\n", reason="no-websocket")
        return Answer(200, "A signaling server of Tandem. It speaks WebSocket.\n")

    def _guarded(self, request: Request, address: str, now: float) -> Decision:
        if self.draining:
            return Answer(503, "The server is being restarted.\n", reason="draining")
        if not self._origin_may(request.origin):
            text = "Pages of this origin may not use this signaling server.\n"
            return Answer(403, text, reason="origin")
        if not self._token_fits(request):
            return Answer(401, "A token is needed.\n", reason="token")
        if not request.upgrade:
            return HandOut(request.origin)
        if not self.trusts(request.direct):
            return Admit(address)
        if self._usages.of(address, now).connections >= self._quota.connections_per_address:
            text = "Too many connections from your address.\n"
            return Answer(429, text, reason="address-full")
        return Admit(address)

    def _origin_may(self, origin: str | None) -> bool:
        allowed = self._policy.origins
        if ANY_ORIGIN in allowed:
            return True
        if origin is None:
            return self._policy.allow_no_origin
        if allowed:
            return origin.lower() in allowed
        return _host(origin) in _LOOPBACK_HOSTS

    def _token_fits(self, request: Request) -> bool:
        accepted = self._policy.token_digests
        if not accepted:
            return True
        given = token_digest(_token(request))
        return any(hmac.compare_digest(given, digest) for digest in accepted)

    def hand_out(self, decision: HandOut, name: str, wall: float) -> Answer:
        """Return the answer to a request for ICE servers.

        Args:
            decision: What :meth:`decide` said.
            name: An unpredictable name.
            wall: Unix seconds.
        """
        text = json.dumps(ice_answer(self._policy.ice, name, wall))
        return Answer(200, text, _JSON, decision.allow_origin)


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None


def _token(request: Request) -> str:
    scheme, _, credentials = request.authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    try:
        query = parse_qs(request.target.partition("?")[2], max_num_fields=_MOST_QUERY_FIELDS)
    except ValueError:
        return ""
    return query.get("token", [""])[0]
