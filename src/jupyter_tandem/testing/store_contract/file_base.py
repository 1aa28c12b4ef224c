"""The promises of :class:`~jupyter_tandem.ports.store.FileBaseStore`."""

from __future__ import annotations

import pytest

from jupyter_tandem.errors import SequenceConflict
from jupyter_tandem.ports.store import FileBase, FileBases, Store
from jupyter_tandem.testing.store_contract.fixture import (
    NOTEBOOK,
    SCRIPT,
    OpenStore,
    StoreFixture,
    edit,
    reopened,
)
from jupyter_tandem.types import LineageId

_OLD = FileBase("digest-1", b"content one", 1, "hash-1")
_BEGUN = FileBase("digest-2", b"content two" * 1_000, 2, "")
_WRITTEN = FileBase("digest-2", b"content two" * 1_000, 2, "hash-2")


class FileBaseContract(StoreFixture):
    """The common version, and the one whose write was begun."""

    @pytest.mark.spec("JOURNAL-19")
    async def test_nothing_is_remembered_at_first(self, store: Store) -> None:
        """Neither for a new document nor for an unknown one."""
        assert await store.bases.bases(NOTEBOOK) == FileBases(None, None)
        assert await store.bases.bases(SCRIPT) == FileBases(None, None)

    @pytest.mark.spec("JOURNAL-19")
    async def test_a_save_goes_from_intended_to_common(
        self, store: Store, open_store: OpenStore
    ) -> None:
        """Until it is settled both are known; then the written one alone."""
        await store.bases.settle(NOTEBOOK, _OLD)
        await store.bases.intend(NOTEBOOK, _BEGUN)
        assert await store.bases.bases(NOTEBOOK) == FileBases(_OLD, _BEGUN)
        again = await reopened(store, open_store)
        assert await again.bases.bases(NOTEBOOK) == FileBases(_OLD, _BEGUN)
        await again.bases.settle(NOTEBOOK, _WRITTEN)
        assert await again.bases.bases(NOTEBOOK) == FileBases(_WRITTEN, None)
        await again.close()

    @pytest.mark.spec("JOURNAL-19")
    async def test_another_intention_replaces_the_first(self, store: Store) -> None:
        """One write is under way at a time."""
        await store.bases.intend(NOTEBOOK, _OLD)
        await store.bases.intend(NOTEBOOK, _BEGUN)
        assert await store.bases.bases(NOTEBOOK) == FileBases(None, _BEGUN)

    @pytest.mark.spec("JOURNAL-19")
    async def test_documents_do_not_share_versions(self, store: Store) -> None:
        """Not even when their contents are equal."""
        await store.journal.create(SCRIPT, LineageId("lineage-2"))
        await store.bases.settle(NOTEBOOK, _OLD)
        await store.bases.settle(SCRIPT, _OLD)
        await store.bases.settle(NOTEBOOK, _WRITTEN)
        assert await store.bases.bases(SCRIPT) == FileBases(_OLD, None)

    @pytest.mark.spec("JOURNAL-19")
    async def test_empty_content_and_hash(self, store: Store) -> None:
        """An empty file has a version as well."""
        empty = FileBase("", b"", 0, "")
        await store.bases.settle(NOTEBOOK, empty)
        assert await store.bases.bases(NOTEBOOK) == FileBases(empty, None)

    @pytest.mark.spec("JOURNAL-19")
    async def test_a_version_needs_a_journal(self, store: Store) -> None:
        """There is nothing it could be the version of."""
        with pytest.raises(SequenceConflict):
            await store.bases.intend(SCRIPT, _OLD)
        with pytest.raises(SequenceConflict):
            await store.bases.settle(SCRIPT, _OLD)

    @pytest.mark.spec("JOURNAL-18")
    async def test_created_anew_no_version_is_left(self, store: Store) -> None:
        """A version belongs to the journal it was written from."""
        await store.bases.settle(NOTEBOOK, _OLD)
        await store.bases.intend(NOTEBOOK, _BEGUN)
        await store.journal.create(NOTEBOOK, LineageId("lineage-2"))
        assert await store.bases.bases(NOTEBOOK) == FileBases(None, None)

    @pytest.mark.spec("JOURNAL-29")
    async def test_unsettled_until_the_file_has_everything(self, store: Store) -> None:
        """Ahead of its file, or in the middle of a write; a new journal is neither."""
        assert list(await store.bases.unsettled()) == []
        await store.journal.append([edit(1), edit(2)])
        assert list(await store.bases.unsettled()) == [NOTEBOOK]
        await store.bases.settle(NOTEBOOK, _OLD)
        assert list(await store.bases.unsettled()) == [NOTEBOOK]
        await store.bases.settle(NOTEBOOK, _WRITTEN)
        assert list(await store.bases.unsettled()) == []
        await store.bases.intend(NOTEBOOK, _BEGUN)
        assert list(await store.bases.unsettled()) == [NOTEBOOK]
