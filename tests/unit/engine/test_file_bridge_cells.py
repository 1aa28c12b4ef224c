"""FILE-41, FILE-44: when a save goes by the cells that changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jupyter_tandem.core.big_output import hold_out
from jupyter_tandem.engine import file_bridge_exchange
from jupyter_tandem.engine.file_bridge_cells import MOST_BYTES, MOST_CELLS
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.errors import FileError
from tests.property.engine.test_saving_changes import LIMIT, AtOnce, Shelves, SlowRecall
from tests.unit.core.notebooks import code, notebook
from tests.unit.engine.bridge_bench import NOTEBOOK, TEXT, Bench, sources, virtual

COUNT = 2 * MOST_CELLS


@pytest.fixture(autouse=True)
def _every_document_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_bridge_exchange, "LARGE_BYTES", 0)


def content() -> dict[str, Any]:
    return notebook(*(code(f"c{number}", f"x = {number}") for number in range(COUNT)))


def change(bench: Bench, *places: int, more: str = "!") -> None:
    changed = bench.content()
    for place in places:
        changed["cells"][place]["source"] += more
    bench.edit(changed)


async def patched(bench: Bench) -> bool:
    """Save; whether only what changed was looked at, and whether the file is right in any case."""
    before = bench.files.patches
    assert await bench.bridge.save_now() == "success"
    assert bench.on_disk() == bench.content()
    return bench.files.patches > before


@pytest.mark.spec("FILE-41")
@virtual
async def test_the_first_save_is_whole_and_later_ones_are_not() -> None:
    bench = await Bench(NOTEBOOK).open(content())
    answers = []
    for place in (0, 3, 3, COUNT - 1):
        change(bench, place)
        answers.append(await patched(bench))
    assert answers == [False, True, True, True]
    # Nothing changed: nothing is written, and what is known is known on.
    writes = bench.files.writes
    assert await bench.bridge.save_now() == "success"
    assert bench.files.writes == writes
    change(bench, 5)
    assert await patched(bench)


@pytest.mark.spec("FILE-41")
@virtual
async def test_a_document_that_is_not_large_is_not_watched() -> None:
    file_bridge_exchange.LARGE_BYTES = 10**9
    for kind, held in ((NOTEBOOK, content()), (TEXT, "one\n")):
        bench = await Bench(kind).open(held)
        for text in ("one", "two"):
            bench.edit(text if kind is TEXT else notebook(code("a", text)))
            assert await bench.bridge.save_now() == "success"
        assert bench.room.document._changes is None
        assert bench.files.patches == 0


@pytest.mark.spec("FILE-44")
@virtual
async def test_much_that_changed_is_saved_as_a_whole() -> None:
    bench = await Bench(NOTEBOOK).open(content())
    change(bench, 0)
    assert not await patched(bench)
    change(bench, *range(MOST_CELLS))
    assert await patched(bench)
    change(bench, *range(MOST_CELLS + 1))
    assert not await patched(bench)
    change(bench, 0, more="x" * (MOST_BYTES + 1))
    assert not await patched(bench)
    # It is in that cell still, but not looked at.
    change(bench, 1)
    assert await patched(bench)
    change(bench, 0)
    assert not await patched(bench)


@pytest.mark.spec("FILE-41")
@virtual
async def test_what_is_typed_while_it_is_saved_is_saved_next() -> None:
    bench = await Bench(NOTEBOOK).open(content())
    change(bench, 0)
    assert not await patched(bench)
    bench.work_s = 0.1
    for place in range(1, 6):
        change(bench, place)
        saving = asyncio.ensure_future(bench.bridge.save_now())
        await asyncio.sleep(0.05)
        change(bench, place, 50 + place)
        assert await saving == "success"
        assert sources(bench.on_disk())[place] == f"x = {place}!"
        assert await patched(bench)
        assert sources(bench.on_disk())[place] == f"x = {place}!!"
    assert bench.files.patches == 10


@pytest.mark.spec("FILE-44")
@virtual
async def test_cells_that_move_while_the_state_is_got_are_not_taken_for_others() -> None:
    bench = Bench(NOTEBOOK)
    bench.recall = SlowRecall  # type: ignore[assignment]
    await bench.open(content())
    change(bench, 0)
    saving = asyncio.ensure_future(bench.bridge.save_now())
    await asyncio.sleep(0.005)
    moved = bench.content()
    moved["cells"].reverse()
    bench.edit(moved)
    assert await saving == "success"
    change(bench, 0)
    assert not await patched(bench)
    change(bench, 0)
    assert await patched(bench)


@pytest.mark.spec("FILE-44")
@virtual
async def test_after_a_failure_everything_is_looked_at_again() -> None:
    bench = await Bench(NOTEBOOK).open(content())
    change(bench, 0)
    assert not await patched(bench)
    change(bench, 1)
    bench.files.failure = FileError("disk full")
    assert await bench.bridge.save_now() == "failed"
    bench.files.failure = None
    assert not await patched(bench)
    change(bench, 1)
    assert await patched(bench)


@pytest.mark.spec("FILE-44", "FILE-13")
@virtual
async def test_what_another_program_wrote_is_not_overwritten() -> None:
    bench = await Bench(NOTEBOOK).open(content())
    change(bench, 0)
    assert not await patched(bench)
    found = bench.on_disk()
    found["cells"][2]["source"] = "another program"
    bench.files.before_write = lambda: bench.put(found)
    change(bench, 1)
    saving = asyncio.ensure_future(bench.bridge.save_now())
    await asyncio.sleep(0.02)
    bench.files.before_write = None
    assert await saving == "success"
    assert sources(bench.on_disk())[1:3] == ["x = 1!", "another program"]
    assert bench.on_disk() == bench.content()


@pytest.mark.spec("FILE-44")
@virtual
async def test_outputs_that_were_lost_are_looked_for_again() -> None:
    store = Shelves()
    bench = Bench(NOTEBOOK)
    bench.outputs = OutputShelf(store, AtOnce(), LIMIT)  # type: ignore[arg-type]
    await bench.open(content())
    output = {"output_type": "display_data", "data": {"text/plain": "x" * LIMIT}, "metadata": {}}
    held = hold_out(output, bench.address.document_id, LIMIT)
    assert held is not None
    store.put(bench.address.document_id, held.name, held.text)
    store.hidden = True
    changed = bench.content()
    changed["cells"][0]["outputs"] = [held.stand_in]
    bench.edit(changed)
    assert await bench.bridge.save_now() == "success"
    assert bench.on_disk()["cells"][0]["outputs"] == [held.stand_in]
    store.hidden = False
    for place in (5, 6):
        change(bench, place)
        assert await bench.bridge.save_now() == "success"
        assert bench.on_disk()["cells"][0]["outputs"] == [output]
    assert bench.files.patches == 1
    # Lost in a cell that changed.
    store.hidden = True
    changed = bench.content()
    changed["cells"][1]["outputs"] = [held.stand_in]
    bench.edit(changed)
    assert await bench.bridge.save_now() == "success"
    assert bench.files.patches == 1
