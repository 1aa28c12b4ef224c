"""The connections of a room, and what each of them is sent: in order, not too much at once, not too early."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from jupyter_tandem.core.room import Room
from jupyter_tandem.engine.laggards import HIGH_WATER_BYTES, Laggards
from jupyter_tandem.engine.withholding import Withholding
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import SessionId

_log = logging.getLogger(__name__)

_LONGEST_REASON_BYTES: Final = 123
"""What a WebSocket close frame can carry (RFC 6455, 5.5)."""

_NOT_SENT: Final = "A connection is closed, since it could not be sent something."


class Delivery:
    """Sends frames to the sessions of one room, on the event loop's thread."""

    def __init__(
        self,
        room: Room,
        clock: Clock,
        give_up: Callable[[SessionId], None],
        failed: Callable[[SessionId], None],
        *,
        lasting: bool,
    ) -> None:
        """Nobody is there.

        Args:
            room: Whose sessions.
            clock: Tells how long one does not drain.
            give_up: Called for one that takes too little for too long; it closes the session.
            failed: Called for one that raised when it was sent something; it closes the session, too.
            lasting: Whether the room's entries outlive the process (:class:`.withholding.Withholding`).
        """
        self._room = room
        self._give_up = give_up
        self._failed = failed
        self._channels: dict[SessionId, Channel] = {}
        self._laggards = Laggards(room, self._channels, clock, self.send, give_up)
        self._withheld = Withholding(self._laggards.wrote, lasting=lasting)
        self._largest_bytes = 0

    # -- who is there --------------------------------------------------------

    def add(self, session: SessionId, channel: Channel) -> None:
        """It hears of what is sent from now on."""
        self._channels[session] = channel

    def get(self, session: SessionId) -> Channel | None:
        """Its connection, if it is there."""
        return self._channels.get(session)

    def remove(self, session: SessionId) -> Channel | None:
        """It is sent nothing more; its connection, if it was there."""
        self._laggards.forget(session)
        return self._channels.pop(session, None)

    def end(self, session: SessionId, code: int, reason: str) -> bool:
        """Close its connection, after what it has been sent; whether it was there."""
        channel = self.remove(session)
        if channel is None:
            return False
        self._close(channel, code, reason)
        return True

    def close(self, code: int, reason: str) -> None:
        """Close every connection; nothing is sent afterwards."""
        self._laggards.close()
        self._withheld.close()
        for channel in list(self._channels.values()):
            self._close(channel, code, reason)
        self._channels.clear()

    @staticmethod
    def _close(channel: Channel, code: int, reason: str) -> None:
        try:
            channel.close(code, shorten(reason))
        except Exception:  # noqa: BLE001  (one connection must not hurt the others)
            _log.exception("A connection cannot be closed; nothing more is sent to it.")

    # -- what the journal has ------------------------------------------------

    def entries(self, entries: Sequence[Entry], *, logged: bool) -> bool:
        """These are about to be sent; whether they, and all behind them, wait for the journal."""
        return self._withheld.entries(entries, logged=logged)

    def wrote(self, entries: Sequence[Entry]) -> None:
        """These have been sent, one after the other, and are in the document."""
        self._laggards.wrote(entry.update for entry in entries)

    def durable(self, sequence: int) -> None:
        """The journal has everything up to ``sequence``."""
        self._withheld.durable(sequence)

    # -- sending -------------------------------------------------------------

    def send(self, session: SessionId, frame: bytes) -> None:
        """Send one session a frame."""
        if self._withheld.active:
            self._withheld.add(self._send, session, frame)
        else:
            self._send(session, frame)

    def fan_out(self, frame: bytes, but: SessionId | None, deaf: frozenset[SessionId]) -> None:
        """Send a frame to all but one, and to none of the ``deaf``."""
        self._largest_bytes = max(self._largest_bytes, len(frame))
        if self._withheld.active:
            # Who comes meanwhile, or has drained, gets it with the answer that is behind it.
            present = frozenset(self._channels).difference(self._laggards.sessions)
            self._withheld.add(self._fan_out_to, present, frame, but, deaf)
        else:
            self._fan_out(frame, but, deaf)

    def _send(self, session: SessionId, frame: bytes) -> None:
        channel = self._channels.get(session)
        if channel is None:
            return
        self._largest_bytes = max(self._largest_bytes, len(frame))
        # Twice: an answer, and what was fanned out until it counted as slow.
        bound = 2 * (self._largest_bytes + HIGH_WATER_BYTES)
        if channel.backlog_bytes > bound and not self._shares_line(session):
            # What it asked for before it does not read, and more would pile up without end.
            self._give_up(session)
            return
        try:
            channel.send(frame)
        except Exception:  # noqa: BLE001  (one connection must not hurt the others)
            _log.exception(_NOT_SENT)
            self._failed(session)

    def _shares_line(self, session: SessionId) -> bool:
        """Whether other documents' frames wait on the same connection, as between servers."""
        return any(s.id == session and s.voice.many for s in self._room.roster())

    def _fan_out_to(
        self,
        present: frozenset[SessionId],
        frame: bytes,
        but: SessionId | None,
        deaf: frozenset[SessionId],
    ) -> None:
        self._fan_out(frame, but, deaf.union(self._channels.keys() - present))

    def _fan_out(self, frame: bytes, but: SessionId | None, deaf: frozenset[SessionId]) -> None:
        passed_over = {but, *self._laggards.sessions, *deaf}
        failed = []
        for session, channel in self._channels.items():
            if session in passed_over:
                continue
            try:
                channel.send(frame)
            except Exception:  # noqa: BLE001  (one connection must not hurt the others)
                _log.exception(_NOT_SENT)
                failed.append(session)
                continue
            if channel.backlog_bytes > HIGH_WATER_BYTES:
                self._laggards.add(session)
        for session in failed:
            self._failed(session)


def shorten(reason: str) -> str:
    """``reason`` cut to what a WebSocket close frame can carry, in UTF-8."""
    raw = reason.encode()
    if len(raw) <= _LONGEST_REASON_BYTES:
        return reason
    return raw[: _LONGEST_REASON_BYTES - 3].decode(errors="ignore") + "…"
