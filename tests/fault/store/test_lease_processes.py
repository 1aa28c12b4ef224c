"""Two processes want one store; the one that has it dies, or stops and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.ports.store import Holder
from tests.fault.store import lease_holder as other

pytestmark = pytest.mark.fault

TTL_S = 60.0
ME = Holder("me", "", os.getpid(), other.MACHINE)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Process:
    """A server in another process that holds the lease."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, Path(other.__file__), directory, str(TTL_S)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._hear() == "held"

    def order(self, what: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return self._hear()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait_until_stopped(self) -> None:
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    process.end()


@pytest.mark.spec("JOURNAL-20", "JOURNAL-21")
async def test_a_dead_process_loses_it_at_once(
    tmp_path: Path, process: Process, clock: Clock
) -> None:
    assert process.order("append") == "ok"
    mine = SqliteStore.open(tmp_path, ttl_s=TTL_S, monotonic=clock)
    holder = await mine.lease.acquire(ME)
    assert holder is not None
    assert holder.server == "process"
    process.end()
    assert await mine.lease.acquire(ME) is None
    await mine.journal.append([other.entry(2)])
    await mine.close()


@pytest.mark.spec("JOURNAL-22", "JOURNAL-23")
async def test_a_stopped_process_loses_it_in_time(
    tmp_path: Path, process: Process, clock: Clock
) -> None:
    assert process.order("append") == "ok"
    mine = SqliteStore.open(tmp_path, ttl_s=TTL_S, monotonic=clock)
    process.signal(signal.SIGSTOP)
    process.wait_until_stopped()
    assert await mine.lease.acquire(ME) is not None
    clock.now_s += TTL_S - 0.01
    assert await mine.lease.acquire(ME) is not None
    clock.now_s += 0.02
    assert await mine.lease.acquire(ME) is None
    await mine.journal.append([other.entry(2)])
    process.signal(signal.SIGCONT)
    assert process.order("append") == "LeaseLost"
    assert process.order("renew") == "LeaseLost"
    replay = await mine.journal.replay(other.DOCUMENT)
    assert replay is not None
    assert list(replay.tail) == [other.entry(1), other.entry(2)]
    await mine.close()


@pytest.mark.spec("JOURNAL-22")
async def test_a_process_that_renews_keeps_it(
    tmp_path: Path, process: Process, clock: Clock
) -> None:
    mine = SqliteStore.open(tmp_path, ttl_s=TTL_S, monotonic=clock)
    for _ in range(4):
        assert await mine.lease.acquire(ME) is not None
        clock.now_s += TTL_S * 0.9
        assert process.order("renew") == "ok"
    assert process.order("append") == "ok"
    await mine.close()


@pytest.mark.spec("JOURNAL-22")
async def test_on_another_machine_only_silence_tells(
    tmp_path: Path, process: Process, clock: Clock
) -> None:
    afar = Holder("afar", "", os.getpid(), "another machine")
    mine = SqliteStore.open(tmp_path, ttl_s=TTL_S, monotonic=clock)
    process.end()
    assert await mine.lease.acquire(afar) is not None
    clock.now_s += TTL_S
    assert await mine.lease.acquire(afar) is None
    await mine.close()
