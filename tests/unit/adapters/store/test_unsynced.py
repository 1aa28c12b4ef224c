"""What waits for its commit outlives the process: whole, in order, once, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite import unsynced
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.adapters.store.sqlite.unsynced import PAGE_BYTES
from jupyter_tandem.adapters.store.sqlite.unsynced_page import Page, pages_left
from jupyter_tandem.errors import SequenceConflict
from jupyter_tandem.ports.store import Entry, Holder
from jupyter_tandem.types import DocumentId, LineageId

DOCUMENT = DocumentId("document")
OTHER = DocumentId("other")
SECRET = b"correct horse battery staple"
HOLDER = Holder("server", "", 1, "here")


def entry(sequence: int, update: bytes = b"", document_id: DocumentId = DOCUMENT) -> Entry:
    return Entry(
        document_id, sequence, "ada", sequence / 8, "edit", update or b"update %d" % sequence
    )


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextlib.asynccontextmanager
async def holder(directory: Path, clock: Clock | None = None) -> AsyncIterator[SqliteStore]:
    """A store that takes the lease from whoever had it, as from a killed server."""
    store = SqliteStore.open(directory, ttl_s=0.0, monotonic=clock or Clock())
    assert await store.lease.acquire(HOLDER) is None
    try:
        yield store
    finally:
        await store.close()


_unlink = Path.unlink


def unlink_no_page(path: Path, missing_ok: bool = False) -> None:
    """As on a system that deletes no file somebody has open."""
    if path in pages_left(path.parent):
        raise PermissionError(13, "in use", str(path))
    _unlink(path, missing_ok)


async def begun(store: SqliteStore, *names: DocumentId) -> None:
    for name in names:
        await store.journal.create(name, LineageId(name))
        await store.journal.append([entry(1, document_id=name)])


async def found(store: SqliteStore, document_id: DocumentId = DOCUMENT) -> list[Entry]:
    replay = await store.journal.replay(document_id)
    assert replay is not None
    return list(replay.tail)


@pytest.mark.spec("JOURNAL-40")
async def test_the_next_holder_finds_what_was_logged(tmp_path: Path) -> None:
    async with holder(tmp_path) as killed:
        await begun(killed, DOCUMENT, OTHER)
        assert killed.journal.log_unsynced([entry(2), entry(2, document_id=OTHER)])
        assert killed.journal.log_unsynced([entry(3)])
        async with holder(tmp_path) as heir:
            assert await found(heir) == [entry(1), entry(2), entry(3)]
            assert await found(heir, OTHER) == [entry(n, document_id=OTHER) for n in (1, 2)]
            await heir.journal.append([entry(4)])
        assert inspect(tmp_path).findings == []


@pytest.mark.spec("JOURNAL-40")
async def test_what_was_committed_too_is_not_there_twice(tmp_path: Path) -> None:
    async with holder(tmp_path) as killed:
        await begun(killed, DOCUMENT)
        for sequence in range(2, 6):
            assert killed.journal.log_unsynced([entry(sequence)])
        with mock.patch.object(unsynced.UnsyncedLog, "committed"):
            await killed.journal.append([entry(2), entry(3)])
        assert killed.journal.log_unsynced([entry(6)]), "on the other page"
        async with holder(tmp_path) as heir:
            assert await found(heir) == [entry(sequence) for sequence in range(1, 7)]


@pytest.mark.spec("JOURNAL-40", "JOURNAL-1")
async def test_a_gap_ends_what_is_put_back(tmp_path: Path) -> None:
    async with holder(tmp_path) as killed:
        await begun(killed, DOCUMENT, OTHER)
        assert killed.journal.log_unsynced([entry(2)])
        assert not killed.journal.log_unsynced([entry(3, bytes(PAGE_BYTES))])
        assert not killed.journal.log_unsynced([entry(4)]), "nobody could put it back"
        assert killed.journal.log_unsynced([entry(2, document_id=OTHER)])
        async with holder(tmp_path) as heir:
            assert await found(heir) == [entry(1), entry(2)]
            assert len(await found(heir, OTHER)) == 2


@pytest.mark.spec("JOURNAL-40", "JOURNAL-1")
async def test_it_goes_on_when_a_commit_has_closed_the_gap(tmp_path: Path) -> None:
    async with holder(tmp_path) as killed:
        await begun(killed, DOCUMENT)
        assert not killed.journal.log_unsynced([entry(2, bytes(PAGE_BYTES))])
        assert not killed.journal.log_unsynced([entry(3)])
        await killed.journal.append([entry(2), entry(3)])
        assert killed.journal.log_unsynced([entry(4)])
        assert not killed.journal.log_unsynced([entry(4)]), "that is another one"
        async with holder(tmp_path) as heir:
            assert len(await found(heir)) == 4


@pytest.mark.spec("JOURNAL-40", "JOURNAL-1")
async def test_who_begins_anew_keeps_what_others_saw_and_nothing_of_what_did_not_fit(
    tmp_path: Path,
) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT, OTHER)
        assert store.journal.log_unsynced([entry(2), entry(2, document_id=OTHER)])
        with pytest.raises(SequenceConflict):
            await store.journal.append([entry(2), entry(7, document_id=OTHER)])
        # The committer gave up; whoever makes rooms anew asks for the lease again.
        assert await store.lease.acquire(HOLDER) is None
        assert await found(store) == [entry(1), entry(2)]
        assert await found(store, OTHER) == [entry(n, document_id=OTHER) for n in (1, 2)]
        assert store.journal.log_unsynced([entry(3, b"another 3")])
        await store.journal.append([entry(3, b"another 3")])
        assert store.journal.log_unsynced([entry(4)])
        async with holder(tmp_path) as heir:
            assert await found(heir) == [entry(1), entry(2), entry(3, b"another 3"), entry(4)]
    assert inspect(tmp_path).findings == []


@pytest.mark.spec("JOURNAL-40")
async def test_pages_that_could_not_be_deleted_are_not_tried_again(tmp_path: Path) -> None:
    async with holder(tmp_path) as first:
        await begun(first, DOCUMENT)
        for sequence in (2, 3, 4):
            assert first.journal.log_unsynced([entry(sequence, b"first")])
        [page, _] = pages_left(tmp_path)
        whole = page.read_bytes()
        # All but the middle one, as on a disk that lost a block.
        third = len(whole) // 3
        page.write_bytes(whole[:third] + bytes(third) + whole[2 * third :])
        with mock.patch.object(Path, "unlink", unlink_no_page):
            async with holder(tmp_path) as second:
                assert len(await found(second)) == 2
                await second.journal.append([entry(3, b"second")])
        page.write_bytes(whole[2 * third :])
        async with holder(tmp_path) as third_holder:
            assert await found(third_holder) == [
                entry(1),
                entry(2, b"first"),
                entry(3, b"second"),
            ]


@pytest.mark.spec("JOURNAL-40")
async def test_who_cannot_delete_pages_gives_the_lease_back_all_the_same(tmp_path: Path) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT)
        assert store.journal.log_unsynced([entry(2)])
        await store.journal.append([entry(2)])
        with mock.patch.object(Path, "unlink", unlink_no_page):
            await store.lease.release()
        assert len(pages_left(tmp_path)) == 2
        async with holder(tmp_path) as heir:
            assert len(await found(heir)) == 2


@pytest.mark.spec("JOURNAL-40", "JOURNAL-18")
async def test_nothing_goes_into_another_history(tmp_path: Path) -> None:
    async with holder(tmp_path) as killed:
        await begun(killed, DOCUMENT)
        assert killed.journal.log_unsynced([entry(2)])
        await begun(killed, DOCUMENT)
        async with holder(tmp_path) as heir:
            assert await found(heir) == [entry(1)]


@pytest.mark.spec("JOURNAL-40")
async def test_a_journal_that_was_read_is_logged_from_its_first_edit_on(tmp_path: Path) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT)
    async with holder(tmp_path) as killed:
        assert not killed.journal.log_unsynced([entry(2)]), "nobody asked for it yet"
        await found(killed)
        assert killed.journal.log_unsynced([entry(2)])
        async with holder(tmp_path) as heir:
            assert len(await found(heir)) == 2


@pytest.mark.spec("JOURNAL-40", "JOURNAL-17")
async def test_pages_hold_nothing_that_is_committed(tmp_path: Path) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT)
        for sequence in range(2, 50):
            assert store.journal.log_unsynced([entry(sequence, SECRET * 40)])
            await store.journal.append([entry(sequence, SECRET * 40)])
        pages = pages_left(tmp_path)
        assert len(pages) == 2
        assert not any(page.read_bytes() for page in pages)
    assert pages_left(tmp_path) == {}


@pytest.mark.spec("JOURNAL-40", "JOURNAL-5")
async def test_a_commit_that_fails_clears_nothing(tmp_path: Path) -> None:
    async with holder(tmp_path) as killed:
        await begun(killed, DOCUMENT)
        assert killed.journal.log_unsynced([entry(2)])
        killed_lease = mock.patch.object(killed.lease._writer, "token", -1)
        with killed_lease, pytest.raises(Exception, match="Another server"):
            await killed.journal.append([entry(2)])
        assert killed.journal.log_unsynced([entry(3)])
        async with holder(tmp_path) as heir:
            assert await found(heir) == [entry(1), entry(2), entry(3)]


@pytest.mark.spec("JOURNAL-40")
async def test_who_closes_with_something_uncommitted_leaves_it_to_the_next(tmp_path: Path) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT)
        assert store.journal.log_unsynced([entry(2)])
    assert len(pages_left(tmp_path)) == 1
    async with holder(tmp_path) as heir:
        assert await found(heir) == [entry(1), entry(2)]
        assert len(pages_left(tmp_path)) == 2, "its own"


@pytest.mark.spec("JOURNAL-41")
async def test_a_disk_that_makes_people_wait_is_left_alone_for_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    written = Page.write

    def slow(page: Page, data: bytes) -> bool:
        clock.now += 0.5
        return written(page, data)

    async with holder(tmp_path, clock) as store:
        await begun(store, DOCUMENT)
        with mock.patch.object(Page, "write", slow):
            assert store.journal.log_unsynced([entry(2)]), "it is there, if late"
        assert store.journal.log_unsynced([entry(3)]), "somebody else was busy"
        with mock.patch.object(Page, "write", slow):
            for sequence in (4, 5, 6):
                assert store.journal.log_unsynced([entry(sequence)])
            assert not store.journal.log_unsynced([entry(7)])
        clock.now += 60
        assert store.journal.log_unsynced([entry(7)])


@pytest.mark.spec("JOURNAL-40", "JOURNAL-17")
async def test_what_others_append_meanwhile_leaves_nothing_behind(tmp_path: Path) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT)
        assert store.journal.log_unsynced([entry(2, SECRET)])
        await begun(store, OTHER)
        assert store.journal.log_unsynced([entry(3, SECRET)])
        await store.journal.append([entry(2, SECRET), entry(3, SECRET)])
        assert not any(page.read_bytes() for page in pages_left(tmp_path))


@pytest.mark.spec("JOURNAL-41")
async def test_a_log_that_cannot_be_begun_again_fails_no_append(tmp_path: Path) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT)
        assert store.journal.log_unsynced([entry(2)])
        with pytest.raises(SequenceConflict):
            await store.journal.append([entry(2), entry(7)])
        with mock.patch.object(unsynced, "sync_directory", side_effect=OSError(24, "too many")):
            assert await store.lease.acquire(HOLDER) is None
        assert not store.journal.log_unsynced([entry(3)])
        await store.journal.append([entry(3)])
        await store.journal.append([entry(4)])
        assert len(await found(store)) == 4


@pytest.mark.spec("JOURNAL-40")
async def test_what_was_read_before_another_server_wrote_is_not_gone_by(tmp_path: Path) -> None:
    async with holder(tmp_path) as first:
        await begun(first, DOCUMENT)
        await found(first)
        async with holder(tmp_path) as second:
            await second.journal.append([entry(2, b"second")])
        assert await first.lease.acquire(HOLDER) is None
        assert not first.journal.log_unsynced([entry(2, b"first")])
        await found(first)
        assert first.journal.log_unsynced([entry(3)])


@pytest.mark.spec("JOURNAL-41")
async def test_a_file_that_fails_to_close_keeps_nobody(tmp_path: Path) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT)
        page = store.journal._unsynced._current
        assert page is not None
        with mock.patch.object(page, "_file", mock.Mock(wraps=page._file)) as file:
            file.close = mock.Mock(side_effect=OSError(122, "Quota exceeded"))
            await store.lease.release()
        page.close()
        async with holder(tmp_path) as heir:
            assert len(await found(heir)) == 1


@pytest.mark.spec("JOURNAL-41")
async def test_who_loses_the_lease_meanwhile_fails_no_append(tmp_path: Path) -> None:
    async with holder(tmp_path) as store:
        await begun(store, DOCUMENT)
        assert store.journal.log_unsynced([entry(2)])
        log = store.journal._unsynced
        log.stop()
        await store.journal.append([entry(2)])
        assert not store.journal.log_unsynced([entry(3)])
        assert await found(store) == [entry(1), entry(2)]
        await store.lease.close()
        assert pages_left(tmp_path) == {}


@pytest.mark.spec("JOURNAL-41")
async def test_a_full_disk_refuses_nobody(tmp_path: Path) -> None:
    clock = Clock()
    async with holder(tmp_path, clock) as killed:
        await begun(killed, DOCUMENT)
        page = killed.journal._unsynced._current
        assert page is not None
        with mock.patch.object(page, "_file", mock.Mock(wraps=page._file)) as file:
            file.write = mock.Mock(side_effect=OSError(28, "No space left on device"))
            assert not killed.journal.log_unsynced([entry(2)])
            clock.now += 60
            file.write = lambda data: page._file._mock_wraps.write(data[:5])
            assert not killed.journal.log_unsynced([entry(2)])
        clock.now += 60
        assert killed.journal.log_unsynced([entry(2)])
        async with holder(tmp_path) as heir:
            assert await found(heir) == [entry(1), entry(2)]


@pytest.mark.spec("JOURNAL-40")
async def test_two_holders_at_once_do_not_share_pages(tmp_path: Path) -> None:
    async with holder(tmp_path) as frozen:
        await begun(frozen, DOCUMENT)
        async with holder(tmp_path) as heir:
            assert frozen.journal.log_unsynced([entry(2, b"too late")])
            await found(heir)
            assert heir.journal.log_unsynced([entry(2)])
            async with holder(tmp_path) as last:
                assert await found(last) == [entry(1), entry(2)]


@pytest.mark.fault
@pytest.mark.spec("JOURNAL-40", "JOURNAL-4")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_a_power_failure_leaves_of_the_pages(tmp_path: Path, data: st.DataObject) -> None:
    """Any block of them may be lost, or be what it was before."""
    directory = tmp_path / str(len(list(tmp_path.iterdir())))

    async def scene() -> None:
        async with holder(directory) as killed:
            await begun(killed, DOCUMENT)
            for sequence in range(2, 12):
                assert killed.journal.log_unsynced([entry(sequence)])
            for page in pages_left(directory):
                torn = bytearray(page.read_bytes())
                for _ in range(data.draw(st.integers(0, 3))):
                    start = data.draw(st.integers(0, max(len(torn) - 1, 0)))
                    junk = data.draw(st.binary(max_size=40) | st.just(bytes(40)))
                    torn[start : start + len(junk)] = junk
                page.write_bytes(torn[: data.draw(st.integers(0, len(torn)))])
            async with holder(directory) as heir:
                entries = await found(heir)
                assert entries == [entry(n) for n in range(1, len(entries) + 1)]
            assert inspect(directory).findings == []

    asyncio.run(scene())
