"""One run at a time per kernel, whichever documents use it (RUN-8)."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections import deque
from collections.abc import AsyncIterator


class KernelTurn:
    """Held by one document at a time; those who wait get it in the order in which they came.

    It is handed over without a gap: what is free has nobody waiting for it.
    """

    def __init__(self) -> None:
        """It is free."""
        self._taken = False
        self._line: deque[asyncio.Future[bool]] = deque()

    @property
    def free(self) -> bool:
        """Whether it could be had this moment."""
        return not self._taken

    def wait(self) -> asyncio.Future[bool]:
        """Stand in line, for :meth:`held`. Whoever does not want it any more steps aside by the result ``False``."""
        place: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._taken:
            self._line.append(place)
        else:
            self._taken = True
            place.set_result(True)
        return place

    @contextlib.asynccontextmanager
    async def held(self, place: asyncio.Future[bool]) -> AsyncIterator[bool]:
        """Hold it from when it is this place's turn; ``False``: it has stepped aside, and nothing is held."""
        try:
            yield await place
        finally:
            if place.done() and not place.cancelled() and place.result():
                self._pass_on()

    def _pass_on(self) -> None:
        while self._line:
            place = self._line.popleft()
            if not place.done():
                place.set_result(True)
                return
        self._taken = False


class KernelTurns:
    """The turns of all kernels."""

    def __init__(self) -> None:
        """No kernel is busy."""
        self._turns: weakref.WeakValueDictionary[str, KernelTurn] = weakref.WeakValueDictionary()

    def of(self, kernel_id: str) -> KernelTurn:
        """Held while a kernel runs a cell."""
        turn = self._turns.get(kernel_id)
        if turn is None:
            turn = self._turns[kernel_id] = KernelTurn()
        return turn
