"""Questions about people, each carried out once at a time and only a few together."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable


class Inquiry:
    """Whoever is asked about again before it is their turn is asked about once, and whoever is meanwhile once more."""

    def __init__(self, carry_out: Callable[[str], Awaitable[None]], at_once: int) -> None:
        """Have ``carry_out`` find out about people by username, ``at_once`` of them together; it raises nothing."""
        self._carry_out = carry_out
        self._at_once = at_once
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def about(self, username: str) -> None:
        """Find out about somebody, after those who wait."""
        self._waiting[username] = None
        if len(self._tasks) < self._at_once:
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Nobody wants to know any more."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    async def _work(self) -> None:
        while self._waiting:
            username, _ = self._waiting.popitem(last=False)
            await self._carry_out(username)
