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

_LINGER_S: Final = 10.0
"""A pause that has left very many containers goes on for as long, or until most of them are gone."""

_LOOK_S: Final = 0.1
_MANY: Final = 10_000
"""Containers that are looked through within two milliseconds, unless they are large."""


class Pauses:
    """Counts who wants it to pause, in any thread.

    What has just been made is looked through first of all. So a pause does not end with the work that made it, while what
    came of it is still there: a notebook on its way to its file has a list of lines for every text.
    """

    def __init__(self, longest_s: float = LONGEST_S, linger_s: float = _LINGER_S) -> None:
        """Nobody does."""
        self._longest_s = longest_s
        self._linger_s = linger_s
        self._news = threading.Condition()
        self._count = 0
        self._resume = False
        self._since = 0.0
        self._left_at = 0.0
        self._watchdog: threading.Thread | None = None

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
        with self._news:
            if not self._count and gc.isenabled():
                self._be_watched()
                self._resume = True
                self._since = time.monotonic()
                gc.disable()
                self._news.notify()
            self._count += 1

    def _be_watched(self) -> None:
        # Making a thread takes longer than most work: one is there for all pauses of a minute.
        if self._watchdog is None or not self._watchdog.is_alive():
            watchdog = threading.Thread(target=self._watch, name="tandem-collector", daemon=True)
            watchdog.start()
            self._watchdog = watchdog

    def _end(self) -> None:
        with self._news:
            self._count -= 1
            if self._count or not self._resume:
                return
            if _few_are_new():
                self._go_on()
            else:
                self._left_at = time.monotonic()
                self._news.notify()

    def _watch(self) -> None:
        """End the pause that has nothing to spare any more, and the one that is too long.

        A disk may hang, and with it what waits for it in a pause.
        """
        with self._news:
            while True:
                if not self._resume:
                    if not self._news.wait(self._longest_s) and not self._resume:
                        self._watchdog = None
                        return
                    continue
                now = time.monotonic()
                left_s = self._since + self._longest_s - now
                lingers = not self._count
                if left_s <= 0 or (lingers and self._has_lingered(now)):
                    self._go_on()
                else:
                    self._news.wait(min(left_s, _LOOK_S) if lingers else left_s)

    def _has_lingered(self, now: float) -> bool:
        return _few_are_new() or now >= self._left_at + self._linger_s

    def _go_on(self) -> None:
        if self._resume:
            self._resume = False
            gc.enable()


def _few_are_new() -> bool:
    return gc.get_count()[0] < _MANY


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
