"""Large blocks of memory go back to the system."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from jupyter_tandem.hosts.allocator import FreeMemory

GLIBC = platform.libc_ver()[0] == "glibc"

_KEPT = """
import threading
from pathlib import Path
from jupyter_tandem.hosts.allocator import return_large_blocks

done = return_large_blocks()

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

def use():
    # The largest first: from then on blocks of that size come from a heap.
    for size in (30, 10, 10):
        bytes(range(256)) * (size * 4096)

before = resident()
for _ in range(4):
    thread = threading.Thread(target=lambda: [use(), held.append(bytes(100))])
    held = []
    thread.start()
    thread.join()
    use()
print(done, resident() - before)
"""


def kept(**environment: str) -> tuple[bool, int]:
    """Whether it was done, and what a process keeps that has used and freed large blocks in threads."""
    names = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES")
    env = {name: value for name, value in os.environ.items() if name not in names}
    run = [sys.executable, "-c", _KEPT]
    out = subprocess.run(
        run, env=env | environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    return out[0] == "True", int(out[1])


@pytest.mark.spec("HOST-20")
def test_large_blocks_are_given_back_where_the_c_library_can() -> None:
    done, bytes_kept = kept()
    assert done is GLIBC
    if GLIBC:
        assert bytes_kept < 5_000_000


@pytest.mark.spec("HOST-20")
def test_what_an_administrator_has_chosen_counts() -> None:
    assert kept(MALLOC_ARENA_MAX="8")[0] is False


_LYING_FREE = """
import asyncio
from pathlib import Path
from jupyter_tandem.hosts.allocator import FreeMemory, return_large_blocks

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

async def main():
    return_large_blocks()
    free = FreeMemory(look_s=0.05)
    free.begin()
    blocks = [bytes(20_000) for _ in range(4_000)]
    full = resident()
    # Every eighth is kept, the last one among them: the heap's end stays where it is.
    kept = blocks[7::8]
    del blocks
    lying = resident()
    await asyncio.sleep(1)
    given = resident()
    free.end()
    print(full - lying, full - given, len(kept))

asyncio.run(main())
"""


@pytest.mark.spec("HOST-20")
@pytest.mark.skipif(not GLIBC, reason="another C library")
def test_what_lies_free_between_blocks_is_given_back_a_little_later() -> None:
    run = [sys.executable, "-c", _LYING_FREE]
    out = subprocess.run(run, capture_output=True, text=True, check=True, timeout=60).stdout
    at_once, later, kept_blocks = map(int, out.split())
    assert kept_blocks == 500
    assert at_once < 10_000_000
    assert later > 40_000_000


async def test_whoever_has_not_begun_may_end() -> None:
    free = FreeMemory()
    free.end()
    free.begin()
    free.end()
    free.end()
