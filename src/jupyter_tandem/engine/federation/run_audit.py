"""At the service: runs on their way into the audit log, which is everybody's (HUBRUN-14)."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from jupyter_tandem.core.sharing.throttle import Throttle
from jupyter_tandem.ports.audit import AuditLog
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.sharing import Detail

KIND: Final = "cell.run"

TOLD: Final = (20_000, 1.0)
"""Runs that one owner's servers alone tell of: at once, and per second in the long run. The largest notebook is run
twice; what is recorded stays for ever."""

MOST_AHEAD: Final = 1_000
"""Runs go into the log while so few events wait there; it drops what anybody does beyond ten thousand."""

MOST_WAITING: Final = 40_000
"""Runs of one owner that wait for that."""

SUM_S: Final = 60.0
"""How often it is recorded how many were left out."""

_PAUSE_S: Final = 0.02
_SERVER: Final = "server"


class Audit(Protocol):
    """The audit log, with what waits to be written."""

    def record(self, kind: str, actor: str, file_id: str = "", **details: Detail) -> None:
        """Record an event soon."""

    async def flush(self) -> None:
        """Return when what was recorded before is durable, or cannot be made so."""

    @property
    def waiting(self) -> int:
        """How many events wait to be written."""

    @property
    def log(self) -> AuditLog:
        """The log."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended.

    Attributes:
        actor: Who asked for it.
        file_id: The document.
        told: Whether its owner's server alone says so.
        details: What else is recorded.
    """

    actor: str
    file_id: str
    told: bool
    details: Mapping[str, Detail]


class RunAudit:
    """Hands the runs of all documents on to the log, of one owner after the other."""

    def __init__(self, audit: Audit, clock: Clock) -> None:
        """Record in ``audit``."""
        self._audit = audit
        self._clock = clock
        self._told = Throttle(*TOLD)
        self._waiting: OrderedDict[str, deque[Ended]] = OrderedDict()
        self._left_out: Counter[str] = Counter()
        self._work: asyncio.Task[None] | None = None
        self._sum: asyncio.TimerHandle | None = None

    @property
    def log(self) -> AuditLog:
        """The log, in which what :meth:`flush` has waited for is found."""
        return self._audit.log

    async def flush(self) -> None:
        """Return when what the log was handed before is durable, or cannot be made so."""
        await self._audit.flush()

    def record(self, owner: str, run: Ended) -> None:
        """Record a run at a server of ``owner``, unless there are too many."""
        if run.told and not self._may_tell(owner):
            self.leave_out(owner)
            return
        queue = self._waiting.setdefault(owner, deque())
        if len(queue) >= MOST_WAITING:
            self.leave_out(owner)
            return
        queue.append(run)
        self._hand_on(MOST_AHEAD)
        if self._waiting and self._work is None:
            self._work = asyncio.get_running_loop().create_task(self._go_on())

    def leave_out(self, owner: str) -> None:
        """Record that a run is not recorded, together with others."""
        self._left_out[owner] += 1
        if self._sum is None:
            self._sum = asyncio.get_running_loop().call_later(SUM_S, self._sum_up)

    def close(self) -> None:
        """Nothing comes any more; hand everything on that waits."""
        if self._work is not None:
            self._work.cancel()
        if self._sum is not None:
            self._sum.cancel()
        self._hand_on(MOST_WAITING)
        self._sum_up()

    # -- inside ------------------------------------------------------------------------------------

    def _may_tell(self, owner: str) -> bool:
        now = self._clock.monotonic()
        if self._told.blocked(owner, now):
            return False
        self._told.fail(owner, now)
        return True

    def _hand_on(self, most: int) -> None:
        while self._waiting and self._audit.waiting < most:
            owner, queue = self._waiting.popitem(last=False)
            run = queue.popleft()
            if queue:
                # The others' come before this one's next.
                self._waiting[owner] = queue
            self._audit.record(KIND, run.actor, run.file_id, **run.details)

    async def _go_on(self) -> None:
        try:
            while self._waiting:
                await self._audit.flush()
                await asyncio.sleep(_PAUSE_S)
                self._hand_on(MOST_AHEAD)
        finally:
            self._work = None

    def _sum_up(self) -> None:
        self._sum = None
        left_out, self._left_out = self._left_out, Counter()
        for owner, count in left_out.items():
            self._audit.record("audit.dropped", _SERVER, owner=owner, count=count)
