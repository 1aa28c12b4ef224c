"""Connections of a simulation: two lines with delays, which can stall, break, and break without a word."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from jupyter_tandem.errors import TandemError
from jupyter_tandem.ports.reception import Call, Reception, Seat
from jupyter_tandem.testing.simulation_loop import Process

_GRID_S: Final = 0.001
"""Arrival times are rounded up to it, so that frames of several people meet in one turn of the loop."""

_REFUSED_S: Final = 0.02
"""How soon a client learns that no server listens."""

GONE: Final = 1006
"""The close code a client sees when a connection broke: no code was received (RFC 6455, 7.1.5)."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What the network is like.

    Attributes:
        delay_s: Shortest and longest way of a frame.
        unnoticed_s: Longest time one side of a broken connection takes to find out.
    """

    delay_s: tuple[float, float] = (0.0, 0.05)
    unnoticed_s: float = 20.0


class Caller(Protocol):
    """The client's side of a link."""

    def addressed(self, frame: bytes) -> None:
        """The server sends it a frame, which may or may not arrive."""

    def opened(self) -> None:
        """The server has let it in."""

    def take(self, frame: bytes) -> None:
        """A frame arrived."""

    def closed(self, code: int, reason: str) -> None:
        """The connection ended; nothing follows."""


class _Line:
    """One direction: what is put in arrives in order, later."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, weather: Weather, chance: random.Random
    ) -> None:
        self._loop = loop
        self._weather = weather
        self._chance = chance
        self._last = 0.0
        self._stalled_until = 0.0
        self.cut = False
        self.waiting_bytes = 0
        self._under_way: deque[tuple[int, Callable[[], None]]] = deque()

    def put(self, size: int, deliver: Callable[[], None]) -> None:
        if self.cut:
            return
        now = self._loop.time()
        due = max(self._last, now + self._chance.uniform(*self._weather.delay_s))
        if now < self._stalled_until:
            due = max(due, self._stalled_until)
        self._last = round(due / _GRID_S + 0.5) * _GRID_S
        self.waiting_bytes += size
        self._under_way.append((size, deliver))
        self._loop.call_at(self._last, self._arrive)

    def stall(self, seconds: float) -> None:
        """Deliver nothing that is sent from now on for a while."""
        self._stalled_until = self._loop.time() + seconds

    def _arrive(self) -> None:
        """The oldest arrives: timers that are due at the same time fire in any order."""
        size, deliver = self._under_way.popleft()
        self.waiting_bytes -= size
        if not self.cut:
            deliver()


class Link:
    """A client's connection to a server process; for the server it is a ``Channel``."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        weather: Weather,
        chance: random.Random,
        caller: Caller,
    ) -> None:
        """A connection that is not made yet."""
        self._loop = loop
        self._weather = weather
        self._chance = chance
        self._caller = caller
        self._up = _Line(loop, weather, chance)
        self._down = _Line(loop, weather, chance)
        self._process: Process | None = None
        self._seat: Seat | None = None
        self._ended = False
        self._left = False

    # -- the client's side ---------------------------------------------------

    def connect(self, process: Process | None, reception: Reception | None, call: Call) -> None:
        """Ask to be let in. ``None``: no server listens."""
        if process is None or reception is None or not process.alive:
            self._loop.call_later(_REFUSED_S, self._end, GONE, "Nobody listens.")
            return
        self._process = process
        process.run(lambda: self._loop.create_task(self._enter(reception, call)))

    def call_server(self, frame: bytes) -> None:
        """Send a frame."""
        self._up.put(len(frame), lambda: self._to_server(frame))

    def hang_up(self) -> None:
        """The client ends the connection; the server learns of it in order."""
        self._ended = True
        self._down.cut = True
        self._up.put(0, self._leave)

    # -- the server's side ---------------------------------------------------

    def send(self, frame: bytes) -> None:
        """See :class:`jupyter_tandem.ports.channel.Channel`."""
        self._caller.addressed(frame)
        self._outside(lambda: self._down.put(len(frame), lambda: self._to_client(frame)))

    def close(self, code: int, reason: str) -> None:
        """See :class:`jupyter_tandem.ports.channel.Channel`."""
        self._outside(lambda: self._down.put(0, lambda: self._end(code, reason)))
        self._loop.call_soon(self._leave)

    @property
    def backlog_bytes(self) -> int:
        """See :class:`jupyter_tandem.ports.channel.Channel`."""
        return self._down.waiting_bytes

    @property
    def whole(self) -> bool:
        """Whether frames still arrive; those who use it may not know yet."""
        return not (self._up.cut or self._down.cut)

    # -- fate ----------------------------------------------------------------

    def sever(self) -> None:
        """Break the connection; both sides find out sooner or later, each for itself."""
        if self._up.cut and self._down.cut:
            return
        self._up.cut = self._down.cut = True
        longest = self._weather.unnoticed_s
        for notice in (self._leave_late, lambda: self._end(GONE, "The connection broke.")):
            late = self._chance.random() < 0.3
            self._loop.call_later(self._chance.uniform(0, longest if late else 0.5), notice)

    def stall(self, seconds: float) -> None:
        """The client does not read for a while."""
        self._down.stall(seconds)

    # -- inside --------------------------------------------------------------

    async def _enter(self, reception: Reception, call: Call) -> None:
        try:
            seat = await reception.enter(call, self)
        except TandemError as error:
            code, reason = error.close_code, str(error)
            self._outside(lambda: self._down.put(0, lambda: self._end(code, reason)))
            return
        self._seat = seat
        self._outside(lambda: self._up.put(0, self._opened))
        if self._left:
            seat.leave()

    def _opened(self) -> None:
        """The handshake's answer is on its way; the client may speak."""
        if not self._ended:
            self._caller.opened()

    def _to_server(self, frame: bytes) -> None:
        process, seat = self._process, self._seat
        if process is not None and process.alive and seat is not None and not self._left:
            process.run(seat.receive, frame)

    def _to_client(self, frame: bytes) -> None:
        if not self._ended:
            self._caller.take(frame)

    def _end(self, code: int, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._up.cut = self._down.cut = True
            self._caller.closed(code, reason)

    def _leave_late(self) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._left:
            return
        self._left = True
        if self._seat is not None and self._process is not None and self._process.alive:
            self._process.run(self._seat.leave)

    def _outside(self, action: Callable[[], None]) -> None:
        """What is on the wire survives the process that sent it."""
        Process("wire").run(action)
