"""The promises of :class:`~jupyter_tandem.ports.runs.RunStore`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_tandem.errors import LeaseLost, SequenceConflict
from jupyter_tandem.ports.store import Holder, Store
from jupyter_tandem.protocol.run import Run, RunState
from jupyter_tandem.testing.store_contract.fixture import (
    NOTEBOOK,
    SCRIPT,
    OpenStore,
    StoreFixture,
    edit,
    reopened,
)

_WAITS = Run(1, "key-1", "cell-1", "ana", "Zoë 🎉", "9f86", 1_790_000_000.125, timing=True)
_RUNS = replace(_WAITS, state=RunState.RUNNING, started_at=1_790_000_001.5, kernel="k", message="m")
_ENDED = replace(
    _RUNS, state=RunState.FAILED, ended_at=1_790_000_002.0, count=7, reason="NameError"
)
_CANCELLED = replace(
    _WAITS, state=RunState.CANCELLED, reason="Zoë cancelled it.", why=("cancelled-by", "Zoë")
)
_OTHER = Run(2, "", "cell-2", "bo", "Bo", "", 1_790_000_003.0)


class RunContract(StoreFixture):
    """Runs come back as they were written, in order, after every opening."""

    @pytest.mark.spec("RUN-6")
    async def test_nothing_is_kept_at_first(self, store: Store) -> None:
        """Of no document."""
        assert list(await store.runs.load(NOTEBOOK)) == []
        assert list(await store.runs.unfinished()) == []

    @pytest.mark.spec("RUN-6", "RUN-9")
    async def test_what_was_written_is_there_after_opening_again(
        self, store: Store, open_store: OpenStore
    ) -> None:
        """Each write takes the place of the one before."""
        await store.runs.write(NOTEBOOK, [_OTHER, _WAITS])
        await store.runs.write(NOTEBOOK, [_RUNS])
        again = await reopened(store, open_store)
        assert list(await again.runs.load(NOTEBOOK)) == [_RUNS, _OTHER]
        await again.runs.write(NOTEBOOK, [_ENDED])
        assert list(await again.runs.load(NOTEBOOK)) == [_ENDED, _OTHER]
        await again.close()

    @pytest.mark.spec("RUN-37")
    async def test_why_a_run_ended_is_there_after_opening_again(
        self, store: Store, open_store: OpenStore
    ) -> None:
        """As a code and its arguments, beside the sentence."""
        await store.runs.write(NOTEBOOK, [_CANCELLED])
        again = await reopened(store, open_store)
        assert list(await again.runs.load(NOTEBOOK)) == [_CANCELLED]
        await again.close()

    @pytest.mark.spec("RUN-16")
    async def test_unfinished_until_every_run_has_ended(self, store: Store) -> None:
        """By document."""
        await store.runs.write(NOTEBOOK, [_RUNS, _OTHER])
        await store.runs.write(SCRIPT, [_ENDED])
        assert list(await store.runs.unfinished()) == [NOTEBOOK]
        held = replace(_OTHER, state=RunState.HELD)
        await store.runs.write(NOTEBOOK, [_ENDED, held])
        assert list(await store.runs.unfinished()) == [NOTEBOOK]
        await store.runs.write(NOTEBOOK, [replace(held, state=RunState.CANCELLED)])
        assert list(await store.runs.unfinished()) == []

    @pytest.mark.spec("RUN-6")
    async def test_forgotten_runs_are_gone(self, store: Store) -> None:
        """Also those that never were there."""
        await store.runs.write(NOTEBOOK, [_ENDED])
        await store.runs.write(SCRIPT, [_ENDED])
        await store.runs.write(NOTEBOOK, [_OTHER], forgotten=[1, 99])
        assert list(await store.runs.load(NOTEBOOK)) == [_OTHER]
        assert list(await store.runs.load(SCRIPT)) == [_ENDED]

    @pytest.mark.spec("RUN-9")
    async def test_what_a_run_left_and_its_end_are_one_write(
        self, store: Store, open_store: OpenStore
    ) -> None:
        """Together with entries, alone, and not at all when the entries are refused."""
        await store.runs.write(NOTEBOOK, [_RUNS])
        with pytest.raises(SequenceConflict):
            await store.journal.append([edit(7)], [(NOTEBOOK, _ENDED)])
        assert list(await store.runs.load(NOTEBOOK)) == [_RUNS]
        await store.journal.append([edit(1)], [(NOTEBOOK, _ENDED)])
        await store.journal.append([], [(NOTEBOOK, _OTHER)])
        again = await reopened(store, open_store)
        assert list(await again.runs.load(NOTEBOOK)) == [_ENDED, _OTHER]
        assert list(await again.journal.history(NOTEBOOK)) == [edit(1)]
        await again.close()

    @pytest.mark.spec("RUN-9")
    async def test_a_server_that_lost_the_store_starts_nothing(self, open_store: OpenStore) -> None:
        """What it would start is not written."""
        now = [0.0]
        first, second = open_store(lambda: now[0]), open_store(lambda: now[0])
        await first.lease.acquire(Holder("one", "", 0, "elsewhere"))
        await second.lease.acquire(Holder("two", "", 0, "elsewhere"))
        now[0] = 100.0
        await second.lease.acquire(Holder("two", "", 0, "elsewhere"))
        with pytest.raises(LeaseLost):
            await first.runs.write(NOTEBOOK, [_RUNS])
        assert list(await second.runs.load(NOTEBOOK)) == []
        await first.close()
        await second.close()
