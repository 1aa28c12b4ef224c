"""Every implementation of the ``Files`` port keeps the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_tandem.adapters.server.contents import ContentsFiles
from jupyter_tandem.adapters.server.contents_remote import RemoteContents
from jupyter_tandem.testing.files_contract import FilesContract
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.integration.files.real_server import (
    AsyncManager,
    LocalFileIdManager,
    OutsidePlace,
    ServerPlace,
    SyncManager,
    serving,
)


class MemoryPlace:
    """A dict."""

    def __init__(self) -> None:
        self.files = MemoryFiles()
        self.put = self.files.put
        self.get = self.files.get
        self.exists = self.files.exists
        self.remove = self.files.remove
        self.protect = self.files.protect

    async def move(self, old: str, new: str) -> None:
        self.files.move(old, new)


class TestMemoryFiles(FilesContract):
    @pytest.fixture
    def place(self) -> MemoryPlace:
        return MemoryPlace()


class TestContentsOfAnAsyncManager(FilesContract):
    @pytest.fixture
    async def place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[ServerPlace]:
        async with serving(tmp_path, monkeypatch, manager=AsyncManager) as place:
            yield place


@pytest.mark.filterwarnings("ignore:The synchronous ContentsManager classes:DeprecationWarning")
class TestContentsOfASyncManager(FilesContract):
    @pytest.fixture
    async def place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[ServerPlace]:
        async with serving(tmp_path, monkeypatch, manager=SyncManager) as place:
            yield place


class TestContentsMovedByOtherPrograms(FilesContract):
    @pytest.fixture
    async def place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[ServerPlace]:
        async with serving(tmp_path, monkeypatch, place=OutsidePlace) as place:
            yield place


class TestContentsWithIdsByInode(FilesContract):
    @pytest.fixture
    async def place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[ServerPlace]:
        async with serving(
            tmp_path, monkeypatch, place=OutsidePlace, ids=LocalFileIdManager
        ) as place:
            yield place


class TestContentsThatAreNotLocal(FilesContract):
    """The contents manager is taken for one that knows nothing but the Contents API."""

    @pytest.fixture
    async def place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[ServerPlace]:
        async with serving(tmp_path, monkeypatch, poll_s=0.2) as place:
            await place.files.close()
            place.files = ContentsFiles(
                place.contents, place.ids, poll_s=0.2, place=RemoteContents(place.contents)
            )
            yield place
