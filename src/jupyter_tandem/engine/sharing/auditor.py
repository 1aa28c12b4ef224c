"""Records events that belong to no change of shares, in batches, without making anybody wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from jupyter_tandem.errors import StoreError
from jupyter_tandem.ports.audit import AuditLog
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.sharing import AuditEvent, Detail

_log = logging.getLogger(__name__)

MOST_WAITING: Final = 10_000
"""Events kept while the store cannot be written; more are counted, and the count is recorded."""

RETRY_S: Final = 2.0

SERVER: Final = "server"
"""The actor of what nobody in particular did."""


class Auditor:
    """Hands events to the log in order. What waits when the server dies is lost: it is about coming and
    going; changes of shares are recorded in their own transaction.
    """

    def __init__(
        self, log: AuditLog, clock: Clock, wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Write to ``log``. While nothing is ``wanted``, :meth:`record` does nothing."""
        self._log = log
        self._clock = clock
        self._wanted = wanted
        self._waiting: list[AuditEvent] = []
        self._dropped = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def log(self) -> AuditLog:
        """The log."""
        return self._log

    @property
    def waiting(self) -> int:
        """How many events wait to be written."""
        return len(self._waiting)

    def event(self, kind: str, actor: str, file_id: str = "", **details: Detail) -> AuditEvent:
        """An event of now."""
        return AuditEvent(self._clock.wall(), kind, actor, file_id, details)

    def record(self, kind: str, actor: str, file_id: str = "", **details: Detail) -> None:
        """Record an event soon."""
        if not self._wanted():
            return
        if len(self._waiting) >= MOST_WAITING:
            self._dropped += 1
            return
        self._waiting.append(self.event(kind, actor, file_id, **details))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write())

    async def flush(self) -> None:
        """Return when what was recorded before is durable, or cannot be made so."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=RETRY_S)

    async def close(self) -> None:
        """Write what waits, if that can be done at once."""
        await self.flush()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _write(self) -> None:
        try:
            while self._waiting:
                if await self._write_some(self._waiting[:]):
                    self._tell_dropped()
        finally:
            self._task = None

    async def _write_some(self, batch: list[AuditEvent]) -> bool:
        """Write the first that wait, but for those that cannot be; return whether any was written."""
        while isinstance(failed := await self._append(batch), StoreError):
            _log.error("The audit log cannot be written: %s", failed)
            await asyncio.sleep(RETRY_S)
        if failed is None:
            del self._waiting[: len(batch)]
            return True
        if len(batch) == 1:
            # Never what it says: it may be what cannot even be shown.
            _log.error("A %a cannot be recorded: %s", batch[0].kind, type(failed).__name__)
            del self._waiting[:1]
            self._dropped += 1
            return False
        half = len(batch) // 2
        wrote_first = await self._write_some(batch[:half])
        return await self._write_some(batch[half:]) or wrote_first

    async def _append(self, batch: list[AuditEvent]) -> Exception | None:
        """Write all of ``batch``, or none of it; return why."""
        try:
            await self._log.append(batch)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is to keep out nothing else)
            return error
        return None

    def _tell_dropped(self) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._waiting.append(self.event("audit.dropped", SERVER, count=dropped))
