"""The lobby with its connections: who is on the server, for the stock list of people."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Final

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.lobby import Lobby
from jupyter_tandem.engine.delivery import shorten
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.laggards import HIGH_WATER_BYTES
from jupyter_tandem.engine.live_room import TICK_S
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import Address, DocumentKind, FileId, Rights, SessionId, User

LOBBY: Final = "JupyterLab:globalAwareness"
"""The lobby's room id in the stock protocol."""

LOBBY_ADDRESS: Final = Address(DocumentKind("JupyterLab", "globalAwareness"), FileId(""))
"""What events about the lobby carry in place of a document's address."""


class LiveLobby:
    """Everybody's connection to the lobby, on the event loop's thread."""

    def __init__(self, limits: Limits, clock: Clock, events: RoomEvents) -> None:
        """Start with nobody."""
        self._lobby = Lobby(limits)
        self._clock = clock
        self._events = events
        self._channels: dict[SessionId, Channel] = {}
        self._frames: list[tuple[SessionId, bytes]] = []
        self._numbers = itertools.count(1)
        self._ticker: asyncio.TimerHandle | None = None

    def join(
        self, user: User, rights: Rights, dialect: inputs.Dialect, channel: Channel
    ) -> SessionId:
        """Add an authenticated connection."""
        session = SessionId(next(self._numbers))
        self._channels[session] = channel
        self._handle(inputs.Join(session, user, rights, dialect, None))
        if self._ticker is None:
            self._ticker = asyncio.get_running_loop().call_later(TICK_S, self._tick)
        return session

    def receive(self, session: SessionId, frame: bytes, *, alone: bool = False) -> None:  # noqa: ARG002  (the port's)
        """Take one frame; it is dealt with at the end of this turn of the loop."""
        if not self._frames:
            asyncio.get_running_loop().call_soon(self._drain_turn)
        self._frames.append((session, frame))

    def leave(self, session: SessionId) -> None:
        """A connection ended."""
        self._drain_turn()
        if self._channels.pop(session, None) is not None:
            self._handle(inputs.Leave(session))

    def close(self, code: int, reason: str) -> None:
        """Close every connection."""
        if self._ticker is not None:
            self._ticker.cancel()
        channels, self._channels = self._channels, {}
        for channel in channels.values():
            channel.close(code, reason)

    def _drain_turn(self) -> None:
        frames, self._frames = tuple(self._frames), []
        if frames:
            self._handle(inputs.Turn(frames))

    def _tick(self) -> None:
        self._ticker = None
        self._handle(inputs.Tick())
        if self._channels:
            self._ticker = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _handle(self, event: inputs.Join | inputs.Turn | inputs.Leave | inputs.Tick) -> None:
        for effect in self._lobby.handle(event, self._clock.monotonic()):
            self._carry_out(effect)

    def _carry_out(self, effect: fx.Effect) -> None:
        match effect:
            case fx.Fanout(frame, but):
                self._fan_out(frame, (c for s, c in self._channels.items() if s != but))
            case fx.Send(session, frame):
                channel = self._channels.get(session)
                if channel is not None:
                    self._fan_out(frame, (channel,))
            case fx.Close(session, code, reason, strike):
                channel = self._channels.pop(session, None)
                if channel is not None:
                    channel.close(code, shorten(reason))
                    if strike:
                        self._events.struck(channel)
            case fx.Presence(user, action):
                self._events.presence(LOBBY_ADDRESS, user, action)
            case _:
                raise AssertionError(f"A lobby has no {type(effect).__name__}.")

    @staticmethod
    def _fan_out(frame: bytes, channels: Iterable[Channel]) -> None:
        """States are repeated every 15 s, so who is slow may miss some."""
        for channel in channels:
            if channel.backlog_bytes <= HIGH_WATER_BYTES:
                channel.send(frame)
