"""Ctrl-C where Jupyter Server leaves it to Python: without a terminal it would end the loop with nothing saved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType


class Interrupt:
    """Ends the server in order on SIGINT, unless somebody else looks after that signal."""

    def __init__(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` from the signal handler; it must be safe there."""
        self._stop = stop
        self._installed = False
        self._stopping = False

    def install(self) -> None:
        """Take the signal over if Python's own handler has it and this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupted)
            self._installed = True

    def remove(self) -> None:
        """Give the signal back."""
        if self._installed:
            self._installed = False
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop. Impatient people press it again: saving takes seconds at most, and is not cut short."""
        if not self._stopping:
            self._stopping = True
            self._stop()
