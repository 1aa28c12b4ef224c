"""What every implementation of the ``Files`` port has to keep.

.. code-block:: python

    class TestMyFiles(FilesContract):
        @pytest.fixture
        def place(self, tmp_path):
            return MyPlace(tmp_path)

A *place* gives the port and stands for other programs that work on the same files.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import pytest

from jupyter_tandem.errors import (
    FileChanged,
    FileMissing,
    FileReadOnly,
    FileUnreadable,
    NotFound,
)
from jupyter_tandem.ports.files import FileEvent, Files, Patch
from jupyter_tandem.types import DocumentKind, FileId

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")

NOTICED_S = 5.0
"""An event that takes longer counts as missing, whatever the poll period of the place under test."""


class FilesPlace(Protocol):
    """The port under test, and what other programs do to its files."""

    files: Files

    def put(self, path: str, data: bytes) -> None:
        """Write a file, and the folders above it."""

    def get(self, path: str) -> bytes:
        """Read a file."""

    def exists(self, path: str) -> bool:
        """Whether there is a file."""

    def remove(self, path: str) -> None:
        """Delete a file."""

    async def move(self, old: str, new: str) -> None:
        """Rename a file or folder in the way this place can follow."""

    def protect(self, path: str) -> None:
        """Make a file one that cannot be written."""


def notebook_of(source: str) -> dict[str, Any]:
    """A notebook with one cell."""
    cell: dict[str, Any] = {
        "id": "a",
        "cell_type": "code",
        "source": source,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


@asynccontextmanager
async def _listening(files: Files) -> AsyncIterator[AsyncIterator[FileEvent]]:
    events = files.watch()
    try:
        yield events
    finally:
        if isinstance(events, AsyncGenerator):
            await events.aclose()


class FilesContract:
    """Subclass it, give a ``place`` fixture, run pytest."""

    @pytest.fixture
    def place(self) -> FilesPlace:
        """The port under test with an empty root."""
        raise NotImplementedError

    async def _open(self, place: FilesPlace, path: str, data: bytes) -> FileId:
        place.put(path, data)
        return await place.files.identify(path)

    # -- identity ------------------------------------------------------------

    async def test_a_file_has_one_id(self, place: FilesPlace) -> None:
        """Asked twice it is the same, and another file's is another."""
        one = await self._open(place, "a.txt", b"one")
        assert await place.files.identify("a.txt") == one
        assert await self._open(place, "b.txt", b"one") != one
        assert await place.files.path(one) == "a.txt"

    async def test_a_file_that_is_not_there_has_no_id(self, place: FilesPlace) -> None:
        """So that nobody gets a document without a file."""
        with pytest.raises(FileMissing):
            await place.files.identify("nothing.txt")

    @pytest.mark.spec("FILE-30")
    @pytest.mark.parametrize("path", ["../secret.txt", "a/../../secret.txt", "a\0b", ".hidden.txt"])
    async def test_paths_that_lead_elsewhere_are_not_found(
        self, place: FilesPlace, path: str
    ) -> None:
        """Whether there is such a file is nobody's business."""
        place.put(".hidden.txt", b"hidden")
        with pytest.raises((NotFound, FileMissing)):
            await place.files.identify(path)

    # -- reading -------------------------------------------------------------

    async def test_text_is_read_as_it_is(self, place: FilesPlace) -> None:
        """With its stamp."""
        data = "grüße 🌍\r\nzwei\n".encode()
        file_id = await self._open(place, "folder/a.txt", data)
        found = await place.files.read(file_id, TEXT)
        assert found.content == data.decode()
        assert found.path == "folder/a.txt"
        assert found.stamp.writable
        assert found.file_hash in ("", hashlib.sha256(data).hexdigest())
        assert found.stamp.same_version(await place.files.stamp(file_id))

    async def test_a_notebook_is_read_as_a_dict(self, place: FilesPlace) -> None:
        """Whatever its formatting."""
        data = json.dumps(notebook_of("x = 1"), indent=4).encode()
        file_id = await self._open(place, "a.ipynb", data)
        found = await place.files.read(file_id, NOTEBOOK)
        assert [cell["source"] for cell in found.content["cells"]] == ["x = 1"]

    @pytest.mark.spec("FILE-21")
    @pytest.mark.parametrize("data", [b"", b'{"cells": [', b"\xff\xfe", b"[]"])
    async def test_what_is_no_notebook_is_unreadable(self, place: FilesPlace, data: bytes) -> None:
        """And stays as it is."""
        file_id = await self._open(place, "a.ipynb", data)
        if data != b"[]":
            with pytest.raises(FileUnreadable):
                await place.files.read(file_id, NOTEBOOK)
        assert place.get("a.ipynb") == data

    # -- writing -------------------------------------------------------------

    async def test_what_is_written_can_be_read(self, place: FilesPlace) -> None:
        """By others, and here, under the stamp that was returned."""
        file_id = await self._open(place, "a.txt", b"one\n")
        stamp = await place.files.stamp(file_id)
        written = await place.files.write(file_id, TEXT, "zwei 🌍\n", expected=stamp)
        assert place.get("a.txt") == "zwei 🌍\n".encode()
        assert written.same_version(await place.files.stamp(file_id))
        assert not written.same_version(stamp)

    async def test_a_notebook_that_is_written_can_be_read(self, place: FilesPlace) -> None:
        """With its cells."""
        file_id = await self._open(place, "a.ipynb", json.dumps(notebook_of("x = 1")).encode())
        stamp = await place.files.stamp(file_id)
        await place.files.write(file_id, NOTEBOOK, notebook_of("x = 2"), expected=stamp)
        assert json.loads(place.get("a.ipynb"))["cells"][0]["source"] in ("x = 2", ["x = 2"])
        found = await place.files.read(file_id, NOTEBOOK)
        assert found.content["cells"][0]["source"] == "x = 2"

    @pytest.mark.spec("FILE-12")
    async def test_another_version_is_not_overwritten(self, place: FilesPlace) -> None:
        """Not even when only one character is other."""
        file_id = await self._open(place, "a.txt", b"one\n")
        stamp = await place.files.stamp(file_id)
        place.put("a.txt", b"ONE\n")
        with pytest.raises(FileChanged):
            await place.files.write(file_id, TEXT, "two\n", expected=stamp)
        assert place.get("a.txt") == b"ONE\n"

    @pytest.mark.spec("FILE-42")
    async def test_a_patch_writes_what_the_whole_notebook_would_be_or_nothing(
        self, place: FilesPlace
    ) -> None:
        """Where it is refused, the file is as it was."""
        file_id = await self._open(place, "a.ipynb", b"{}")
        cells = [{**notebook_of("é\n" * 200_000)["cells"][0], "id": name} for name in "abc"]
        before = {**notebook_of(""), "cells": cells}
        stamp = await place.files.stamp(file_id)
        stamp = await place.files.write(file_id, NOTEBOOK, before, expected=stamp)
        held = place.get("a.ipynb")
        new = notebook_of("x = 1")["cells"][0]
        frame = {key: before[key] for key in before if key != "cells"}
        patch = Patch(3, [2, new, 1], frame)
        wrong = Patch(4, [2, new, 1], frame)
        assert await place.files.patch(file_id, NOTEBOOK, wrong, expected=stamp) is None
        assert place.get("a.ipynb") == held
        await place.files.write(file_id, NOTEBOOK, before, expected=stamp)
        stamp = await place.files.stamp(file_id)
        written = await place.files.patch(file_id, NOTEBOOK, patch, expected=stamp)
        if written is None:
            assert place.get("a.ipynb") == held
            return
        assert written.same_version(await place.files.stamp(file_id))
        patched = place.get("a.ipynb")
        whole = {**frame, "cells": [cells[2], new, cells[1]]}
        await place.files.write(file_id, NOTEBOOK, whole, expected=written)
        assert place.get("a.ipynb") == patched

    @pytest.mark.spec("FILE-42", "FILE-12")
    async def test_another_version_is_not_patched(self, place: FilesPlace) -> None:
        """Whatever it holds."""
        file_id = await self._open(place, "a.ipynb", b"{}")
        before = notebook_of("é\n" * 200_000)
        stamp = await place.files.stamp(file_id)
        stamp = await place.files.write(file_id, NOTEBOOK, before, expected=stamp)
        other = json.dumps(notebook_of("another program")).encode()
        place.put("a.ipynb", other)
        frame = {key: before[key] for key in before if key != "cells"}
        patch = Patch(1, [0, {**notebook_of("x")["cells"][0], "id": "b"}], frame)
        with contextlib.suppress(FileChanged):
            assert await place.files.patch(file_id, NOTEBOOK, patch, expected=stamp) is None
        assert place.get("a.ipynb") == other

    @pytest.mark.spec("FILE-20")
    async def test_a_deleted_file_is_not_made_again(self, place: FilesPlace) -> None:
        """Unless that is asked for."""
        file_id = await self._open(place, "a.txt", b"one\n")
        stamp = await place.files.stamp(file_id)
        place.remove("a.txt")
        with pytest.raises(FileMissing):
            await place.files.write(file_id, TEXT, "two\n", expected=stamp)
        assert not place.exists("a.txt")
        with pytest.raises(FileMissing):
            await place.files.stamp(file_id)
        assert await place.files.path(file_id) is None
        written = await place.files.write(file_id, TEXT, "two\n", expected=None)
        assert written.path == "a.txt"
        assert place.get("a.txt") == b"two\n"
        assert await place.files.identify("a.txt") == file_id

    @pytest.mark.spec("FILE-20")
    async def test_a_file_that_came_back_is_not_overwritten(self, place: FilesPlace) -> None:
        """It has to be looked at first."""
        file_id = await self._open(place, "a.txt", b"one\n")
        await place.files.stamp(file_id)
        with pytest.raises(FileChanged):
            await place.files.write(file_id, TEXT, "two\n", expected=None)
        assert place.get("a.txt") == b"one\n"

    @pytest.mark.spec("FILE-22")
    async def test_a_protected_file_is_not_written(self, place: FilesPlace) -> None:
        """And its stamp says so before anybody tries."""
        file_id = await self._open(place, "a.txt", b"one\n")
        await place.files.stamp(file_id)
        place.protect("a.txt")
        stamp = await place.files.stamp(file_id)
        assert not stamp.writable
        with pytest.raises(FileReadOnly):
            await place.files.write(file_id, TEXT, "two\n", expected=stamp)
        assert place.get("a.txt") == b"one\n"

    @pytest.mark.spec("FILE-61")
    async def test_who_asks_how_a_file_is_written_leaves_it_as_it_is(
        self, place: FilesPlace
    ) -> None:
        """Whatever the answer."""
        file_id = await self._open(place, "a.txt", b"one\n")
        stamp = await place.files.stamp(file_id)
        assert await place.files.in_place(file_id) in (True, False)
        assert place.get("a.txt") == b"one\n"
        assert stamp.same_version(await place.files.stamp(file_id))

    # -- following and noticing ------------------------------------------------

    @pytest.mark.spec("FILE-23")
    async def test_renames_and_moves_are_followed(self, place: FilesPlace) -> None:
        """Also of a folder above the file."""
        file_id = await self._open(place, "folder/a.txt", b"one\n")
        stamp = await place.files.stamp(file_id)
        await place.move("folder/a.txt", "folder/b.txt")
        assert (await place.files.stamp(file_id)).path == "folder/b.txt"
        await place.move("folder", "other")
        written = await place.files.write(file_id, TEXT, "two\n", expected=stamp)
        assert written.path == "other/b.txt"
        assert place.get("other/b.txt") == b"two\n"
        assert not place.exists("folder/a.txt")

    @pytest.mark.spec("FILE-15", "FILE-18")
    async def test_others_changes_are_noticed_and_own_writes_are_not(
        self, place: FilesPlace
    ) -> None:
        """The first event is for the file that somebody else wrote."""
        own = await self._open(place, "own.txt", b"one\n")
        other = await self._open(place, "other.txt", b"one\n")
        async with _listening(place.files) as events:
            heard = asyncio.ensure_future(anext(events))
            stamp = await place.files.stamp(own)
            await place.files.stamp(other)
            await place.files.write(own, TEXT, "two\n", expected=stamp)
            place.put("other.txt", b"two\n")
            event = await asyncio.wait_for(heard, NOTICED_S)
            while event.file_id == own:
                # A late look at our own write may be passed on, but shows nothing new.
                assert not (await place.files.stamp(own)).same_version(stamp)
                event = await asyncio.wait_for(anext(events), NOTICED_S)
            assert event.file_id == other

    @pytest.mark.spec("FILE-18")
    async def test_deletion_and_return_are_noticed(self, place: FilesPlace) -> None:
        """Each by itself."""
        file_id = await self._open(place, "a.txt", b"one\n")
        async with _listening(place.files) as events:
            await place.files.stamp(file_id)
            place.remove("a.txt")
            assert (await asyncio.wait_for(anext(events), NOTICED_S)).file_id == file_id
            with pytest.raises(FileMissing):
                await place.files.stamp(file_id)
            place.put("a.txt", b"two\n")
            assert (await asyncio.wait_for(anext(events), NOTICED_S)).file_id == file_id
            assert (await place.files.read(file_id, TEXT)).content == "two\n"

    async def test_a_forgotten_file_makes_no_events(self, place: FilesPlace) -> None:
        """Its room was evicted."""
        gone = await self._open(place, "gone.txt", b"one\n")
        kept = await self._open(place, "kept.txt", b"one\n")
        async with _listening(place.files) as events:
            await place.files.stamp(gone)
            await place.files.stamp(kept)
            place.files.forget(gone)
            place.put("kept.txt", b"two\n")
            assert (await asyncio.wait_for(anext(events), NOTICED_S)).file_id == kept
