"""Lets large blocks of memory go back to the system (ADR 17)."""

from __future__ import annotations

import ctypes
import os
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
