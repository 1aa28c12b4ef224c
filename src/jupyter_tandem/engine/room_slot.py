"""A file's place in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, Final

from jupyter_tandem.engine.resident import Resident
from jupyter_tandem.errors import FileOpenAsOtherKind, StoreUnavailable
from jupyter_tandem.types import Address

_PATIENCE_S: Final = 15.0
"""How long somebody who opens a document waits until it has been closed: longer than a slow disk takes for its file."""


class Slot:
    """One room, whatever the kind: while it is loaded, while it is there, and until it has gone.

    Attributes:
        address: As what the file is open.
        task: Loads it.
        closing: Lets it go, once that has begun.
        timer: Runs until it is looked whether nobody needs it.
    """

    def __init__(self, address: Address, task: asyncio.Task[Resident]) -> None:
        """``task`` has begun to load it."""
        self.address = address
        self.task = task
        self.closing: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None

    @property
    def resident(self) -> Resident | None:
        """What has been loaded; ``None`` before that, and when it failed."""
        if self.task.done() and not self.task.cancelled() and self.task.exception() is None:
            return self.task.result()
        return None

    def stop_timer(self) -> None:
        """Nobody looks whether it is needed."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    async def loaded(self) -> Resident:
        """What has been loaded, when it is.

        Raises:
            StoreUnavailable: the loading was called off.
            TandemError: it failed; several who wait are told the same.
        """
        if not self.task.done():
            await asyncio.wait({self.task})
        if self.task.cancelled():
            raise StoreUnavailable("The server is changing over; try again in a moment.")
        return self.task.result()

    def close(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let ``work`` close it, beside whoever wants that: they may stay for days, or leave. To be called once."""
        self.stop_timer()
        self.closing = asyncio.get_running_loop().create_task(work, context=Context())
        return self.closing

    async def gone(self) -> None:
        """Return when what closes it has ended.

        Raises:
            StoreUnavailable: that takes too long.
        """
        if self.closing is None:
            return
        done, _ = await asyncio.wait({self.closing}, timeout=_PATIENCE_S)
        if not done:
            raise StoreUnavailable(
                "The document is being closed, and what is in it cannot be written yet; try again in a moment."
            )

    def refuse_other_kind(self, address: Address) -> None:
        """Nobody else opens the file as another kind while people are in it.

        Raises:
            FileOpenAsOtherKind: ``address`` is of another kind, and people are.
        """
        resident = self.resident
        if resident is None or self.address.kind == address.kind or resident.live.empty:
            return
        raise FileOpenAsOtherKind(
            f"People are editing this file as {self.address.kind.type}. "
            f"Open it the same way, or ask them to close it first."
        )
