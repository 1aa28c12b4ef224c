"""What the bridge makes of a file after a crash, and edits of another lineage."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pycrdt import Map

from jupyter_tandem.errors import FileError, StoreUnavailable
from jupyter_tandem.ports.files import FileStamp
from jupyter_tandem.types import DocumentKind
from tests.unit.engine.bridge_bench import NOTEBOOK, TEXT, Bench, notebook, sources, virtual

OPERATIONS = ("intend", "write", "settle")


async def crash_in(bench: Bench, operation: str, *, before: bool) -> None:
    """Save, and end the process just before or just after one step of it."""
    crashed = asyncio.Event()
    target: Any = bench.files if operation == "write" else bench.store.bases
    carry_out = getattr(target, operation)

    async def dying(*args: Any, **options: Any) -> FileStamp | None:
        if not before:
            await carry_out(*args, **options)
        crashed.set()
        return await asyncio.Future()

    setattr(target, operation, dying)
    saving = asyncio.ensure_future(bench.bridge.save_now())
    await crashed.wait()
    setattr(target, operation, carry_out)
    saving.cancel()
    await bench.crash()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.spec("FILE-25")
@virtual
async def test_a_crash_at_any_step_of_a_save(operation: str, before: bool) -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    await crash_in(bench, operation, before=before)
    assert bench.on_disk() in ("one\n", "one\ntwo\n")
    await bench.open()
    await asyncio.sleep(3)
    assert bench.on_disk() == bench.content() == "one\ntwo\n"
    assert bench.screen.notices == []
    assert bench.screen.state == "in_file"
    assert await bench.store.bases.unsettled() == []


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.spec("FILE-25", "FILE-26")
@virtual
async def test_a_crash_at_any_step_and_an_edit_on_disk_while_down(
    operation: str, before: bool
) -> None:
    bench = await Bench().open("one\n\nmiddle\n\nlast\n")
    bench.edit("one\n\nmiddle\n\nlast\nours\n")
    await crash_in(bench, operation, before=before)
    bench.put("theirs\n" + bench.on_disk())
    await bench.open()
    await asyncio.sleep(3)
    assert bench.content() == "theirs\none\n\nmiddle\n\nlast\nours\n"
    assert bench.on_disk() == bench.content()


@pytest.mark.spec("FILE-26")
@virtual
async def test_a_file_changed_while_the_server_was_down_is_merged() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1", "y = 2"))
    bench.edit(notebook("x = 1", "y = 2", "ours = 3"))
    await bench.crash()
    bench.put(notebook("x = 10", "y = 2"))
    await bench.open()
    await asyncio.sleep(3)
    assert sources(bench.content()) == ["x = 10", "y = 2", "ours = 3"]
    assert bench.on_disk() == bench.content()


@pytest.mark.spec("FILE-26")
@virtual
async def test_without_a_base_both_are_kept() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    bench.edit(notebook("x = 1", "ours = 2"))
    await bench.crash()
    bench.put(notebook("x = 1", "theirs = 3", ids=("a", "q")))
    forget_base(bench)
    await bench.open()
    await asyncio.sleep(3)
    assert sorted(sources(bench.content())) == ["ours = 2", "theirs = 3", "x = 1"]
    assert bench.on_disk() == bench.content()


def forget_base(bench: Bench, cause: str = "merge") -> None:
    """No version is remembered, and the journal's first entry was made for this reason."""
    document = bench.disk.documents[bench.address.document_id]
    document.bases = type(document.bases)(None, None)
    document.entries[0] = document.entries[0]._replace(cause=cause)


async def killed_at_once(kind: DocumentKind, content: Any, edited: Any) -> Bench:
    """A document that was edited, and whose server was killed, before a version was remembered."""
    bench = await Bench(kind).open(content, settled=False)
    bench.edit(edited)
    await asyncio.sleep(0.2)
    await bench.crash()
    assert (await bench.store.bases.bases(bench.address.document_id)).common is None
    return bench


@pytest.mark.parametrize(
    ("kind", "content", "edited"),
    [
        (TEXT, "one\ntwo\nthree\n", "one\n2\n"),
        (NOTEBOOK, notebook("x = 1", "y = 2", "z = 3"), notebook("x = 10", "y = 2")),
    ],
)
@pytest.mark.spec("FILE-60")
@virtual
async def test_killed_before_a_version_was_remembered(
    kind: DocumentKind, content: Any, edited: Any
) -> None:
    bench = await killed_at_once(kind, content, edited)
    await bench.open()
    await asyncio.sleep(3)
    assert bench.content() == bench.on_disk() == edited
    assert bench.screen.notices == []
    assert await bench.store.bases.unsettled() == []


@pytest.mark.spec("FILE-60", "FILE-26")
@virtual
async def test_changed_on_disk_after_it_was_killed_at_once() -> None:
    content = notebook("x = 1", "y = 2", "z = 3")
    bench = await killed_at_once(NOTEBOOK, content, notebook("x = 10", "y = 2"))
    bench.put(notebook("x = 1", "y = 20", "z = 3"))
    await bench.open()
    await asyncio.sleep(3)
    assert sources(bench.content()) == ["x = 10", "y = 20"]
    assert bench.on_disk() == bench.content()


@pytest.mark.spec("FILE-60")
@virtual
async def test_a_first_version_that_could_not_be_remembered() -> None:
    bench = await Bench().open("one\ntwo\n", settled=False)
    bench.store.faults.fail("settle", error=StoreUnavailable("The disk is full."))
    bench.files.failure = FileError("disk full")
    bench.edit("two\n")
    await asyncio.sleep(4)
    bench.put("one\ntwo\nthree\n")
    await asyncio.sleep(1)
    assert bench.content() == "two\nthree\n"
    bench.files.failure = None
    await asyncio.sleep(40)
    assert bench.on_disk() == "two\nthree\n"


@pytest.mark.spec("FILE-60")
@virtual
async def test_the_history_of_another_server_is_no_common_version() -> None:
    bench = await Bench().open("one\nheld there\n")
    await bench.crash()
    bench.put("one\nheld here\n")
    forget_base(bench)
    await bench.open()
    await asyncio.sleep(3)
    assert sorted(bench.content().split()) == sorted(["one", "held", "there", "held", "here"])
    assert bench.on_disk() == bench.content()
    # As it would be with the same entry, had it been made of the file.
    await bench.crash()
    bench.put("one\nheld here\n")
    forget_base(bench, "seed")
    await bench.open()
    await asyncio.sleep(3)
    assert bench.on_disk() == bench.content() == "one\nheld here\n"


@pytest.mark.parametrize("step", ["settle", "append"])
@pytest.mark.spec("FILE-27")
@virtual
async def test_a_merge_that_was_interrupted_is_repeated(step: str) -> None:
    bench = await Bench().open("one\ntwo\nthree\n")
    bench.edit("one\nours\nthree\n")
    await bench.committer.drain()
    with bench.store.faults.held(step):
        bench.put("one\ntheirs\nthree\n")
        await asyncio.sleep(1)
        assert bench.content() == "one\nours\ntheirs\nthree\n"
        await bench.crash(journalled=False)
        journal = list(bench.disk.documents[bench.address.document_id].entries)
    # What was in flight never arrived.
    document = bench.disk.documents[bench.address.document_id]
    document.entries[:], document.last = journal, journal[-1].sequence
    await bench.open()
    await asyncio.sleep(3)
    assert bench.content() == "one\nours\ntheirs\nthree\n"
    assert bench.on_disk() == bench.content()


@virtual
async def test_a_missing_file_keeps_nobody_from_the_document() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    await bench.crash()
    bench.files.remove(bench.path)
    await bench.open()
    assert bench.screen.state == "missing"
    assert bench.content() == "one\ntwo\n"
    # The last path stays in the document: front ends would take an empty one for a rename.
    assert bench.room.document._crdt.get("state", type=Map)["path"] == bench.path
    assert await bench.bridge.save_now() == "success"
    assert bench.on_disk() == "one\ntwo\n"


@virtual
async def test_an_unknown_file_is_not_written_before_it_was_seen() -> None:
    bench = await Bench().open("one\n")
    bench.insert("two\n")
    await bench.crash()
    bench.files.reading_failure = FileError("the file cannot be read (timeout)")
    await bench.open()
    assert bench.screen.state == "failed"
    bench.insert("three\n")
    bench.files.put(bench.path, "zero\none\n")
    await asyncio.sleep(5)
    assert bench.files.get(bench.path) == b"zero\none\n"
    bench.files.reading_failure = None
    await asyncio.sleep(40)
    assert bench.on_disk() == bench.content() == "zero\none\ntwo\nthree\n"


@pytest.mark.spec("FILE-28")
@virtual
async def test_edits_of_another_lineage_are_merged_once() -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    bench.edit(notebook("x = 1", "here = 2"))
    body = {
        "base": notebook("x = 1"),
        "ours": notebook("x = 1", "there = 3", ids=("a", "q")),
        "lineage": "old",
    }
    answer = await bench.bridge.merge(body, "bob")
    assert (answer["status"], answer["conflicts"]) == ("merged", 0)
    assert bench.room.durable == bench.room.sequence
    entry = bench.disk.documents[bench.address.document_id].entries[-1]
    assert (entry.author, entry.cause) == ("bob", "merge")
    merged = bench.content()
    assert sorted(sources(merged)) == ["here = 2", "there = 3", "x = 1"]
    again = await bench.bridge.merge(body, "bob")
    assert "already" in again["message"]
    assert bench.content() == merged


@pytest.mark.spec("FILE-28")
@virtual
async def test_conflicts_of_another_lineage_are_counted_and_not_doubled() -> None:
    bench = await Bench().open("one\ntwo\nthree\n")
    bench.edit("one\nhere\nthree\n")
    body = {"base": "one\ntwo\nthree\n", "ours": "one\nthere\nthree\n", "lineage": "old"}
    answer = await bench.bridge.merge(body, "bob")
    assert (answer["status"], answer["conflicts"]) == ("merged", 1)
    assert bench.content() == "one\nhere\nthere\nthree\n"
    assert "already" in (await bench.bridge.merge(body, "bob"))["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"lineage": "old"},
        {"lineage": 3, "ours": notebook("x")},
        {"lineage": "old", "ours": "text"},
        {"lineage": "old", "ours": {"cells": 3}},
        {"lineage": "old", "ours": {"cells": [{"cell_type": 1}], "nbformat": 4}},
        {"lineage": "old", "base": [], "ours": notebook("x")},
        {"lineage": "old", "base": None, "ours": {**notebook("x"), "nbformat": 99}},
    ],
)
@pytest.mark.spec("FILE-29")
@virtual
async def test_nonsense_is_refused_with_a_sentence(body: dict[str, Any]) -> None:
    bench = await Bench(NOTEBOOK).open(notebook("x = 1"))
    before = bench.content()
    answer = await bench.bridge.merge(body, "bob")
    assert answer["status"] == "refused"
    assert answer["message"].endswith(".")
    assert bench.content() == before


@pytest.mark.spec("FILE-29")
@virtual
async def test_too_many_merges_at_once_are_refused() -> None:
    bench = await Bench().open("one\n")
    body = {"base": None, "ours": "two\n", "lineage": "old"}
    merges = [asyncio.ensure_future(bench.bridge.merge(body, "bob")) for _ in range(10)]
    answers = [await merge for merge in merges]
    assert [answer["status"] for answer in answers].count("refused") == 6


@virtual
async def test_a_base_that_cannot_be_remembered_is_tried_again() -> None:
    bench = await Bench().open("one\n")
    bench.store.faults.fail("settle", error=StoreUnavailable("The disk is full."))
    bench.insert("two\n")
    await asyncio.sleep(10)
    assert (await bench.base()).sequence == bench.room.sequence
    assert bench.files.writes == 1
