"""The promises of :class:`~jupyter_tandem.ports.store.Journal` about entries."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_tandem.errors import SequenceConflict
from jupyter_tandem.ports.store import Entry, Head, Replay, Store
from jupyter_tandem.testing.store_contract.fixture import (
    LINEAGE,
    NOTEBOOK,
    SCRIPT,
    OpenStore,
    StoreFixture,
    edit,
    reopened,
)
from jupyter_tandem.types import DocumentId, LineageId


class JournalContract(StoreFixture):
    """Creating, appending, replaying."""

    async def test_absent_journal(self, store: Store) -> None:
        """What is not there is ``None``, not an empty journal."""
        assert await store.journal.head(SCRIPT) is None
        assert await store.journal.replay(SCRIPT) is None
        assert list(await store.journal.history(SCRIPT)) == []

    async def test_new_journal_is_empty(self, store: Store) -> None:
        """A journal begins at sequence 0."""
        head = Head(NOTEBOOK, LINEAGE, 0)
        assert await store.journal.head(NOTEBOOK) == head
        assert await store.journal.replay(NOTEBOOK) == Replay(head, None, [])

    @pytest.mark.spec("JOURNAL-1")
    async def test_entries_come_back_as_they_went_in(self, store: Store) -> None:
        """Every column is kept: author, time, cause, bytes, for all kinds of them."""
        entries = [
            edit(1, b"\x00" * 300, author="", cause="seed"),
            edit(2, bytes(range(256)), author="grüße-🎈", at=0.001),
            edit(3, b"\xff" * 70_000, cause="run", at=-62_135_596_800.0),
            edit(4, cause="a cause nobody has thought of"),
        ]
        await store.journal.append(entries[:1])
        await store.journal.append(entries[1:])
        replay = await store.journal.replay(NOTEBOOK)
        assert replay == Replay(Head(NOTEBOOK, LINEAGE, 4), None, entries)
        assert list(await store.journal.history(NOTEBOOK)) == entries

    @pytest.mark.spec("JOURNAL-3")
    async def test_reopened_store_has_everything(self, store: Store, open_store: OpenStore) -> None:
        """What was appended outlives the store object."""
        await store.journal.append([edit(1), edit(2)])
        again = await reopened(store, open_store)
        assert await store_entries(again) == [edit(1), edit(2)]
        await again.journal.append([edit(3)])
        assert await again.journal.head(NOTEBOOK) == Head(NOTEBOOK, LINEAGE, 3)
        await again.close()

    async def test_appending_nothing(self, store: Store) -> None:
        """An empty append is allowed."""
        await store.journal.append([])
        assert await store_entries(store) == []

    @pytest.mark.spec("JOURNAL-1")
    @pytest.mark.parametrize(
        "sequences", [(0,), (2,), (4,), (3, 3), (3, 5), (4, 3), (-1,)], ids=str
    )
    async def test_sequence_has_to_continue(self, store: Store, sequences: tuple[int, ...]) -> None:
        """Gaps, repetitions and steps back are refused and write nothing."""
        await store.journal.append([edit(1), edit(2)])
        with pytest.raises(SequenceConflict):
            await store.journal.append([edit(sequence) for sequence in sequences])
        assert await store_entries(store) == [edit(1), edit(2)]
        await store.journal.append([edit(3)])

    @pytest.mark.spec("JOURNAL-1")
    async def test_unknown_document_is_refused(self, store: Store) -> None:
        """An append does not create journals."""
        with pytest.raises(SequenceConflict):
            await store.journal.append([edit(1, document_id=SCRIPT)])
        assert await store.journal.head(SCRIPT) is None

    @pytest.mark.spec("JOURNAL-2")
    async def test_entries_of_many_documents_alternate(self, store: Store) -> None:
        """One append serves many documents; each keeps its own sequence."""
        await store.journal.create(SCRIPT, LINEAGE)
        mixed = [edit(1), edit(1, document_id=SCRIPT), edit(2), edit(2, document_id=SCRIPT)]
        await store.journal.append(mixed)
        assert await store_entries(store) == [edit(1), edit(2)]
        assert await store_entries(store, SCRIPT) == [mixed[1], mixed[3]]
        assert list(await store.journal.history(SCRIPT, after=-1)) == [mixed[1], mixed[3]]

    @pytest.mark.spec("JOURNAL-2")
    async def test_one_bad_entry_refuses_the_whole_append(self, store: Store) -> None:
        """All or none, over all documents of an append."""
        await store.journal.create(SCRIPT, LINEAGE)
        with pytest.raises(SequenceConflict):
            await store.journal.append([edit(1), edit(2), edit(2, document_id=SCRIPT)])
        assert await store_entries(store) == []
        assert await store_entries(store, SCRIPT) == []
        await store.journal.append([edit(1), edit(1, document_id=SCRIPT)])

    @pytest.mark.spec("JOURNAL-8")
    async def test_order_is_by_sequence_whatever_the_times(self, store: Store) -> None:
        """Times may step back or stand still."""
        times = [2_000_000_000.0, 5.0, 5.0, 1_999_999_999.999, -7.5]
        entries = [edit(sequence, at=at) for sequence, at in enumerate(times, 1)]
        await store.journal.append(entries)
        assert await store_entries(store) == entries
        assert list(await store.journal.history(NOTEBOOK)) == entries

    @pytest.mark.spec("JOURNAL-13")
    async def test_history_pages(self, store: Store) -> None:
        """``after`` and ``limit`` cut a window out of the entries."""
        await store.journal.append([edit(sequence) for sequence in range(1, 11)])
        page = await store.journal.history(NOTEBOOK, after=3, limit=4)
        assert [entry.sequence for entry in page] == [4, 5, 6, 7]
        assert list(await store.journal.history(NOTEBOOK, after=10)) == []
        assert list(await store.journal.history(NOTEBOOK, limit=0)) == []

    @pytest.mark.spec("JOURNAL-18")
    async def test_created_anew_it_is_another_journal(self, store: Store) -> None:
        """Nothing of the old lineage is left, and its sequence does not go on."""
        await store.journal.append([edit(1), edit(2)])
        other = LineageId("lineage-2")
        head = await store.journal.create(NOTEBOOK, other)
        assert head == Head(NOTEBOOK, other, 0)
        assert await store.journal.replay(NOTEBOOK) == Replay(head, None, [])
        assert list(await store.journal.history(NOTEBOOK)) == []
        with pytest.raises(SequenceConflict):
            await store.journal.append([edit(3)])
        await store.journal.append([edit(1, b"new")])
        assert await store_entries(store) == [edit(1, b"new")]

    @pytest.mark.spec("JOURNAL-2")
    async def test_fifty_documents_at_once(self, store: Store) -> None:
        """Writes, reads and snapshots of many documents under way together mix nothing up."""
        documents = [DocumentId(f"document-{number}") for number in range(50)]

        async def live(document_id: DocumentId) -> None:
            await store.journal.create(document_id, LINEAGE)
            for sequence in range(1, 21):
                await store.journal.append([edit(sequence, document_id=document_id)])
                assert await store.journal.head(document_id) == Head(document_id, LINEAGE, sequence)

        await asyncio.gather(*(live(document_id) for document_id in documents))
        for document_id in documents:
            assert await store_entries(store, document_id) == [
                edit(sequence, document_id=document_id) for sequence in range(1, 21)
            ]


async def store_entries(store: Store, document_id: DocumentId = NOTEBOOK) -> list[Entry]:
    """The tail of a replay."""
    replay = await store.journal.replay(document_id)
    assert replay is not None
    return list(replay.tail)
