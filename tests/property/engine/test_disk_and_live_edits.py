"""Random edits on disk and in the room, at random moments, with crashes: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import copy
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.engine.bridge_bench import NOTEBOOK, Bench, notebook, virtual

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["live", "live", "disk", "disk", "pause", "save", "crash", "format"]),
        st.sampled_from([0.0, 0.05, 0.3, 1.05, 3.0]),
        st.integers(0, 2**32),
    ),
    min_size=1,
    max_size=14,
)


def new_text(text: str, token: str, chance: random.Random) -> str:
    """``text`` with one more line somewhere."""
    lines = text.split("\n")
    lines.insert(chance.randrange(len(lines)), token)
    return "\n".join(lines)


def new_notebook(content: dict[str, Any], token: str, chance: random.Random) -> dict[str, Any]:
    """``content`` with one more line in a cell, or one more cell, perhaps in another order."""
    changed = copy.deepcopy(content)
    cells = changed["cells"]
    what = chance.choice(["line", "line", "cell", "move"])
    if what == "move":
        cells.insert(chance.randrange(len(cells)), cells.pop(chance.randrange(len(cells))))
    if what == "cell":
        cell = notebook(token, ids=(f"id-{token}",))["cells"][0]
        cells.insert(chance.randrange(len(cells) + 1), cell)
    else:
        cell = chance.choice(cells)
        cell["source"] = new_text(cell["source"], token, chance)
    return changed


def tokens(content: Any) -> Counter[str]:
    text = (
        content
        if isinstance(content, str)
        else "\n".join(cell["source"] for cell in content["cells"])
    )
    return Counter(line for line in text.split("\n") if line.startswith("#"))


async def play(bench: Bench, steps: list[tuple[str, float, int]], new: Any) -> None:
    expected: Counter[str] = Counter()
    for number, (step, pause_s, seed) in enumerate(steps):
        chance = random.Random(seed)
        token = f"#{number}"
        if step == "live":
            bench.edit(new(bench.content(), token, chance))
            expected[token] += 1
        elif step == "disk":
            bench.put(new(bench.on_disk(), token, chance))
            expected[token] += 1
        elif step == "format":
            bench.put(bench.on_disk())
        elif step == "save":
            assert await bench.bridge.save_now() == "success"
            assert bench.on_disk() == bench.content()
        elif step == "crash":
            await bench.crash()
            await bench.open()
        await asyncio.sleep(pause_s)
    await asyncio.sleep(10)
    assert bench.on_disk() == bench.content()
    assert tokens(bench.content()) == expected
    assert bench.screen.state == "in_file"
    assert await bench.store.bases.unsettled() == []


@pytest.mark.spec("FILE-17", "FILE-27")
@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_no_line_of_a_text_is_lost_or_doubled(steps: list[tuple[str, float, int]]) -> None:
    @virtual
    async def run() -> None:
        await play(await Bench().open("one\ntwo\nthree\n"), steps, new_text)

    run()


@pytest.mark.spec("FILE-17", "FILE-27")
@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_no_line_of_a_notebook_is_lost_and_no_cell_doubled(
    steps: list[tuple[str, float, int]],
) -> None:
    @virtual
    async def run() -> None:
        bench = await Bench(NOTEBOOK).open(notebook("one\ntwo\n", "three\n", "four"))
        await play(bench, steps, new_notebook)
        ids = [cell["id"] for cell in bench.on_disk()["cells"]]
        assert len(ids) == len(set(ids))

    run()
