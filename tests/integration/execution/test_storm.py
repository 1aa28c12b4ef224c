"""A cell that prints as fast as it can: the server stays responsive, and keeps a bounded amount."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_tandem.protocol import frames as f
from tests.integration.execution.person import Person, running
from tests.integration.server.host import Server
from tests.unit.engine.door_bench import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORM_S = 5.0

STORMS = {
    "buffered": "i = 0\nwhile True:\n    print(i)\n    i += 1\n    if i == 200_000: open({enough!r}, 'w')",
    "flushed": "i = 0\nopen({enough!r}, 'w')\nwhile True:\n    print(i, flush=True)\n    i += 1",
}
"""Cells that print until they are interrupted. One prints more than is kept, and says when it has."""


async def answers(person: Person, seconds: float) -> list[float]:
    """How long the server takes to answer a ping, asked again and again."""
    found: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pongs = len([m for m in person.client.messages if isinstance(m, f.Pong)])
        asked = time.monotonic()
        await person.client.say(f.Ping())
        await person.client.until(
            lambda n=pongs: len([m for m in person.client.messages if isinstance(m, f.Pong)]) > n  # type: ignore[misc]
        )
        found.append(time.monotonic() - asked)
        await asyncio.sleep(0.01)
    return sorted(found)


def written(person: Person) -> int:
    """How many writes of the server have arrived."""
    return len([m for m in person.client.messages if isinstance(m, f.Update)])


AT_REST_BYTES = 256 * 1024
"""Of the write-ahead file that stays, of pages that are not full, of what else the server has to remember."""


def journal_bytes(server: Server) -> int:
    return sum(file.stat().st_size for file in Path(server.home / "data").rglob("journal.sqlite3*"))


@pytest.mark.slow
@pytest.mark.spec("RUN-20", "RUN-27", "RUN-12")
@pytest.mark.parametrize("how", list(STORMS))
async def test_while_true_print(
    shared: Server, notebook: Callable[..., str], tmp_path: Path, how: str
) -> None:
    enough = tmp_path / "enough"
    async with running(shared, notebook(STORMS[how].format(enough=str(enough)))) as ana:
        before = journal_bytes(shared)
        [run] = await ana.run(0)
        await ana.client.until(lambda: ana.text(0))
        await ana.client.arrived()
        began, writes = time.monotonic(), written(ana)
        taken = await answers(ana, STORM_S)
        writes, seconds = written(ana) - writes, time.monotonic() - began
        await ana.client.until(enough.exists)
        await ana.ask("interrupt")
        [ended] = await ana.ended(run)
        assert ended["state"] == "interrupted"
        text = ana.text(0)
        assert text.startswith("0\n1\n2\n3\n")
        assert ended["left_out"] > 0 or how == "flushed"
        assert [o["ename"] for o in ana.outputs(0) if "ename" in o] == ["KeyboardInterrupt"]
        assert writes <= 10 * seconds
        assert taken[int(0.95 * len(taken))] < 0.1, f"{taken}"
        # SQLite's write-ahead file holds what the database will hold, once more, until it is folded.
        most = 2 * len(text) + AT_REST_BYTES
        await eventually(lambda: journal_bytes(shared) - before <= most)
