"""The contents adapter's own ways: paths, polling, failures, ids that the service lost."""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path

import pytest
from tornado.web import HTTPError

from jupyter_tandem.adapters.server import contents as module
from jupyter_tandem.adapters.server import file_watch
from jupyter_tandem.adapters.server.contents_errors import reading_failed, writing_failed
from jupyter_tandem.adapters.server.contents_remote import RemoteContents
from jupyter_tandem.adapters.server.local_file import Signature, find_moved, look
from jupyter_tandem.errors import (
    FileChanged,
    FileError,
    FileMissing,
    FileReadOnly,
    FileUnreadable,
    NotFound,
)
from jupyter_tandem.types import DocumentKind
from tests.integration.files.real_server import serving

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
BLOB = DocumentKind("base64", "file")


@pytest.mark.spec("FILE-30")
async def test_hidden_files_only_where_they_are_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put(".secret/a.txt", b"hidden")
        with pytest.raises((NotFound, FileMissing)):
            await place.files.identify(".secret/a.txt")
        place.contents.allow_hidden = True
        assert await place.files.identify(".secret/a.txt")


@pytest.mark.spec("FILE-30")
async def test_an_absolute_path_is_one_below_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put("a.txt", b"one")
        outside = tmp_path / "outside.txt"
        outside.write_text("secret")
        for path in (str(outside), "root/../a.txt", "../outside.txt", "%2e%2e/outside.txt"):
            with pytest.raises((NotFound, FileMissing)):
                await place.files.identify(path)
        assert await place.files.identify("//./a.txt") == await place.files.identify("a.txt")


@pytest.mark.spec("FILE-30")
async def test_folders_and_the_root_are_no_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put("folder/a.txt", b"one")
        for path in ("folder", "", "/"):
            with pytest.raises((NotFound, FileMissing)):
                await place.files.identify(path)


@pytest.mark.spec("FILE-30")
async def test_what_the_contents_manager_refuses_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put("a.txt", b"one")

        async def refuse(path: str) -> bool:
            raise HTTPError(404, f"{path} is outside root contents directory")

        monkeypatch.setattr(place.contents, "file_exists", refuse)
        with pytest.raises(NotFound):
            await place.files.identify("a.txt")


async def test_binary_files_travel_as_base64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        data = bytes(range(256)) * 3
        place.put("a.bin", data)
        file_id = await place.files.identify("a.bin")
        found = await place.files.read(file_id, BLOB)
        assert base64.b64decode(found.content, validate=True) == data
        await place.files.write(file_id, BLOB, found.content[:8], expected=found.stamp)
        assert place.get("a.bin") == data[:6]
        place.put("a.bin", data)
        with pytest.raises(FileUnreadable):
            await place.files.read(file_id, TEXT)


@pytest.mark.spec("FILE-18")
async def test_without_events_of_the_file_system_the_poll_finds_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def exhausted(*paths: Path, **options: object) -> None:
        raise OSError(28, "No space left on device (inotify watches)")

    monkeypatch.setattr(file_watch, "awatch", exhausted)
    async with serving(tmp_path, monkeypatch, poll_s=0.2) as place:
        place.put("a.txt", b"one")
        file_id = await place.files.identify("a.txt")
        await place.files.stamp(file_id)
        events = place.files.watch()
        heard = asyncio.ensure_future(anext(events))
        # Of another length: a clock that counts in hundredths may give both the same time.
        place.put("a.txt", b"another")
        assert (await asyncio.wait_for(heard, 60)).file_id == file_id
        await events.aclose()
    assert "inotify" in caplog.text


@pytest.mark.spec("FILE-18")
async def test_a_folder_that_was_replaced_is_watched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch, poll_s=0.3) as place:
        place.put("folder/a.txt", b"one")
        file_id = await place.files.identify("folder/a.txt")
        await place.files.stamp(file_id)
        events = place.files.watch()
        heard = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.3)
        (place.root / "folder" / "a.txt").unlink()
        (place.root / "folder").rmdir()
        await asyncio.wait_for(heard, 60)
        for content in (b"two", b"three", b"four"):
            place.put("folder/a.txt", content)
            await asyncio.wait_for(anext(events), 60)
            assert (await place.files.read(file_id, TEXT)).content == content.decode()
        await events.aclose()


async def test_a_look_of_somebody_else_takes_no_event_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put("a.txt", b"one")
        file_id = await place.files.identify("a.txt")
        await place.files.stamp(file_id)
        events = place.files.watch()
        heard = asyncio.ensure_future(anext(events))
        # Of another length: a clock that counts in hundredths may give both the same time.
        place.put("a.txt", b"another")
        await place.files.read(file_id, TEXT)
        assert (await asyncio.wait_for(heard, 60)).file_id == file_id
        await events.aclose()


async def test_where_an_open_file_is_needs_nobody_to_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put("a.txt", b"one")
        file_id = await place.files.identify("a.txt")
        assert place.files.last_path(file_id) == "a.txt"
        await place.files.stamp(file_id)
        (place.root / "a.txt").rename(place.root / "b.txt")
        assert (await place.files.stamp(file_id)).path == "b.txt"

        def unasked(file_id: str) -> str:
            raise AssertionError(file_id)

        monkeypatch.setattr(place.ids, "get_path", unasked)
        assert place.files.last_path(file_id) == "b.txt"
        monkeypatch.undo()
        assert place.files.last_path(module.FileId("unknown")) is None


@pytest.mark.spec("FILE-12", "FILE-18")
async def test_what_others_write_while_a_file_is_saved_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put("a.txt", b"one")
        file_id = await place.files.identify("a.txt")
        stamp = await place.files.stamp(file_id)
        save = place.contents.save

        async def save_and_be_overtaken(model: dict[str, object], path: str) -> object:
            saved = await save(model, path)
            place.put("a.txt", b"of another program")
            # As long as the file system's events take.
            await place.files._look_at([file_id])
            return saved

        monkeypatch.setattr(place.contents, "save", save_and_be_overtaken)
        events = place.files.watch()
        heard = asyncio.ensure_future(anext(events))
        written = await place.files.write(file_id, TEXT, "two", expected=stamp)
        assert (await asyncio.wait_for(heard, 60)).file_id == file_id
        assert not (await place.files.stamp(file_id)).same_version(written)
        await events.aclose()


async def test_an_id_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        unknown = module.FileId("unknown")
        assert await place.files.path(unknown) is None
        with pytest.raises(FileMissing):
            await place.files.stamp(unknown)
        with pytest.raises(FileMissing):
            await place.files.write(unknown, TEXT, "x", expected=None)


async def test_a_remote_manager_that_is_away_is_no_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put("a.txt", b"one")
        remote = RemoteContents(place.contents)
        stamp = await remote.stamp("a.txt")

        async def away(*args: object, **options: object) -> None:
            raise HTTPError(503, reason="bucket unreachable")

        monkeypatch.setattr(place.contents, "get", away)
        with pytest.raises(FileError, match="bucket unreachable") as caught:
            await remote.save("a.txt", TEXT, "two", stamp)
        assert not isinstance(caught.value, FileMissing | FileChanged)
        assert place.get("a.txt") == b"one"


class ConnectionClosed(Exception):
    """What client libraries raise."""


@pytest.mark.spec("FILE-71", "FILE-19")
@pytest.mark.parametrize("answer", [ConnectionClosed("by the bucket"), None, {"size": 3}])
async def test_whatever_a_remote_manager_answers_is_a_failure_of_the_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answer: Exception | dict[str, int] | None,
) -> None:
    async with serving(tmp_path, monkeypatch) as place:
        place.put("a.txt", b"one")
        remote = RemoteContents(place.contents)
        stamp = await remote.stamp("a.txt")

        async def odd(*args: object, **options: object) -> object:
            if isinstance(answer, Exception):
                raise answer
            return answer

        asking = (
            lambda: remote.stamp("a.txt"),
            lambda: remote.read("a.txt", TEXT),
            lambda: remote.versions(["a.txt"]),
            lambda: remote.save("a.txt", TEXT, "two", stamp),
            lambda: remote.save("a.txt", TEXT, "two", None),
        )
        with monkeypatch.context() as patch:
            patch.setattr(place.contents, "get", odd)
            for ask in asking:
                with pytest.raises(FileError) as caught:
                    await ask()
                assert type(caught.value) is FileError
        assert place.get("a.txt") == b"one"
        if answer is None or isinstance(answer, Exception):
            with monkeypatch.context() as patch:
                patch.setattr(place.contents, "save", odd)
                with pytest.raises(FileError):
                    await remote.save("a.txt", TEXT, "two", stamp)
        told = [r.exc_info[0] for r in caplog.records if r.levelname == "ERROR" and r.exc_info]
        assert told
        assert len(told) == len(set(told)), "each kind once"
        assert (await remote.save("a.txt", TEXT, "two", stamp)).path == "a.txt"


@pytest.mark.spec("FILE-70")
async def test_a_remote_file_that_cannot_be_looked_at_hides_no_change_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch, poll_s=0.1) as served:
        files = module.ContentsFiles(
            served.contents, served.ids, poll_s=0.1, place=RemoteContents(served.contents)
        )
        served.put("a.txt", b"one")
        served.put("b.txt", b"one")
        a, b = await files.identify("a.txt"), await files.identify("b.txt")
        await files.stamp(a)
        await files.stamp(b)
        get = served.contents.get

        async def odd(path: str, **options: object) -> object:
            if path == "a.txt":
                raise ConnectionClosed
            return await get(path, **options)

        with monkeypatch.context() as patch:
            patch.setattr(served.contents, "get", odd)
            events = files.watch()
            heard = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0.3)
            served.put("b.txt", b"changed")
            assert (await asyncio.wait_for(heard, 60)).file_id == b
        served.put("a.txt", b"changed as well")
        assert (await asyncio.wait_for(anext(events), 60)).file_id == a
        await events.aclose()
        await files.close()


def test_a_deleted_files_inode_is_not_taken_for_it(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one")
    signature = look(file)
    assert signature is not None
    file.rename(tmp_path / "b.txt")
    assert find_moved(tmp_path, file, signature, hidden=False) == tmp_path / "b.txt"
    os.utime(tmp_path / "b.txt", ns=(1, 1))
    assert find_moved(tmp_path, file, signature, hidden=False) is None
    (tmp_path / "b.txt").rename(tmp_path / ".b.txt")
    changed = Signature.of((tmp_path / ".b.txt").stat())
    assert find_moved(tmp_path, file, changed, hidden=False) is None
    assert find_moved(tmp_path, file, changed, hidden=True) == tmp_path / ".b.txt"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(28, "No space left on device"), FileError),
        (OSError(122, "Disk quota exceeded"), FileError),
        (HTTPError(507), FileError),
        (HTTPError(500, "boom"), FileError),
        (PermissionError(13, "Permission denied"), FileReadOnly),
        (OSError(30, "Read-only file system"), FileReadOnly),
        (HTTPError(403), FileReadOnly),
        (FileNotFoundError(2, "No such file"), FileMissing),
    ],
)
@pytest.mark.spec("FILE-19")
def test_why_a_file_was_not_written(error: HTTPError | OSError, kind: type[FileError]) -> None:
    failure = writing_failed(error, "a.txt")
    assert type(failure) is kind
    assert str(failure)


def test_why_a_file_was_not_read() -> None:
    assert type(reading_failed(HTTPError(404), "a", TEXT)) is FileMissing
    assert type(reading_failed(HTTPError(400), "a", TEXT)) is FileUnreadable
    assert type(reading_failed(HTTPError(400), "a", None)) is FileError
    assert "UTF-8" in str(reading_failed(HTTPError(400), "a", TEXT))
    assert "notebook" in str(reading_failed(HTTPError(400), "a", NOTEBOOK))
    assert type(reading_failed(OSError(5, "Input/output error"), "a", TEXT)) is FileError
