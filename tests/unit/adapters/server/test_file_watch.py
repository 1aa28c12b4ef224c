"""Folders are watched as often as the promise needs, and bursts hold nothing back."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from jupyter_tandem.adapters.server.file_watch import STEP_S, FolderWatch

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


@pytest.mark.spec("FILE-18")
def test_two_steps_are_half_of_the_second_that_is_promised() -> None:
    assert 2 * STEP_S <= 0.5
