"""A server's process: what it has cost, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from pathlib import Path

import psutil

_SETTLE_TRIES = 50
_SETTLE_S = 1.0
_STOP_S = 60.0
_SCHEDULED = 2
"""``CPUCLOCK_SCHED``: the time that the scheduler gave to all threads of a process."""


class Process:
    """A process that this one has started, with its children."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._measured = psutil.Process(process.pid)
        self._seen: dict[int, float] = {}

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def cpu_s(self) -> float:
        """User and system seconds so far, those of children that have ended as they were last seen."""
        for one in self._all():
            with contextlib.suppress(psutil.NoSuchProcess):
                self._seen[one.pid] = _cpu_s(one)
        return sum(self._seen.values())

    def rss_bytes(self) -> int:
        """Resident memory."""
        return sum(one.memory_info().rss for one in self._all())

    def peak_bytes(self) -> int:
        """The most memory that was resident since :meth:`reset_peak`; 0 where the system does not tell."""
        return sum(_peak_bytes(Path(f"/proc/{one.pid}/status")) for one in self._all())

    def reset_peak(self) -> None:
        """Forget the peak; without effect where the system cannot."""
        for one in self._all():
            with contextlib.suppress(OSError):
                Path(f"/proc/{one.pid}/clear_refs").write_text("5", encoding="ascii")

    async def kill(self) -> None:
        """End it without a word."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """End it politely; one that does not end in time is killed, and that is said."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), _STOP_S)
            except TimeoutError:
                print(f"the server did not stop within {_STOP_S:g} s", file=sys.stderr)
                await self.kill()

    async def settle(self) -> None:
        """Wait until what a start begins on the side has ended, and memory is what it will be."""
        for _ in range(_SETTLE_TRIES):
            if not self._measured.children():
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(_SETTLE_S)

    def _all(self) -> list[psutil.Process]:
        return [self._measured, *self._measured.children(recursive=True)]


def _cpu_s(process: psutil.Process) -> float:
    if sys.platform == "linux":
        # clock_getcpuclockid(3), which Python does not have: nanoseconds instead of ticks of 10 ms.
        with contextlib.suppress(OSError):
            return time.clock_gettime(~process.pid << 3 | _SCHEDULED)
    times = process.cpu_times()
    return times.user + times.system


def _peak_bytes(status: Path) -> int:
    try:
        lines = status.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    found = [line.split() for line in lines if line.startswith("VmHWM:")]
    return int(found[0][1]) * 1024 if found else 0


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
