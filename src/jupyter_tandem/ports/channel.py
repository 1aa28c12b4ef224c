"""What a room's session needs from a connection."""

from __future__ import annotations

from typing import Protocol


class Channel(Protocol):
    """One connection's outgoing side. Never blocks; never raises for a peer that has gone."""

    def send(self, frame: bytes) -> None:
        """Queue one binary message. Order is kept."""

    def close(self, code: int, reason: str) -> None:
        """Send what is queued, then close with a WebSocket ``code`` and ``reason`` (≤ 123 bytes of UTF-8)."""

    @property
    def backlog_bytes(self) -> int:
        """Bytes accepted by :meth:`send` that the operating system has not taken yet."""
