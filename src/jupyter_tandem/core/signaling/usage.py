"""What each address is using of its quota."""

from __future__ import annotations

from jupyter_tandem.core.signaling.bucket import TokenBucket
from jupyter_tandem.core.signaling.quota import Quota


class Usage:
    """One address: its connections and subscriptions now, its rates."""

    __slots__ = ("arrivals", "connections", "deliveries", "messages", "subscriptions")

    def __init__(self, quota: Quota, now: float) -> None:
        self.connections = 0
        self.subscriptions = 0
        self.arrivals = TokenBucket(quota.arrivals_per_address, now)
        self.messages = TokenBucket(quota.messages_per_address, now)
        self.deliveries = TokenBucket(quota.deliveries_per_address, now)

    def is_idle(self, now: float) -> bool:
        """Return whether forgetting this entry would change no decision."""
        return (
            not self.connections
            and not self.subscriptions
            and self.arrivals.is_full(now)
            and self.messages.is_full(now)
            and self.deliveries.is_full(now)
        )


class UsageBook:
    """All addresses that are using something or did so a short while ago."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._usages: dict[str, Usage] = {}

    def __len__(self) -> int:
        return len(self._usages)

    def of(self, address: str, now: float) -> Usage:
        """Return the entry of an address, a new one if there is none."""
        usage = self._usages.get(address)
        if usage is None:
            usage = self._usages[address] = Usage(self._quota, now)
        return usage

    def forget_idle(self, now: float) -> None:
        """Drop the entries that change no decision; to be called every few seconds."""
        idle = [address for address, usage in self._usages.items() if usage.is_idle(now)]
        for address in idle:
            del self._usages[address]
