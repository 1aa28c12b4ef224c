"""A thread that works does not keep people waiting once for each of them."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.integration.server.client import editing
from tests.integration.server.host import serving

READERS = 20
EDITS = 15

# What reads a large notebook is like this, for seconds.
_BUSY = """
import threading

def _jupyter_server_extension_points():
    return [{"module": "busy"}]

def work():
    while True:
        sum(range(1000))

def _load_jupyter_server_extension(server):
    threading.Thread(target=work, daemon=True).start()
"""


def home(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    (made / "busy.py").write_text(_BUSY)
    return made


async def delay_s(home: Path, *, switch_often: bool) -> float:
    """Until an edit has come to the last of its readers: the median of some."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            serving(home, extensions={"busy": True}, TandemApp={"switch_often": switch_often})
        )
        (server.root / "a.txt").write_text("")
        writer, *readers = [
            await stack.enter_async_context(editing(server, "a.txt", "text", "file"))
            for _ in range(READERS + 1)
        ]
        found = []
        for number in range(1, EDITS + 1):
            before = time.perf_counter()
            writer.text.insert(0, "x")
            await writer.flush()
            for reader in readers:
                await reader.until(lambda reader=reader, size=number: len(reader.text) == size)
            found.append(time.perf_counter() - before)
            # Nobody types without a pause, and each edit is to be one frame.
            await asyncio.sleep(0.02)
        return statistics.median(found)


@pytest.mark.spec("HOST-21")
async def test_an_edit_reaches_its_readers_while_a_thread_works(tmp_path: Path) -> None:
    without = await delay_s(home(tmp_path, "without"), switch_often=False)
    found = await delay_s(home(tmp_path, "with"), switch_often=True)
    assert found < without / 2, f"{found * 1e3:.1f} ms, {without * 1e3:.1f} without"
