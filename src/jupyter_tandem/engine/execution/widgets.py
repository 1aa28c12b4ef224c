"""Fills the output widgets of a document's kernel with what its runs print inside them (RUN-36)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from jupyter_tandem.core.execution.capture import OutputWidgets
from jupyter_tandem.engine.execution.attempt import EVERY_S
from jupyter_tandem.ports.kernels import Kernel, KernelMessage

SHARE: Final = 20
"""All that a widget holds is told anew each time: a large one so seldom that it takes a twentieth of the time."""

SLOWEST_S: Final = 2.0
"""The longest pause between two tellings: what is printed is to be seen."""


class WidgetFiller:
    """Listens to the kernel's comms, and tells the kernel what its output widgets hold."""

    def __init__(self, kernel: Callable[[], Kernel | None], limit: int) -> None:
        """Send to ``kernel``; keep ``limit`` bytes of text of each run."""
        self._kernel = kernel
        self._widgets = OutputWidgets(limit)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._pause_s = EVERY_S
        self._told_at = float("-inf")

    def heard(self, message: KernelMessage) -> None:
        """A comm message, of whatever request."""
        self._widgets.heard(message.kind, message.content, own=message.own)

    def take(self, message: KernelMessage) -> bool:
        """Whether a widget takes what a run printed."""
        if message.channel != "iopub":
            return False
        taken = self._widgets.take(message.parent, message.kind, message.content)
        if taken:
            self._tell_in(self._pause_s)
        return taken

    def flush(self) -> None:
        """The run has ended: say what the widgets hold, with the end of what was too much; now if that is cheap."""
        self._widgets.finish()
        rest_s = self._told_at + self._pause_s - self._loop.time()
        if self._pause_s > EVERY_S and rest_s > 0:
            self._tell_in(rest_s)
        else:
            self._tell()

    def settle(self) -> None:
        """Say now what is still to be said: nobody will hear it later."""
        if self._timer is not None:
            self._tell()

    def _tell_in(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._tell)

    def _tell(self) -> None:
        self.close()
        kernel, begun_at = self._kernel(), self._loop.time()
        for comm, state in self._widgets.changes().items():
            if kernel is not None:
                kernel.send_comm(comm, {"method": "update", "state": state, "buffer_paths": []})
        self._told_at = self._loop.time()
        self._pause_s = min(max(EVERY_S, SHARE * (self._told_at - begun_at)), SLOWEST_S)

    def clear(self) -> None:
        """The kernel is another one."""
        self.close()
        self._widgets.clear()

    def close(self) -> None:
        """Say nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
