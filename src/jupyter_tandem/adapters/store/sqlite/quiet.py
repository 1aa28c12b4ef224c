"""What is done when nothing has been written for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

QUIET_S: Final = 1.0
"""This long nothing was written. Between bursts of typing, before people wonder at the size of their disk."""


class Quiet:
    """Calls ``at_rest`` once after the last of several writes. Belongs to one event loop."""

    def __init__(self, at_rest: Callable[[], Awaitable[None]]) -> None:
        """Nothing was written yet."""
        self._at_rest = at_rest
        self._writes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def wrote(self) -> None:
        """Something was written. Costs next to nothing: the timer is not moved, it looks when it fires."""
        self._writes += 1
        if self._timer is None:
            self._watch()

    async def close(self) -> None:
        """Call nothing any more, and wait for what was begun."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await self._task

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(QUIET_S, self._look, self._writes)

    def _look(self, writes: int) -> None:
        self._timer = None
        if writes != self._writes:
            self._watch()
        else:
            self._task = asyncio.get_running_loop().create_task(self._rest())

    async def _rest(self) -> None:
        await self._at_rest()
        self._task = None
