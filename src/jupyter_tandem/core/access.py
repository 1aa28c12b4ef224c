"""Who may do what: the one function that decides, and strikes (docs/spec/access.md)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from jupyter_tandem.types import ROLE_ACTIONS, Action, Rights, Role

STRIKES: Final = 3
"""Broken frames that are forgiven less one; a front end sends none, a flaky proxy hardly two."""

BLOCK_S: Final = 300.0
"""How long somebody who used up their strikes is kept out, and how long a strike is remembered."""

REMEMBERED: Final = 10_000
"""People and addresses whose strikes are remembered; the oldest are forgotten first."""


@lru_cache(maxsize=64)
def effective_rights(actions: frozenset[Action]) -> Rights | None:
    """The rights that follow from what the host allows; ``None`` when reading is not allowed.

    The role is the highest one whose actions are all allowed. Nothing is added to what the host allows. Everybody
    who is here is asked about every few seconds; those who may do the same share one answer.
    """
    if Action.READ not in actions:
        return None
    role = Role.VIEWER
    for candidate, needed in ROLE_ACTIONS.items():
        if needed <= actions:
            role = candidate
    return Rights(role, ROLE_ACTIONS[role] | (actions & {Action.RUN}))


@dataclass(slots=True)
class _Record:
    at: list[float] = field(default_factory=list)
    blocked_until: float = 0.0


class Strikes:
    """Counts broken frames per key and says who is blocked. Times are monotonic seconds."""

    def __init__(self) -> None:
        """Nobody has done anything."""
        self._records: OrderedDict[Hashable, _Record] = OrderedDict()

    def strike(self, key: Hashable, now: float) -> bool:
        """Count one; whether ``key`` is blocked now."""
        record = self._records.setdefault(key, _Record())
        self._records.move_to_end(key)
        record.at = [at for at in record.at if now - at < BLOCK_S]
        record.at.append(now)
        if len(record.at) >= STRIKES:
            record.at.clear()
            record.blocked_until = now + BLOCK_S
        while len(self._records) > REMEMBERED:
            self._records.popitem(last=False)
        return record.blocked_until > now

    def blocked(self, key: Hashable, now: float) -> bool:
        """Whether ``key`` must wait."""
        record = self._records.get(key)
        return record is not None and record.blocked_until > now
