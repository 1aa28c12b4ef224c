"""Folders are watched as often as the promise needs, and bursts hold nothing back."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from jupyter_tandem.adapters.server import file_watch
from jupyter_tandem.adapters.server.file_watch import STEP_S, FolderWatch, poll

PATIENCE_S = 60.0


@pytest.mark.spec("FILE-18")
async def test_a_file_that_is_written_all_the_time_is_noticed_meanwhile(tmp_path: Path) -> None:
    noticed, over = asyncio.Event(), threading.Event()
    found: set[str] = set()

    def changed(paths: set[str]) -> None:
        found.update(paths)
        noticed.set()

    def write() -> None:
        number = 0
        while not over.wait(STEP_S / 10):
            number += 1
            (tmp_path / f"{number}.txt").touch()

    watch = FolderWatch(changed, lambda: None)
    watch.set_folders([tmp_path])
    watching = asyncio.ensure_future(watch.run())
    writing = threading.Thread(target=write)
    writing.start()
    try:
        # No step is without a change before this.
        await asyncio.wait_for(noticed.wait(), PATIENCE_S)
    finally:
        over.set()
        writing.join()
        watching.cancel()
        await asyncio.wait({watching})
    assert {Path(path).parent for path in found} == {tmp_path}


class Odd(Exception):
    """What client libraries raise."""


def complaints(log: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in log.records if r.levelname == "ERROR"]


@pytest.mark.spec("FILE-70")
async def test_files_are_looked_at_again_whatever_a_look_raised(
    caplog: pytest.LogCaptureFixture,
) -> None:
    looks, enough = 0, asyncio.Event()

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks < 4 or looks == 5:
            raise Odd("connection closed")
        if looks == 6:
            enough.set()

    polling = asyncio.ensure_future(poll(0.001, look))
    await asyncio.wait_for(enough.wait(), PATIENCE_S)
    assert len(complaints(caplog)) == 2, "once for each time that it lasts"
    polling.cancel()
    await asyncio.wait({polling})
    assert polling.cancelled()


@pytest.mark.spec("FILE-70")
@pytest.mark.parametrize("failing", ["changed", "renewed"])
async def test_folders_are_watched_again_whatever_has_failed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failing: str,
) -> None:
    monkeypatch.setattr(file_watch, "AGAIN_S", 0.01)
    failures, noticed = 0, asyncio.Event()

    def fail(what: str) -> None:
        nonlocal failures
        if failing == what and failures < 2:
            failures += 1
            raise Odd("the file id service")

    def changed(_paths: set[str]) -> None:
        fail("changed")
        noticed.set()

    watch = FolderWatch(changed, lambda: fail("renewed"), step_s=0.02)
    watch.set_folders([tmp_path])
    watching = asyncio.ensure_future(watch.run())
    number = 0
    while not noticed.is_set():
        assert not watching.done()
        number += 1
        (tmp_path / f"{number}.txt").touch()
        await asyncio.sleep(0.05)
    watching.cancel()
    await asyncio.wait({watching})
    assert watching.cancelled()
    assert failures == 2
    assert len(complaints(caplog)) == 1


@pytest.mark.spec("FILE-18")
def test_two_steps_are_half_of_the_second_that_is_promised() -> None:
    assert 2 * STEP_S <= 0.5
