"""FILE-61: the bridge and a write in place that was cut short."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_tandem.errors import FileError, FileReadOnly, StoreUnavailable
from jupyter_tandem.ports.files import FileContent, FileStamp
from jupyter_tandem.types import DocumentKind
from tests.unit.core.notebooks import code, markdown
from tests.unit.core.notebooks import notebook as rich_notebook
from tests.unit.engine.bridge_bench import NOTEBOOK, TEXT, Bench, notebook, sources, virtual
from tests.unit.engine.test_file_bridge_crash import crash_in

pytestmark = pytest.mark.spec("FILE-61")

FORMER = "one\ntwo\nthree\nfour\n"
EDITED = "ZERO\none\ntwo\nthree\nfünf\n"


def in_place(kind: DocumentKind = TEXT) -> Bench:
    """A document whose file is written in place."""
    bench = Bench(kind)
    bench.files.replaces = False
    return bench


def cut(bench: Bench, left: bytes, error: FileError | None = None) -> None:
    """The next write leaves this of the file."""
    usual = bench.files.write

    async def write(*_: Any, **__: Any) -> FileStamp:
        bench.files.write = usual  # type: ignore[method-assign]
        bench.files.put(bench.path, left)
        raise error or FileError("disk full")

    bench.files.write = write  # type: ignore[method-assign]


def begun(text: str, size: int) -> bytes:
    return text.encode()[:size]


@pytest.mark.parametrize("size", [0, 5, 9, len(EDITED.encode()) - 4])
@virtual
async def test_a_text_that_a_killed_server_has_left(size: int) -> None:
    bench = await in_place().open(FORMER)
    bench.edit(EDITED)
    await asyncio.sleep(0.2)
    await crash_in(bench, "write", before=True)
    bench.files.put(bench.path, begun(EDITED, size))
    await bench.open()
    await asyncio.sleep(3)
    assert bench.content() == bench.on_disk() == EDITED
    assert bench.screen.notices == []
    assert bench.screen.state == "in_file"
    assert await bench.store.bases.unsettled() == []


@virtual
async def test_a_text_that_breaks_off_within_a_character() -> None:
    bench = await in_place().open(FORMER)
    bench.edit(EDITED)
    await crash_in(bench, "write", before=True)
    bench.files.put(bench.path, EDITED.encode()[: EDITED.encode().index("ü".encode()) + 1])
    await bench.open()
    await asyncio.sleep(3)
    assert bench.content() == bench.on_disk() == EDITED
    assert "unreadable" not in bench.screen.states()


@virtual
async def test_one_that_was_half_written_over() -> None:
    bench = await in_place().open(FORMER)
    bench.edit(EDITED)
    await crash_in(bench, "write", before=True)
    bench.files.put(bench.path, EDITED.encode()[:11] + FORMER.encode()[11:])
    await bench.open()
    await asyncio.sleep(3)
    assert bench.content() == bench.on_disk() == EDITED
    assert bench.screen.notices == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
@virtual
async def test_a_notebook_that_a_killed_server_has_left(share: float) -> None:
    edited = rich_notebook(markdown("a", "# one"), code("b", "x = 2"), code("c", "y"))
    bench = await in_place(NOTEBOOK).open(notebook("x = 1"))
    bench.edit(edited)
    await crash_in(bench, "write", before=True)
    whole = json.dumps(edited, indent=1, sort_keys=True)
    bench.files.put(bench.path, whole[: int(share * len(whole))])
    await bench.open()
    await asyncio.sleep(3)
    assert sources(bench.on_disk()) == sources(bench.content()) == ["# one", "x = 2", "y"]
    assert "unreadable" not in bench.screen.states()
    assert await bench.store.bases.unsettled() == []


@virtual
async def test_what_a_full_disk_has_left_is_written_again_without_a_crash() -> None:
    bench = await in_place().open(FORMER)
    cut(bench, begun(EDITED, 9))
    bench.edit(EDITED)
    await asyncio.sleep(1.5)
    assert bench.content() == EDITED
    await asyncio.sleep(5)
    assert bench.content() == bench.on_disk() == EDITED
    assert bench.screen.notices == []
    assert bench.screen.state == "in_file"


@virtual
async def test_who_saves_at_once_does_not_lose_anything_by_that() -> None:
    bench = await in_place().open(FORMER)
    cut(bench, begun(EDITED, 9))
    bench.edit(EDITED)
    assert await bench.bridge.save_now() == "failed"
    assert await bench.bridge.save_now() == "success"
    assert bench.content() == bench.on_disk() == EDITED


@virtual
async def test_it_is_cut_short_again_and_again_while_people_type() -> None:
    bench = await in_place().open(FORMER)
    bench.edit(EDITED)
    for number in range(5):
        wanted = f"{number}\n" + bench.content()
        bench.edit(wanted)
        cut(bench, begun(wanted, 4))
        assert await bench.bridge.save_now() == "failed"
        bench.edit("more " + bench.content())
    # The last one is left by a process that was killed before it wrote anything.
    await crash_in(bench, "write", before=True)
    wanted = bench.content()
    await bench.open()
    await asyncio.sleep(5)
    assert bench.content() == bench.on_disk() == wanted
    assert bench.screen.notices == []


@pytest.mark.parametrize(
    "left",
    [
        lambda new, _: new[:8],
        lambda _, former: former,
        lambda new, former: new[:8] + former[8:],
        lambda _, former: former[:9],
    ],
    ids=["beginning", "untouched", "half written over", "put back in part"],
)
@virtual
async def test_it_is_cut_short_over_what_was_left_before(
    left: Callable[[bytes, bytes], bytes],
) -> None:
    bench = await in_place().open(FORMER)
    first = "first line\n" + FORMER
    cut(bench, begun(first, 14))
    bench.edit(first)
    assert await bench.bridge.save_now() == "failed"
    bench.edit("NEW " + first)
    await bench.bridge._exchange.look()
    await crash_in(bench, "write", before=True)
    bench.files.put(bench.path, left(("NEW " + first).encode(), begun(first, 14)))
    await bench.open()
    await asyncio.sleep(5)
    assert bench.content() == bench.on_disk() == "NEW " + first
    assert bench.screen.notices == []


@virtual
async def test_without_hashes_and_with_a_store_that_fails() -> None:
    bench = await in_place(NOTEBOOK).open(notebook("x = 1"))
    usual = bench.files.stamp

    async def stamp(file_id: Any) -> FileStamp:
        found = await usual(file_id)
        return FileStamp(found.path, "", found.modified_at, found.writable, found.version)

    bench.files.stamp = stamp  # type: ignore[method-assign]
    bench.put(notebook("x = 1", "y = 2"))
    await asyncio.sleep(2)
    cut(bench, b'{"cells": [')
    bench.edit(notebook("x = 1!", "y = 2"))
    assert await bench.bridge.save_now() == "failed"
    bench.store.faults.fail("bases", error=StoreUnavailable("The disk is full."))
    await asyncio.sleep(10)
    assert sources(bench.content()) == sources(bench.on_disk()) == ["x = 1!", "y = 2"]
    assert bench.screen.state == "in_file"


@virtual
async def test_it_is_told_in_the_log() -> None:
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("jupyter_tandem.engine.file_bridge_exchange")
    log.addHandler(handler)
    try:
        bench = await in_place().open(FORMER)
        cut(bench, b"")
        bench.edit(EDITED)
        await asyncio.sleep(5)
    finally:
        log.removeHandler(handler)
    assert told == [f"A write of {bench.address.document_id} was cut short; it is written again."]


@virtual
async def test_a_place_that_gives_notebooks_as_such_only() -> None:
    bench = await in_place(NOTEBOOK).open(notebook("x = 1"))
    bench.edit(notebook("x = 10"))
    await crash_in(bench, "write", before=True)
    usual = bench.files.read

    async def read(file_id: Any, kind: DocumentKind) -> FileContent:
        if kind != NOTEBOOK:
            raise FileError("the file cannot be read (Internal Server Error)")
        return await usual(file_id, kind)

    bench.files.read = read  # type: ignore[method-assign]
    bench.put(notebook("x = 1", "y = 2"))
    await bench.open()
    await asyncio.sleep(3)
    assert sources(bench.content()) == sources(bench.on_disk()) == ["x = 10", "y = 2"]


# -- what other programs do --------------------------------------------------


@pytest.mark.spec("FILE-13")
@virtual
async def test_what_another_program_takes_away_of_a_settled_file_is_taken_away() -> None:
    bench = await in_place().open(FORMER)
    bench.edit(EDITED)
    assert await bench.bridge.save_now() == "success"
    bench.put("ZERO\none\n")
    await asyncio.sleep(2)
    assert bench.content() == "ZERO\none\n"
    bench.put("")
    await asyncio.sleep(2)
    assert bench.content() == bench.on_disk() == ""


@pytest.mark.parametrize("error", [FileError("disk full"), FileReadOnly("It is read-only.")])
@pytest.mark.spec("FILE-13")
@virtual
async def test_so_it_is_after_a_write_that_has_left_the_file_as_it_was(error: FileError) -> None:
    bench = await in_place().open(FORMER)
    bench.files.failure = error
    bench.edit("new\n" + FORMER)
    await asyncio.sleep(2)
    assert (await bench.store.bases.bases(bench.address.document_id)).intended is None
    bench.put("one\ntwo\n")
    await asyncio.sleep(2)
    assert bench.content() == "new\none\ntwo\n"
    bench.files.failure = None
    bench.files.protect(bench.path, writable=True)
    await asyncio.sleep(40)
    assert bench.on_disk() == "new\none\ntwo\n"


@pytest.mark.spec("FILE-12", "FILE-13")
@virtual
async def test_so_it_is_where_another_program_was_faster() -> None:
    bench = await in_place().open(FORMER)

    def shorten() -> None:
        bench.files.before_write = None
        bench.put("one\ntwo\n")

    bench.files.before_write = shorten
    bench.edit(FORMER + "five\n")
    assert await bench.bridge.save_now() == "success"
    assert bench.content() == bench.on_disk()
    assert "three" not in bench.on_disk()


@pytest.mark.spec("FILE-21")
@virtual
async def test_a_notebook_with_a_conflict_is_not_overwritten() -> None:
    bench = await in_place(NOTEBOOK).open(notebook("x = 1", "y = 2"))
    bench.edit(notebook("x = 10", "y = 2"))
    await crash_in(bench, "write", before=True)
    text = json.dumps(notebook("x = 10", "y = 2"), indent=1).replace(
        ' "x = 10"', '\n<<<<<<< HEAD\n "x = 10"\n=======\n'
    )
    bench.files.put(bench.path, text)
    await bench.open()
    await asyncio.sleep(20)
    assert bench.files.get(bench.path).decode() == text
    assert bench.screen.state == "unreadable"
    assert sources(bench.content()) == ["x = 10", "y = 2"]
    assert await bench.bridge.save_now() == "success"
    assert sources(bench.on_disk()) == ["x = 10", "y = 2"]


@pytest.mark.spec("FILE-20")
@virtual
async def test_a_file_that_is_gone_after_the_crash() -> None:
    bench = await in_place(TEXT).open(FORMER)
    bench.edit(EDITED)
    await crash_in(bench, "write", before=True)
    bench.files.remove(bench.path)
    await bench.open()
    assert bench.screen.state == "missing"
    bench.put("one\n")
    await asyncio.sleep(2)
    assert "two" not in bench.content()
    assert bench.on_disk() == bench.content()


@pytest.mark.parametrize("left", ["", "one\n", "live\none\n", FORMER[:-5]])
@pytest.mark.spec("FILE-6", "FILE-26")
@virtual
async def test_nothing_is_left_of_a_file_that_is_replaced_whole(left: str) -> None:
    bench = await Bench().open(FORMER)
    bench.edit("live\n" + FORMER)
    await crash_in(bench, "write", before=True)
    bench.files.put(bench.path, left)
    await bench.open()
    await asyncio.sleep(3)
    assert bench.content() == bench.on_disk()
    assert "four" not in bench.content()
    assert bench.content().startswith("live\n")
    assert [code for code, _ in bench.screen.notices] == ["file-merged"]


@pytest.mark.spec("FILE-13")
@virtual
async def test_nor_is_it_after_an_error() -> None:
    bench = await Bench().open(FORMER)
    cut(bench, b"one\ntwo\n")
    bench.edit("live\n" + FORMER)
    await asyncio.sleep(8)
    assert bench.content() == bench.on_disk() == "live\none\ntwo\n"
