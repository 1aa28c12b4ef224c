"""Chunks: whatever goes in comes out, and a keystroke takes two bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Text

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.chunk import FULL_BYTES, Chunk, unpack
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.ports.store import Entry, Snapshot
from jupyter_tandem.protocol.keystroke import Caret, write_keystroke
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")

keystrokes = st.builds(
    lambda client, clock, right, text: write_keystroke(Caret(client, clock, right), text.encode()),
    st.sampled_from([b"\x05", b"\x85\x01"]),
    st.integers(1, 5),
    st.sampled_from([b"", b"\x05\x06"]),
    st.sampled_from(["a", "é", "字", "🎈", "two", "\x00"]),
)
records = st.lists(
    st.tuples(st.integers(-(2**45), 2**45), st.integers(0, 3), st.one_of(keystrokes, st.binary())),
    min_size=1,
)


def typed(count: int) -> list[bytes]:
    """One-character updates of somebody who types without pause."""
    doc: Doc[Any] = Doc()
    text = doc.get("source", type=Text)
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    for at in range(count):
        text.insert(at, "lorem "[at % 6])
    doc.unobserve(subscription)
    return made


def entries(updates: list[bytes], *, first: int = 1, author: str = "ana") -> list[Entry]:
    return [
        Entry(DOCUMENT, sequence, author, 1_790_000_000 + sequence / 500, "edit", update)
        for sequence, update in enumerate(updates, first)
    ]


@given(records, st.data())
def test_what_goes_in_comes_out(given: list[tuple[int, int, bytes]], data: st.DataObject) -> None:
    chunk = Chunk.begin(1, 1, given[0][0])
    packed = b""
    for record in given:
        if data.draw(st.booleans()):
            packed += chunk.fresh
            chunk = chunk.continued()
        chunk.add(*record)
    packed += chunk.fresh
    assert list(unpack(packed, given[0][0])) == given
    assert (chunk.count, chunk.size_bytes) == (len(given), len(packed))


@pytest.mark.spec("JOURNAL-30")
async def test_a_journal_of_keystrokes_is_small(tmp_path: Path) -> None:
    count = 1_500
    written = entries(typed(count))
    store = SqliteStore.open(tmp_path, wall=lambda: 1_790_000_000.0)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.close()
    before = (tmp_path / FILE_NAME).stat().st_size
    store = SqliteStore.open(tmp_path)
    for entry in written:
        await store.journal.append([entry])
    replay = await store.journal.replay(DOCUMENT)
    assert replay is not None
    assert list(replay.tail) == written
    await store.close()
    grown = (tmp_path / FILE_NAME).stat().st_size - before
    assert grown / count <= 15, "two or three bytes each, and the rest of the last pages"


@pytest.mark.spec("JOURNAL-13", "JOURNAL-16")
@pytest.mark.parametrize("through", [1, 500, 1_999, 2_000])
async def test_a_prune_may_end_within_a_chunk(tmp_path: Path, through: int) -> None:
    written = entries(typed(2_000))
    store = SqliteStore.open(tmp_path)
    await store.journal.create(DOCUMENT, LineageId("lineage"))
    await store.journal.append(written)
    await store.journal.put_snapshot(DOCUMENT, Snapshot(2_000, b"state"))
    await store.journal.prune(DOCUMENT, through=through)
    more = entries([b"more", b"and more"], first=2_001, author="bo")
    for entry in more:
        await store.journal.append([entry])
    kept = [*written[through:], *more]
    assert list(await store.journal.history(DOCUMENT)) == kept
    assert (
        list(await store.journal.history(DOCUMENT, after=1_998, limit=3))
        == [entry for entry in kept if entry.sequence > 1_998][:3]
    )
    await store.close()
    assert inspect(tmp_path).findings == []
    assert inspect(tmp_path).entries == len(kept)


async def test_a_restart_and_a_large_update_begin_chunks(tmp_path: Path) -> None:
    written = entries([b"small", bytes(FULL_BYTES * 3), b"small again", b"and again"])
    for entry in written:
        store = SqliteStore.open(tmp_path)
        if entry.sequence == 1:
            await store.journal.create(DOCUMENT, LineageId("lineage"))
        await store.journal.append([entry])
        await store.close()
    store = SqliteStore.open(tmp_path)
    assert list(await store.journal.history(DOCUMENT)) == written
    await store.close()
    assert inspect(tmp_path).entries == len(written)
