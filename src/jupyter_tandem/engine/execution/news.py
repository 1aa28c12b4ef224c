"""News of runs, told in portions: ten thousand at once would keep everybody else waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from jupyter_tandem.protocol.run import Run

PORTION: Final = 1_000
"""Runs told in one go; written down they take some 300 kB and five milliseconds."""

Tell = Callable[[Sequence[Run], tuple[int, ...]], None]
"""Told of runs that are different now, and of those that are forgotten."""


class RunNews:
    """Tells of runs in the order in which they came; of one that changes meanwhile only how it stands by then.

    What fits into a portion is told at once, unless more is under way before it.
    """

    def __init__(self, tell: Tell) -> None:
        """Nothing is to be told."""
        self._tell = tell
        self._waiting: dict[int, Run] = {}
        self._forgotten: dict[int, None] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, runs: Iterable[Run], forgotten: Sequence[int] = ()) -> None:
        """These are different, and those are not remembered any more."""
        self._waiting.update((run.id, run) for run in runs)
        self._forgotten.update(dict.fromkeys(forgotten))
        if self._task is not None:
            return
        self._tell_portion()
        if self._waiting:
            self._task = asyncio.get_running_loop().create_task(self._tell_rest())

    async def told(self) -> None:
        """Return when all that was added has been told."""
        if self._task is not None:
            await asyncio.shield(self._task)

    def close(self) -> None:
        """Tell nothing more by itself."""
        if self._task is not None:
            self._task.cancel()

    async def _tell_rest(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)
                self._tell_portion()
        finally:
            self._task = None

    def _tell_portion(self) -> None:
        portion = list(islice(self._waiting.values(), PORTION))
        if len(portion) == len(self._waiting):
            self._waiting = {}
        else:
            for run in portion:
                del self._waiting[run.id]
        # The last portion drops them: something may still have to be told of one before.
        forgotten = () if self._waiting else tuple(self._forgotten)
        if forgotten:
            self._forgotten = {}
        self._tell(portion, forgotten)
