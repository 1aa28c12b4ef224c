"""The machine's clocks and randomness behind their ports."""

from __future__ import annotations

import secrets
import time


class SystemClock:
    """The operating system's clocks."""

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return time.monotonic()

    def wall(self) -> float:
        """Unix seconds."""
        return time.time()


class SystemEntropy:
    """The operating system's random numbers."""

    def token(self) -> str:
        """A URL-safe random string of 128 bits."""
        return secrets.token_urlsafe(16)

    def client_id(self) -> int:
        """A random Yjs client id below 2**32."""
        return secrets.randbelow(2**32)
