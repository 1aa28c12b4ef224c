"""The signaling server's shell: turns the switchboard's effects into sends, closes and relay messages."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence
from itertools import count

from jupyter_tandem.core.signaling.door import Door, HandOut, ShowMetrics
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
    SwitchboardInput,
    Understood,
)
from jupyter_tandem.core.signaling.usage import UsageBook
from jupyter_tandem.errors import ProtocolError
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.relay import Relay
from jupyter_tandem.ports.signaling import Line, Meter, Visit
from jupyter_tandem.protocol.arrival import Admit, Answer, Request
from jupyter_tandem.protocol.relayed import Missed, Relayed, decode_relayed, encode_relayed
from jupyter_tandem.protocol.signaling import (
    GOING_AWAY,
    SERVICE_RESTART,
    TRY_AGAIN_LATER,
    SignalingLimits,
)

_BETWEEN_TIDYING_S = 10.0

_FAREWELLS_AT_ONCE = 50
_BETWEEN_FAREWELLS_S = 0.025
"""2,000 connections a second: as fast as another process can let them in."""

_DOUBTFUL_S = 15.0
"""How long before a relay is known to be away it may have been so; see the port's promise."""


class SignalingService:
    """One process of a signaling server, without its sockets. To be used from one event loop.

    It is the connections' :class:`~jupyter_tandem.ports.signaling.Desk`.

    Args:
        door: Decides who may come in.
        switchboard: Decides who hears what.
        usages: What both of them count in.
        limits: Of one message, for what the relay brings.
        relay: The other processes; None when there are none.
        clock: Time.
        entropy: Names of this process and of TURN credentials.
        meter: Counts.
        metrics_page: Returns the counters as text.
    """

    def __init__(
        self,
        *,
        door: Door,
        switchboard: Switchboard,
        usages: UsageBook,
        limits: SignalingLimits,
        relay: Relay | None,
        clock: Clock,
        entropy: Entropy,
        meter: Meter,
        metrics_page: Callable[[], str],
    ) -> None:
        self._door = door
        self._switchboard = switchboard
        self._usages = usages
        self._limits = limits
        self._relay = relay
        self._clock = clock
        self._entropy = entropy
        self._meter = meter
        self._metrics_page = metrics_page
        self._origin = entropy.token()
        self._numbers = count()
        self._lines: dict[int, Line] = {}
        self._visits = 0
        self._relay_up = asyncio.Event()
        self._doubtful_since: float | None = clock.monotonic()
        self._passed_on_at: dict[int, float] = {}
        self._mending: set[asyncio.Task[None]] = set()
        self._tidied_at = clock.monotonic()

    async def start(self, patience_s: float) -> None:
        """Begin to hear the other processes.

        Args:
            patience_s: Seconds to wait for the relay before going on without it.
        """
        if self._relay is not None:
            await self._relay.start(self._heard, self._relay_changed)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._relay_up.wait(), patience_s)

    def arrive(self, direct: str) -> Visit | None:
        """Count a new connection; None when it is to be dropped at once."""
        now = self._clock.monotonic()
        if reason := self._door.knock(direct, self._visits, now):
            self._meter.refused(reason)
            return None
        visit = Visit(None)
        self._visits += 1
        self._count_under(visit, self._door.address_of(direct), now)
        if now - self._tidied_at > _BETWEEN_TIDYING_S:
            self._tidied_at = now
            self._usages.forget_idle(now)
        return visit

    def ask(self, visit: Visit, request: Request) -> Admit | Answer:
        """Decide about a connection's request."""
        decision = self._door.decide(request, self._clock.monotonic())
        if request.forwarded and not self._door.trusts(request.direct):
            # An operator who forgot --trusted-proxy sees this, and all clients as one address.
            self._meter.dropped("forwarded-for-untrusted")
        if isinstance(decision, ShowMetrics):
            return Answer(200, self._metrics_page(), "text/plain; version=0.0.4; charset=utf-8")
        if isinstance(decision, HandOut):
            self._meter.credentials()
            return self._door.hand_out(decision, self._entropy.token(), self._clock.wall())
        if isinstance(decision, Answer):
            if decision.reason:
                self._meter.refused(decision.reason)
        elif visit.address is None:
            self._count_under(visit, decision.address, self._clock.monotonic())
        return decision

    def join(self, visit: Visit, line: Line) -> None:
        """Let a connection in that :meth:`ask` has admitted."""
        visit.peer = next(self._numbers)
        self._lines[visit.peer] = line
        self._do(Joined(visit.peer, visit.address or ""))

    def say(self, visit: Visit, data: bytes) -> None:
        """Take one text message of a client."""
        if visit.peer is not None:
            self._do(Said(visit.peer, data))

    def fidget(self, visit: Visit, frames: int) -> None:
        """Take frames of a client that are no message."""
        if visit.peer is not None:
            self._do(Fidgeted(visit.peer, frames))

    def leave(self, visit: Visit) -> None:
        """Forget a connection; to be called exactly once for each that has arrived."""
        if visit.peer is not None:
            self._forget(visit.peer)
        if visit.address is not None:
            self._usages.of(visit.address, self._clock.monotonic()).connections -= 1
        self._visits -= 1

    def ended(self, visit: Visit, reason: str) -> None:
        """Note why a connection is over, although it is not gone yet, and send it no more."""
        self._meter.closed(reason)
        if visit.peer is not None:
            self._forget(visit.peer)

    async def drain(self) -> None:
        """Let nobody in any more and tell everybody to come back later, to another process.

        Spread over time, or all of them would be at that process's door in one instant.
        """
        self._door.draining = True
        text = "The server is being restarted."
        await self._close_all(list(self._lines), GOING_AWAY, "draining", text)

    async def close(self) -> None:
        """Leave the other processes."""
        for task in self._mending:
            task.cancel()
        if self._relay is not None:
            await self._relay.close()

    def _count_under(self, visit: Visit, address: str | None, now: float) -> None:
        if address is not None:
            visit.address = address
            self._usages.of(address, now).connections += 1

    def _do(self, given: SwitchboardInput) -> None:
        for effect in self._switchboard.handle(given, self._clock.monotonic()):
            if isinstance(effect, Send):
                self._send(effect)
            elif isinstance(effect, PassOn):
                self._pass_on(effect)
            elif isinstance(effect, Understood):
                self._meter.message(effect.kind)
            elif isinstance(effect, Dropped):
                self._meter.dropped(effect.reason)
            else:
                self._shut(effect)

    def _send(self, effect: Send) -> None:
        for peer in effect.peers:
            line = self._lines.get(peer)
            if line is not None and not line.send(effect.payload):
                text = "You do not take what is sent to you."
                self._close(peer, TRY_AGAIN_LATER, "slow", text)
        self._meter.delivered(len(effect.peers))

    def _shut(self, effect: Shut) -> None:
        self._close(effect.peer, effect.code, effect.reason, effect.text)

    def _close(self, peer: int, code: int, reason: str, text: str) -> None:
        line = self._lines.get(peer)
        if line is not None:
            self._meter.closed(reason)
            self._forget(peer)
            line.close(code, text)

    async def _close_all(self, peers: Sequence[int], code: int, reason: str, text: str) -> None:
        for start in range(0, len(peers), _FAREWELLS_AT_ONCE):
            for peer in peers[start : start + _FAREWELLS_AT_ONCE]:
                self._close(peer, code, reason, text)
            await asyncio.sleep(_BETWEEN_FAREWELLS_S)

    def _forget(self, peer: int) -> None:
        self._passed_on_at.pop(peer, None)
        if self._lines.pop(peer, None) is not None:
            self._do(Left(peer))

    def _pass_on(self, effect: PassOn) -> None:
        if self._relay is None:
            return
        self._passed_on_at[effect.peer] = self._clock.monotonic()
        message = encode_relayed(Relayed(self._origin, effect.topic, effect.body))
        if self._relay.publish(message):
            self._meter.relayed("out")
        else:
            self._meter.dropped("relay-away")

    def _relay_changed(self, connected: bool) -> None:
        if not connected:
            self._relay_up.clear()
            self._doubtful_since = self._clock.monotonic() - _DOUBTFUL_S
            return
        self._relay_up.set()
        since, self._doubtful_since = self._doubtful_since, None
        if since is not None and self._lines and self._relay is not None:
            seconds = math.ceil(self._clock.monotonic() - since)
            self._relay.publish(encode_relayed(Missed(self._origin, seconds)))

    def _call_back(self, missed: Missed) -> None:
        """Let everybody come again whom a process, perhaps this one, may not have heard."""
        since = self._clock.monotonic() - missed.seconds
        unheard = [peer for peer, at in self._passed_on_at.items() if at >= since]
        text = "Come back: people at another server did not hear you."
        task = asyncio.create_task(self._close_all(unheard, SERVICE_RESTART, "unheard", text))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    def _heard(self, data: bytes) -> None:
        try:
            message = decode_relayed(data, self._limits)
        except ProtocolError:
            self._meter.dropped("relay-malformed")
            return
        if isinstance(message, Missed):
            self._call_back(message)
        elif message.origin != self._origin:
            self._meter.relayed("in")
            self._do(Heard(message.topic, message.body))
