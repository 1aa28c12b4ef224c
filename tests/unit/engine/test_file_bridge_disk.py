"""Other programs write, move, delete and protect the file."""

from __future__ import annotations

import asyncio
import json

import pytest

from jupyter_tandem.errors import FileError
from tests.unit.engine.bridge_bench import NOTEBOOK, Bench, notebook, sources, virtual


@pytest.mark.spec("FILE-13")
@virtual
async def test_a_change_on_disk_reaches_people_and_their_edits_reach_the_file() -> None:
    bench = await Bench().open("one\ntwo\nthree\n")
    bench.edit("one\ntwo\nthree\nfour\n")
    bench.put("zero\none\ntwo\nthree\n")
    await asyncio.sleep(1)
    assert bench.content() == "zero\none\ntwo\nthree\nfour\n"
    assert [code for code, _ in bench.screen.notices] == ["file-merged"]
    await asyncio.sleep(2)
    assert bench.on_disk() == "zero\none\ntwo\nthree\nfour\n"
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-13", "FILE-17")
@virtual
async def test_both_versions_of_a_line_are_kept_and_people_are_told_how_many() -> None:
    bench = await Bench().open("one\ntwo\nthree\n")
    bench.edit("one\nours\nthree\n")
    bench.put("one\ntheirs\nthree\n")
    await asyncio.sleep(4)
    assert bench.content() == "one\nours\ntheirs\nthree\n"
    assert bench.on_disk() == bench.content()
    code, sentence = bench.screen.notices[0]
    assert code == "file-conflict"
    assert "1 place" in sentence


@pytest.mark.spec("FILE-17")
@virtual
async def test_a_cell_added_on_disk_is_added_once() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    bench.edit(notebook("x = 1", "y = 2"))
    bench.put(notebook("x = 1", "z = 3", ids=("a", "q")))
    await asyncio.sleep(4)
    bench.put(json.loads(bench.files.get(bench.path)))
    await asyncio.sleep(4)
    assert sorted(sources(bench.content())) == ["x = 1", "y = 2", "z = 3"]
    ids = [cell["id"] for cell in bench.on_disk()["cells"]]
    assert len(ids) == len(set(ids)) == 3


@pytest.mark.spec("FILE-14")
@virtual
async def test_another_formatting_of_the_same_notebook_changes_nothing() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1", "y = 2"))
    last = bench.room.content_sequence
    formatted = json.dumps(bench.on_disk(), indent=4, sort_keys=True)
    bench.files.put(bench.path, formatted)
    await asyncio.sleep(4)
    assert bench.room.content_sequence == last
    assert bench.screen.notices == []
    assert bench.files.get(bench.path).decode() == formatted
    bench.edit(notebook("x = 1", "y = 3"))
    await asyncio.sleep(4)
    assert sources(bench.on_disk()) == ["x = 1", "y = 3"]


@pytest.mark.spec("FILE-12")
@virtual
async def test_another_program_is_faster_than_the_write() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    changes = iter(["zero\none\n"])

    def change() -> None:
        for content in changes:
            bench.put(content)
            return

    bench.files.before_write = change
    await asyncio.sleep(4)
    assert bench.on_disk() == bench.content() == "zero\none\ntwo\n"


@pytest.mark.spec("FILE-12", "FILE-19")
@virtual
async def test_a_program_that_writes_all_the_time_is_told_about() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    count = 0

    def change() -> None:
        nonlocal count
        count += 1
        bench.put(f"{count}\none\n")

    bench.files.before_write = change
    await asyncio.sleep(8)
    assert bench.screen.state == "failed"
    assert "all the time" in bench.screen.reason
    bench.files.before_write = None
    await asyncio.sleep(40)
    assert bench.screen.state == "in_file"
    assert bench.on_disk() == bench.content()


@pytest.mark.spec("FILE-15")
@virtual
async def test_its_own_writes_are_no_foreign_changes() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    await asyncio.sleep(2)
    reads = bench.files.reads
    bench.bridge.touched()
    await asyncio.sleep(2)
    assert bench.files.reads == reads
    assert bench.screen.notices == []


@pytest.mark.spec("FILE-16")
@virtual
async def test_a_file_that_is_being_written_is_not_read_half() -> None:
    bench = await Bench().open("one\ntwo\n")
    reads = bench.files.reads
    bench.put("")
    await asyncio.sleep(0.05)
    bench.put("one\n")
    await asyncio.sleep(0.05)
    bench.put("one\ntwo\nthree\n")
    await asyncio.sleep(2)
    assert bench.files.reads == reads + 1
    assert bench.content() == "one\ntwo\nthree\n"
    assert [entry.cause for entry in bench.disk.documents[bench.address.document_id].entries][
        -2:
    ] == ["file", "state"]


@pytest.mark.spec("FILE-19")
@virtual
async def test_a_full_disk_is_told_at_once_and_heals_by_itself() -> None:
    bench = await Bench().open("one\n")
    bench.files.failure = FileError("disk full")
    bench.insert("two\n")
    await asyncio.sleep(1.2)
    assert (bench.screen.state, bench.screen.reason) == ("failed", "Cannot save: disk full")
    bench.insert("three\n")
    await asyncio.sleep(20)
    assert bench.on_disk() == "one\n"
    assert not bench.bridge.settled
    bench.files.failure = None
    await asyncio.sleep(31)
    assert bench.on_disk() == "one\ntwo\nthree\n"
    assert bench.screen.state == "in_file"
    assert bench.bridge.settled


@pytest.mark.spec("FILE-19")
@virtual
async def test_attempts_become_rarer() -> None:
    bench = await Bench().open("one\n")
    bench.files.failure = FileError("disk full")
    attempts: list[float] = []
    bench.files.before_write = lambda: attempts.append(asyncio.get_running_loop().time())
    for _ in range(100):
        bench.insert("x")
        await asyncio.sleep(1)
    assert len(attempts) == 7


@pytest.mark.spec("FILE-19")
@virtual
async def test_a_file_that_cannot_be_looked_at_is_looked_at_again() -> None:
    bench = await Bench().open("one\n")
    bench.files.reading_failure = FileError("the file cannot be read (Input/output error)")
    bench.put("one\ntwo\n")
    await asyncio.sleep(1)
    assert bench.screen.state == "failed"
    bench.files.reading_failure = None
    await asyncio.sleep(10)
    assert bench.content() == "one\ntwo\n"
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-20")
@virtual
async def test_a_deleted_file_is_made_again_only_when_somebody_saves() -> None:
    bench = await Bench().open("one\n")
    bench.files.remove(bench.path)
    await asyncio.sleep(1)
    assert bench.screen.state == "missing"
    bench.insert("two\n")
    await asyncio.sleep(60)
    assert not bench.files.exists(bench.path)
    assert bench.screen.state == "missing"
    assert bench.bridge.settled
    assert await bench.bridge.save_now() == "success"
    assert bench.on_disk() == "one\ntwo\n"
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-20")
@virtual
async def test_a_save_finds_out_that_the_file_was_deleted() -> None:
    bench = await Bench().open("one\n")
    bench.watcher.cancel()
    bench.insert("two\n")
    bench.files.remove(bench.path)
    await asyncio.sleep(4)
    assert bench.screen.state == "missing"
    bench.files.put(bench.path, "other\n")
    assert await bench.bridge.save_now() == "success"
    assert bench.on_disk() == bench.content()
    assert {"other", "one", "two"} >= set(bench.content().split()) >= {"other", "two"}


@pytest.mark.spec("FILE-20")
@virtual
async def test_a_deleted_file_that_comes_back_is_merged() -> None:
    bench = await Bench().open("one\n")
    bench.files.remove(bench.path)
    await asyncio.sleep(1)
    bench.insert("two\n")
    bench.put("zero\none\n")
    await asyncio.sleep(4)
    assert bench.on_disk() == bench.content() == "zero\none\ntwo\n"
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-21")
@virtual
async def test_an_invalid_file_is_left_alone_until_it_is_valid() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    bench.files.put(bench.path, '{"cells": [')
    await asyncio.sleep(1)
    assert bench.screen.state == "unreadable"
    bench.edit(notebook("x = 1", "y = 2"))
    await asyncio.sleep(60)
    assert bench.files.get(bench.path) == b'{"cells": ['
    assert sources(bench.content()) == ["x = 1", "y = 2"]
    bench.put(notebook("x = 3"))
    await asyncio.sleep(4)
    assert sources(bench.on_disk()) == sources(bench.content()) == ["x = 3", "y = 2"]
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-21")
@virtual
async def test_an_invalid_file_is_replaced_when_somebody_saves() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    bench.files.put(bench.path, '{"nbformat": 4}')
    await asyncio.sleep(1)
    assert bench.screen.state == "unreadable"
    assert await bench.bridge.save_now() == "success"
    assert sources(bench.on_disk()) == ["x = 1"]
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-22")
@virtual
async def test_a_protected_file_is_written_when_it_can_be_again() -> None:
    bench = await Bench().open("one\n")
    bench.files.protect(bench.path)
    await asyncio.sleep(1)
    assert bench.screen.state == "read_only"
    bench.insert("two\n")
    await asyncio.sleep(10)
    assert bench.screen.state == "read_only"
    assert bench.files.writes == 0
    bench.files.protect(bench.path, writable=True)
    await asyncio.sleep(2)
    assert bench.on_disk() == "one\ntwo\n"
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-23")
@virtual
async def test_a_rename_is_followed_silently() -> None:
    bench = await Bench().open("one\n")
    bench.files.move("folder", "elsewhere")
    await asyncio.sleep(1)
    assert bench.screen.path == "elsewhere/a.txt"
    assert bench.screen.notices == []
    bench.insert("two\n")
    await asyncio.sleep(2)
    assert bench.files.get("elsewhere/a.txt") == b"one\ntwo\n"
    assert not bench.files.exists(bench.path)


@pytest.mark.spec("FILE-24")
@virtual
async def test_saves_are_answered_while_the_journal_cannot_be_written() -> None:
    bench = await Bench().open("one\n")
    with bench.store.faults.failing("append"):
        bench.insert("two\n")
        started = asyncio.get_running_loop().time()
        assert await bench.bridge.save_now() == "failed"
        assert asyncio.get_running_loop().time() - started <= 5.1
        assert bench.screen.state == "failed"
        assert "journal" in bench.screen.reason
    await asyncio.sleep(20)
    assert bench.on_disk() == "one\ntwo\n"
    assert bench.screen.state == "in_file"


@pytest.mark.spec("FILE-11")
@virtual
async def test_a_fault_of_our_own_is_told_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = await Bench().open("one\n")
    write = bench.files.write

    async def broken(*args, **options):
        raise ZeroDivisionError

    bench.files.write = broken  # type: ignore[method-assign]
    bench.insert("two\n")
    await asyncio.sleep(1.5)
    assert bench.screen.state == "failed"
    assert "ZeroDivisionError" in bench.screen.reason
    bench.files.write = write  # type: ignore[method-assign]
    await asyncio.sleep(10)
    assert bench.on_disk() == "one\ntwo\n"
    assert "Attending" in caplog.text


@pytest.mark.spec("FILE-31")
@virtual
async def test_a_file_that_grows_all_the_time_is_looked_at_now_and_then() -> None:
    bench = await Bench().open("one\n")
    for number in range(1000):
        bench.put(bench.on_disk() + f"{number}\n")
        await asyncio.sleep(0.05)
    assert 5 <= bench.files.reads <= 15
    assert len(bench.screen.notices) <= 6
    await asyncio.sleep(11)
    assert bench.content() == bench.on_disk()
    reads = bench.files.reads
    bench.put("zero\n" + bench.on_disk())
    await asyncio.sleep(0.3)
    assert bench.files.reads == reads + 1
