"""The promises of :class:`~jupyter_tandem.ports.store.Journal` about snapshots and pruning."""

from __future__ import annotations

import pytest

from jupyter_tandem.errors import SequenceConflict
from jupyter_tandem.ports.store import Head, Replay, Snapshot, Store
from jupyter_tandem.testing.store_contract.fixture import (
    LINEAGE,
    NOTEBOOK,
    SCRIPT,
    OpenStore,
    StoreFixture,
    edit,
    reopened,
)
from jupyter_tandem.types import LineageId


class SnapshotContract(StoreFixture):
    """Snapshots stand beside the entries until somebody prunes."""

    @pytest.mark.spec("JOURNAL-12")
    async def test_replay_starts_at_the_newest_snapshot(
        self, store: Store, open_store: OpenStore
    ) -> None:
        """The snapshot first, then what came after it; still so when reopened."""
        await store.journal.append([edit(1), edit(2), edit(3)])
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(1, b"one"))
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(2, b"two"))
        expected = Replay(Head(NOTEBOOK, LINEAGE, 3), Snapshot(2, b"two"), [edit(3)])
        assert await store.journal.replay(NOTEBOOK) == expected
        again = await reopened(store, open_store)
        assert await again.journal.replay(NOTEBOOK) == expected
        await again.close()

    @pytest.mark.spec("JOURNAL-12")
    async def test_an_older_snapshot_does_not_win(self, store: Store) -> None:
        """Newest means highest sequence, not last written."""
        await store.journal.append([edit(1), edit(2)])
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(2, b"two"))
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(1, b"one"))
        replay = await store.journal.replay(NOTEBOOK)
        assert replay == Replay(Head(NOTEBOOK, LINEAGE, 2), Snapshot(2, b"two"), [])

    @pytest.mark.spec("JOURNAL-13")
    async def test_a_snapshot_deletes_nothing(self, store: Store) -> None:
        """Covered entries are still history."""
        await store.journal.append([edit(1), edit(2)])
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(2, b"two"))
        assert list(await store.journal.history(NOTEBOOK)) == [edit(1), edit(2)]

    @pytest.mark.spec("JOURNAL-12")
    @pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 5_000_001])
    async def test_states_of_all_sizes(self, store: Store, size: int) -> None:
        """Also the empty one, and those larger than a store writes at once."""
        state = (b"0123456789abcdef" * (size // 16 + 1))[:size]
        await store.journal.append([edit(1)])
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(1, state))
        replay = await store.journal.replay(NOTEBOOK)
        assert replay is not None
        assert replay.snapshot == Snapshot(1, state)

    @pytest.mark.spec("JOURNAL-12")
    async def test_the_same_sequence_again_replaces(self, store: Store) -> None:
        """Two snapshots at one sequence are one."""
        await store.journal.append([edit(1)])
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(1, b"first" * 1_000_000))
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(1, b"second"))
        replay = await store.journal.replay(NOTEBOOK)
        assert replay is not None
        assert replay.snapshot == Snapshot(1, b"second")

    @pytest.mark.spec("JOURNAL-14")
    async def test_a_snapshot_ahead_of_the_journal_is_refused(self, store: Store) -> None:
        """It would claim edits that nobody has made durable."""
        await store.journal.append([edit(1)])
        with pytest.raises(SequenceConflict):
            await store.journal.put_snapshot(NOTEBOOK, Snapshot(2, b"two"))
        with pytest.raises(SequenceConflict):
            await store.journal.put_snapshot(SCRIPT, Snapshot(0, b""))
        replay = await store.journal.replay(NOTEBOOK)
        assert replay == Replay(Head(NOTEBOOK, LINEAGE, 1), None, [edit(1)])

    @pytest.mark.spec("JOURNAL-16")
    async def test_prune_keeps_what_is_after(self, store: Store, open_store: OpenStore) -> None:
        """Entries up to ``through`` and older snapshots go; the journal goes on where it was."""
        await store.journal.append([edit(sequence) for sequence in range(1, 6)])
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(2, b"two"))
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(4, b"four"))
        await store.journal.prune(NOTEBOOK, through=3)
        assert list(await store.journal.history(NOTEBOOK)) == [edit(4), edit(5)]
        expected = Replay(Head(NOTEBOOK, LINEAGE, 5), Snapshot(4, b"four"), [edit(5)])
        assert await store.journal.replay(NOTEBOOK) == expected
        again = await reopened(store, open_store)
        assert await again.journal.replay(NOTEBOOK) == expected
        await again.close()

    @pytest.mark.spec("JOURNAL-16")
    async def test_head_outlives_its_entries(self, store: Store, open_store: OpenStore) -> None:
        """With every entry pruned the next one still continues the sequence."""
        await store.journal.append([edit(sequence) for sequence in range(1, 3_001)])
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(3_000, b"all"))
        await store.journal.prune(NOTEBOOK, through=3_000)
        again = await reopened(store, open_store)
        assert await again.journal.head(NOTEBOOK) == Head(NOTEBOOK, LINEAGE, 3_000)
        with pytest.raises(SequenceConflict):
            await again.journal.append([edit(1)])
        await again.journal.append([edit(3_001)])
        replay = await again.journal.replay(NOTEBOOK)
        assert replay is not None
        assert list(replay.tail) == [edit(3_001)]
        await again.close()

    @pytest.mark.spec("JOURNAL-16")
    async def test_uncovered_entries_are_not_pruned(self, store: Store) -> None:
        """Without a snapshot that covers them, entries are all there is."""
        await store.journal.append([edit(1), edit(2), edit(3)])
        with pytest.raises(SequenceConflict):
            await store.journal.prune(NOTEBOOK, through=1)
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(2, b"two"))
        with pytest.raises(SequenceConflict):
            await store.journal.prune(NOTEBOOK, through=3)
        with pytest.raises(SequenceConflict):
            await store.journal.prune(SCRIPT, through=0)
        assert list(await store.journal.history(NOTEBOOK)) == [edit(1), edit(2), edit(3)]

    @pytest.mark.spec("JOURNAL-18")
    async def test_created_anew_no_snapshot_is_left(self, store: Store) -> None:
        """A snapshot belongs to its lineage."""
        await store.journal.append([edit(1)])
        await store.journal.put_snapshot(NOTEBOOK, Snapshot(1, b"old" * 1_000_000))
        head = await store.journal.create(NOTEBOOK, LineageId("lineage-2"))
        assert await store.journal.replay(NOTEBOOK) == Replay(head, None, [])
        with pytest.raises(SequenceConflict):
            await store.journal.prune(NOTEBOOK, through=1)
