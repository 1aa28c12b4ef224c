"""Fills the output widgets of a document's kernel with what its runs print inside them (RUN-36)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from jupyter_tandem.core.execution.capture import OutputWidgets
from jupyter_tandem.engine.execution.attempt import EVERY_S
from jupyter_tandem.ports.kernels import Kernel, KernelMessage


class WidgetFiller:
    """Listens to the kernel's comms, and tells the kernel what its output widgets hold."""

    def __init__(self, kernel: Callable[[], Kernel | None], limit: int) -> None:
        """Send to ``kernel``; keep ``limit`` bytes of text."""
        self._kernel = kernel
        self._widgets = OutputWidgets(limit)
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, message: KernelMessage) -> None:
        """A comm message, of whatever request."""
        self._widgets.heard(message.kind, message.content, own=message.own)

    def take(self, message: KernelMessage) -> bool:
        """Whether a widget takes what a run printed."""
        if message.channel != "iopub":
            return False
        taken = self._widgets.take(message.parent, message.kind, message.content)
        if taken and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._tell)
        return taken

    def flush(self) -> None:
        """The run has ended: say now what the widgets hold, with the end of what was too much."""
        self._widgets.finish()
        self._tell()

    def _tell(self) -> None:
        self.close()
        kernel = self._kernel()
        for comm, state in self._widgets.changes().items():
            if kernel is not None:
                kernel.send_comm(comm, {"method": "update", "state": state, "buffer_paths": []})

    def clear(self) -> None:
        """The kernel is another one."""
        self.close()
        self._widgets.clear()

    def close(self) -> None:
        """Say nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
