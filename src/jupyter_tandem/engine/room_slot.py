"""A file's place in memory."""

from __future__ import annotations

import asyncio

from jupyter_tandem.engine.resident import Resident
from jupyter_tandem.types import Address


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
