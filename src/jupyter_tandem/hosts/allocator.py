"""Lets memory that is free go back to the system (ADR 17, ADR 29)."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import mmap
import os
from contextvars import Context
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
"""``mallopt(3)``: from this size on a block is mapped by itself, and unmapped when it is freed."""

_M_ARENA_MAX: Final = -8
"""``mallopt(3)``: most heaps that threads do not share."""

_LARGE_BYTES: Final = 1 << 18
"""Smaller blocks are many, and a system call for each would be felt."""

_ARENAS: Final = 2
"""One for the event loop, one for all that works beside it."""

_CHOSEN: Final = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES")
"""Environment variables by which an administrator has chosen already."""


def return_large_blocks() -> bool:
    """Have glibc give freed blocks of 256 kB and more back at once; whether that was done.

    By itself it raises the size from which it does so to that of the largest block freed so far, up to 32 MB, and keeps
    a heap for every thread: a server that has opened a notebook of 10 MB once keeps several times that for good. Nothing
    happens with another C library, or where one of the variables in the environment says what is wanted.
    """
    if any(name in os.environ for name in _CHOSEN):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES) and mallopt(_M_ARENA_MAX, _ARENAS))


LOOK_S: Final = 5.0
"""How often it is looked whether there is something to give back."""

_CHANGED_BYTES: Final = 1 << 20
"""With less than this gained or lost since memory was given back there is nothing worth it."""

_STATM: Final = "/proc/self/statm"
_CLOSED: Final = -1


class FreeMemory:
    """Gives back what lies free between blocks that are in use.

    glibc does that only at the upper end of a heap. Opening two hundred documents of 20 kB leaves 6 MB lying between
    what they keep, and writing one of 50 MB for the first time up to 200.
    """

    def __init__(self, look_s: float = LOOK_S) -> None:
        """Nothing happens before :meth:`begin`."""
        self._look_s = look_s
        self._given_at = 0
        self._timer: asyncio.TimerHandle | None = None
        self._statm = _CLOSED

    def begin(self) -> None:
        """Look from now on, on the running loop; does nothing where the C library cannot."""
        try:
            self._trim = ctypes.CDLL(None).malloc_trim
        except (OSError, AttributeError):
            return
        with contextlib.suppress(OSError):
            self._statm = os.open(_STATM, os.O_RDONLY | os.O_CLOEXEC)
            self._given_at = _resident_bytes(self._statm)
            self._wait()

    def end(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._statm != _CLOSED:
            os.close(self._statm)
            self._statm = _CLOSED

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._look_s, self._look, context=Context())

    def _look(self) -> None:
        self._wait()
        if abs(_resident_bytes(self._statm) - self._given_at) >= _CHANGED_BYTES:
            # 10 ms in a process of half a gigabyte, below 1 ms in one at rest.
            self._trim(0)
            self._given_at = _resident_bytes(self._statm)


def _resident_bytes(statm: int) -> int:
    # One system call: after each the loop waits for its turn, for 5 ms where a thread is at work on a large document.
    return int(os.pread(statm, 256, 0).split()[1]) * mmap.PAGESIZE
