"""Saving: when, in which order, and what people are told."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from jupyter_tandem.engine.file_bridge import SaveSettings
from tests.unit.engine.bridge_bench import NOTEBOOK, TEXT, Bench, notebook, sources, virtual


@pytest.mark.spec("FILE-1")
@virtual
async def test_a_pause_of_a_second_writes_the_file() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    await asyncio.sleep(0.9)
    assert bench.on_disk() == "one\n"
    await asyncio.sleep(0.2)
    assert bench.on_disk() == "one\ntwo\n"


@pytest.mark.spec("FILE-1")
@virtual
async def test_a_minute_of_steady_typing_keeps_the_file_at_most_five_seconds_behind() -> None:
    bench = await Bench().open("")
    loop = asyncio.get_running_loop()
    typed: list[tuple[float, str]] = []
    worst = 0.0
    for number in range(300):
        bench.insert(f"{number} ")
        typed.append((loop.time(), f"{number} "))
        await asyncio.sleep(0.2)
        lacking = [at for at, word in typed if word not in bench.on_disk()]
        worst = max(worst, loop.time() - min(lacking, default=loop.time()))
    assert 4.0 < worst <= 5.3
    await asyncio.sleep(2)
    assert bench.on_disk() == bench.content()
    assert bench.files.writes <= 14


async def _queue(bench: Bench, for_s: float) -> str:
    """Cells run and print ten times a second; what they printed."""
    loop = asyncio.get_running_loop()
    ends, printed = loop.time() + for_s, ""
    while loop.time() < ends:
        line = f"{loop.time()}\n"
        bench.prints(line)
        printed += line
        await asyncio.sleep(0.1)
    return printed


def _printed(bench: Bench) -> str:
    [cell] = bench.on_disk()["cells"]
    return "".join(text for output in cell["outputs"] for text in output["text"])


@pytest.mark.spec("FILE-32")
@pytest.mark.parametrize(
    ("work_s", "most", "rest_s"), [(0.01, 30, 0.1), (1.0, 12, 10.0), (20.0, 4, 30.0)]
)
@virtual
async def test_a_long_queue_is_saved_the_less_often_the_longer_that_takes(
    work_s: float, most: int, rest_s: float
) -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    bench.work_s = work_s
    loop = asyncio.get_running_loop()
    bench.live.hold()
    writes: list[float] = []
    bench.files.before_write = lambda: writes.append(loop.time())
    printed = await _queue(bench, 120)
    pauses = [later - earlier for earlier, later in itertools.pairwise(writes)]
    assert 2 <= len(writes) <= most
    assert all(pause > rest_s for pause in pauses)
    assert max(pauses) < rest_s + work_s + 7
    bench.live.release()
    await asyncio.sleep(1.2 + 2 * work_s)
    assert _printed(bench) == printed
    assert bench.screen.state == "in_file"
    await bench.close()


@pytest.mark.spec("FILE-1", "FILE-32")
@virtual
async def test_an_edit_is_saved_at_its_time_while_a_long_queue_runs() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    bench.work_s = 2.0
    bench.live.hold()
    await _queue(bench, 12)
    written = bench.files.writes
    content = bench.content()
    content["cells"][0]["source"] = "x = 2"
    bench.edit(content)
    await _queue(bench, 5 + bench.work_s + 0.2)
    assert bench.files.writes == written + 1
    assert sources(bench.on_disk()) == ["x = 2"]
    await bench.close()


@pytest.mark.spec("FILE-2")
@virtual
async def test_edits_are_in_the_journal_before_they_are_in_the_file() -> None:
    bench = await Bench().open("one\n")
    with bench.store.faults.held("append"):
        bench.insert("two\n")
        await asyncio.sleep(4)
        assert bench.on_disk() == "one\n"
    await asyncio.sleep(2)
    assert bench.on_disk() == "one\ntwo\n"


@pytest.mark.spec("FILE-3")
@virtual
async def test_an_edit_that_was_undone_writes_nothing() -> None:
    bench = await Bench().open("one\n")
    bench.edit("two\n")
    bench.edit("one\n")
    await asyncio.sleep(3)
    assert bench.files.writes == 0
    assert bench.screen.state == "in_file"
    assert bench.bridge.settled


@pytest.mark.spec("FILE-3")
@virtual
async def test_a_notebook_that_is_only_formatted_differently_is_not_written() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    before = bench.files.get(bench.path)
    bench.edit(notebook("x = 2"))
    bench.edit(notebook("x = 1"))
    await asyncio.sleep(3)
    assert bench.files.get(bench.path) == before


@pytest.mark.spec("FILE-4")
@virtual
async def test_people_are_told_pending_at_once_and_in_file_when_it_is() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    assert bench.screen.state == "pending"
    await asyncio.sleep(2)
    assert bench.screen.states() == ["in_file", "pending", "in_file"]


@pytest.mark.spec("FILE-4")
@virtual
async def test_an_edit_during_the_write_keeps_it_pending() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    bench.files.before_write = lambda: (
        bench.insert("three\n") if "three" not in bench.content() else None
    )
    await asyncio.sleep(1.5)
    assert bench.on_disk() == "one\ntwo\n"
    assert bench.screen.state == "pending"
    await asyncio.sleep(2)
    assert bench.on_disk() == "one\ntwo\nthree\n"
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-5")
@virtual
async def test_save_on_request_writes_at_once() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    assert await bench.bridge.save_now() == "success"
    assert bench.on_disk() == "one\ntwo\n"
    assert await bench.bridge.save_now() == "success"
    assert bench.files.writes == 1


@pytest.mark.spec("FILE-5")
@virtual
async def test_save_on_request_says_when_it_failed() -> None:
    bench = await Bench().open("one\n")
    bench.files.protect(bench.path)
    bench.insert("two\n")
    assert await bench.bridge.save_now() == "failed"
    assert bench.screen.state == "read_only"


@pytest.mark.spec("FILE-10")
@virtual
async def test_closing_writes_what_is_unsaved() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    await bench.close()
    assert bench.on_disk() == "one\ntwo\n"
    assert await bench.bridge.save_now() == "failed"


@pytest.mark.spec("FILE-10")
@virtual
async def test_closing_does_not_wait_for_ever() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    started = asyncio.get_running_loop().time()
    with bench.store.faults.held("intend"):
        await bench.close()
        assert asyncio.get_running_loop().time() - started <= 2.1
    assert bench.on_disk() == "one\n"
    await bench.open()
    await asyncio.sleep(3)
    assert bench.on_disk() == "one\ntwo\n"


@pytest.mark.spec("FILE-11")
@virtual
async def test_one_write_at_a_time() -> None:
    bench = await Bench().open("one\n")
    writing = 0
    most = 0
    write = bench.files.write

    async def slow_write(*args, **options):
        nonlocal writing, most
        writing += 1
        most = max(most, writing)
        await asyncio.sleep(0.5)
        try:
            return await write(*args, **options)
        finally:
            writing -= 1

    bench.files.write = slow_write  # type: ignore[method-assign]
    bench.insert("two\n")
    saves = [asyncio.ensure_future(bench.bridge.save_now()) for _ in range(5)]
    bench.insert("three\n")
    bench.put("zero\none\n")
    await asyncio.sleep(10)
    assert [save.result() for save in saves] == ["success"] * 5
    assert most == 1
    assert bench.on_disk() == "zero\none\ntwo\nthree\n"


@virtual
async def test_the_base_counts_what_the_room_wrote_about_the_file_itself() -> None:
    bench = await Bench().open("one\n")
    assert (await bench.base()).sequence == bench.room.sequence
    bench.insert("two\n")
    await asyncio.sleep(2)
    assert (await bench.base()).sequence == bench.room.sequence
    assert await bench.store.bases.unsettled() == []


@virtual
async def test_opening_again_reads_and_writes_nothing_when_nothing_happened() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    bench.edit(notebook("x = 2"))
    await bench.close()
    writes, reads, last = bench.files.writes, bench.files.reads, bench.room.sequence
    await bench.open()
    await asyncio.sleep(5)
    assert (bench.files.writes, bench.files.reads) == (writes, reads)
    assert bench.room.sequence == last
    assert bench.screen.state == "in_file"
    assert sources(bench.on_disk()) == ["x = 2"]


@virtual
async def test_delays_can_be_set() -> None:
    bench = await Bench(TEXT, SaveSettings(quiet_s=0.2)).open("one\n")
    bench.insert("two\n")
    await asyncio.sleep(0.3)
    assert bench.on_disk() == "one\ntwo\n"
