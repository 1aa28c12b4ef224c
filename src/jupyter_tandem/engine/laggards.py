"""Connections of a room that do not drain (ROOM-23)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from jupyter_tandem.core.document import unite
from jupyter_tandem.core.room import Room
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.protocol.frames import Awareness, Update, encode
from jupyter_tandem.types import SessionId

HIGH_WATER_BYTES: Final = 1024 * 1024
"""A connection with more unsent bytes than this gets no more frames until it has drained."""

LOW_WATER_BYTES: Final = 64 * 1024
"""A connection that lags is sent one merged update when no more than this is unsent."""

LAG_LIMIT_S: Final = 60.0
"""A connection that does not drain for so long is given up."""

LAG_POLL_S: Final = 0.2


@dataclass(slots=True)
class _Lag:
    """Since when, and what is lacking.

    Attributes:
        since: Monotonic seconds.
        state_vector: What the document held when it began.
        missed: What the document held by then and had not been sent.
    """

    since: float
    state_vector: bytes
    missed: list[bytes] = field(default_factory=list)


class Laggards:
    """Remembers what those lack who get nothing at the moment, and sends it when they have drained.

    Attributes:
        sessions: They. A mapping, because it is asked for every delivery.
    """

    def __init__(
        self,
        room: Room,
        channels: Mapping[SessionId, Channel],
        clock: Clock,
        send: Callable[[SessionId, bytes], None],
        give_up: Callable[[SessionId], None],
    ) -> None:
        """There is none.

        Args:
            room: What they are sent.
            channels: Its connections, which whoever makes them adds and removes.
            clock: Tells how long one lags.
            send: Sends one a frame.
            give_up: Called for one that lags for longer than :data:`LAG_LIMIT_S`.
        """
        self._room = room
        self._channels = channels
        self._clock = clock
        self._send = send
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self.sessions: dict[SessionId, _Lag] = {}
        self._fresh: list[_Lag] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, session: SessionId) -> None:
        """From now on it gets nothing until it has drained."""
        lag = _Lag(self._clock.monotonic(), self._room.document.state_vector())
        self.sessions[session] = lag
        if not self._fresh:
            self._loop.call_soon(self._fresh.clear)
        self._fresh.append(lag)
        self._wait()

    def wrote(self, updates: Iterable[bytes]) -> None:
        """These were sent to the others one after the other, and are in the document all at once: who began to lag
        in between lacks some of them.
        """
        if self._fresh:
            missed = list(updates)
            for lag in self._fresh:
                lag.missed += missed

    def forget(self, session: SessionId) -> None:
        """It is gone."""
        self.sessions.pop(session, None)

    def close(self) -> None:
        """Look after nobody any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        now = self._clock.monotonic()
        for session, lag in list(self.sessions.items()):
            channel = self._channels[session]
            if channel.backlog_bytes <= LOW_WATER_BYTES:
                del self.sessions[session]
                self._catch_up(session, lag)
            elif now - lag.since > LAG_LIMIT_S:
                self._give_up(session)
        if self.sessions:
            self._wait()

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(LAG_POLL_S, self._look)

    def _catch_up(self, session: SessionId, lag: _Lag) -> None:
        since = self._room.document.encode(lag.state_vector)
        self._send(session, encode(Update(unite([*lag.missed, since]))))
        self._send(session, encode(Awareness(self._room.awareness_states())))
