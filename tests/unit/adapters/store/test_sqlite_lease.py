"""What a file system does to the lease's lock files, at times or always."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite import lock_file
from jupyter_tandem.errors import LeaseLost, StoreUnavailable
from jupyter_tandem.ports.store import Holder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has locks of another kind")

HOLDER, RIVAL = Holder("holder", "", 1, "machine"), Holder("rival", "", 2, "machine")
TTL_S = 15.0


class Hands:
    """A monotonic clock that moves when told to."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def refusing(number: int) -> Callable[..., Any]:
    def refuse(*_args: Any, **_options: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return refuse


@contextmanager
def without_locks() -> Iterator[None]:
    """A network file system whose lock service is away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock_file.fcntl, "flock", refusing(errno.ENOLCK))
        yield


def left(directory: Path) -> tuple[int, int]:
    """Open files of this process, and lock files."""
    return len(list(Path("/dev/fd").iterdir())), len(list(directory.glob("lease-*")))


@pytest.mark.spec("JOURNAL-52")
async def test_without_locks_a_holder_is_respected_and_nobody_becomes_one(tmp_path: Path) -> None:
    clock = Hands()
    holder = SqliteStore.open(tmp_path)
    rival = SqliteStore.open(tmp_path, ttl_s=TTL_S, monotonic=clock)
    assert await holder.lease.acquire(HOLDER) is None
    with without_locks():
        assert await rival.lease.acquire(RIVAL) == HOLDER
        await holder.lease.renew()
        clock.now_s += 2 * TTL_S
        assert await rival.lease.acquire(RIVAL) == HOLDER
        clock.now_s += 2 * TTL_S
        with pytest.raises(StoreUnavailable, match="No locks"):
            await rival.lease.acquire(RIVAL)
        await holder.lease.renew()
    await holder.close()
    assert await rival.lease.acquire(RIVAL) is None
    await rival.close()


@pytest.mark.spec("JOURNAL-52")
async def test_attempts_without_locks_leave_nothing(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path)
    with without_locks():
        before = None
        for _ in range(5):
            with pytest.raises(StoreUnavailable):
                await store.lease.acquire(HOLDER)
            before = before or left(tmp_path)
        assert left(tmp_path) == before
        assert before[1] == 0
    assert await store.lease.acquire(HOLDER) is None
    await store.close()


@pytest.mark.spec("JOURNAL-52")
@pytest.mark.parametrize("point", ["begun", "committed"])
async def test_attempts_that_cannot_be_written_leave_one_file(tmp_path: Path, point: str) -> None:
    full = True

    def fail(reached: str) -> None:
        if full and reached == point:
            raise sqlite3.OperationalError("database or disk is full")

    store = SqliteStore.open(tmp_path, failpoint=fail)
    before = None
    for _ in range(5):
        with pytest.raises(StoreUnavailable):
            await store.lease.acquire(HOLDER)
        before = before or left(tmp_path)
    assert left(tmp_path) == before
    assert before is not None
    assert before[1] == 1
    full = False
    # At once, also where an attempt took place that was said to have failed.
    assert await store.lease.acquire(HOLDER) is None
    await store.close()
    assert left(tmp_path)[1] == 0


@pytest.mark.spec("JOURNAL-52")
async def test_lock_files_that_cannot_be_deleted_are_in_nobodys_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lease-0.lock").touch()
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith("lease-"):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    first, second = SqliteStore.open(tmp_path), SqliteStore.open(tmp_path)
    assert await first.lease.acquire(HOLDER) is None
    await first.lease.release()
    assert await second.lease.acquire(RIVAL) is None
    await first.close()
    await second.close()


@pytest.mark.spec("JOURNAL-52")
async def test_a_lock_that_complains_when_it_is_let_go_of_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Hands()
    first = SqliteStore.open(tmp_path)
    second = SqliteStore.open(tmp_path, ttl_s=TTL_S, monotonic=clock)
    assert await first.lease.acquire(HOLDER) is None
    assert await second.lease.acquire(RIVAL) == HOLDER
    clock.now_s += TTL_S
    assert await second.lease.acquire(RIVAL) is None
    close = os.close

    def complain(descriptor: int) -> None:
        close(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(lock_file.os, "close", complain)
    with pytest.raises(LeaseLost):
        await first.lease.renew()
    monkeypatch.undo()
    assert await first.lease.acquire(HOLDER) == RIVAL
    await first.close()
    await second.close()
