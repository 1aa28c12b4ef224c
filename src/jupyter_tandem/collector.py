"""Python's garbage collector, kept from making everybody wait.

It finds objects that only hold each other. For that it looks at every container there is, and no thread gets on
meanwhile: 100 ms in a Jupyter Server at rest, and as much again while ten thousand cells are read. It begins when enough
containers were made, so that reading a large notebook calls for it again and again, though JSON holds no cycles.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LONGEST_S: Final = 60.0
"""A pause, or several that overlap, is no longer than this: other work leaves cycles meanwhile."""


class Pauses:
    """Counts who wants it to pause, in any thread."""

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        """Nobody does."""
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._count = 0
        self._resume = False
        self._since = 0.0
        self._watchdog: threading.Timer | None = None

    @contextmanager
    def one(self) -> Iterator[None]:
        """Work that makes very many containers, none of which hold each other.

        Where the collector was off before, it stays off.
        """
        self._begin()
        try:
            yield
        finally:
            self._end()

    def _begin(self) -> None:
        with self._lock:
            if not self._count and gc.isenabled():
                self._resume = True
                self._since = time.monotonic()
                gc.disable()
                # Making a thread takes longer than most work: one is there for all pauses of a minute.
                if self._watchdog is None or not self._watchdog.is_alive():
                    self._watch(self._longest_s)
            self._count += 1

    def _end(self) -> None:
        with self._lock:
            self._count -= 1
            if not self._count:
                self._go_on()

    def _watch(self, delay_s: float) -> None:
        self._watchdog = threading.Timer(delay_s, self._look)
        self._watchdog.daemon = True
        self._watchdog.start()

    def _look(self) -> None:
        """End the pause that is too long: a disk may hang, and with it what waits for it in there."""
        with self._lock:
            left_s = self._since + self._longest_s - time.monotonic()
            if self._resume and left_s > 0:
                self._watch(left_s)
            else:
                self._watchdog = None
                self._go_on()

    def _go_on(self) -> None:
        if self._resume:
            self._resume = False
            gc.enable()


_PAUSES: Final = Pauses()

paused = _PAUSES.one
"""See :meth:`Pauses.one`: the process has one collector."""


def spare_all_so_far() -> None:
    """Have it leave alone for good what there is now, such as modules and classes.

    What becomes free is still freed, unless it is part of a cycle. Called again it does nothing: much that is there by
    then has an end.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
