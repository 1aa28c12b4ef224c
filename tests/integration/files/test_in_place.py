"""FILE-61: of which files a write that is cut short may leave a part, and that the answer is what saving does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from jupyter_tandem.adapters.server import atomic
from jupyter_tandem.adapters.server.contents_local import LocalContents
from jupyter_tandem.adapters.server.contents_remote import RemoteContents
from jupyter_tandem.types import DocumentKind

pytestmark = pytest.mark.spec("FILE-61")

TEXT = DocumentKind("text", "file")
Change = Callable[[pytest.MonkeyPatch, Path, LocalContents], None]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "a root"
    folder.mkdir()
    (folder / "a.txt").write_text("old")
    return folder


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def linked(_: pytest.MonkeyPatch, file: Path, place: LocalContents) -> None:
    del place
    os.link(file, file.with_name("b.txt"))


def folder_not_writable(patch: pytest.MonkeyPatch, file: Path, _: LocalContents) -> None:
    access = os.access
    patch.setattr(os, "access", lambda path, mode: Path(path) != file.parent and access(path, mode))


def owner_not_to_be_kept(patch: pytest.MonkeyPatch, _: Path, place: LocalContents) -> None:
    del place

    def refuse(*_: Any) -> None:
        raise PermissionError("squashed")

    patch.setattr(atomic, "_take_over", refuse)


def not_atomic(_: pytest.MonkeyPatch, file: Path, place: LocalContents) -> None:
    del file
    place._manager.use_atomic_writing = False


def mounted(patch: pytest.MonkeyPatch, file: Path, _: LocalContents) -> None:
    mounts = file.parent.parent / "mounts"
    name = str(file).replace(" ", "\\040")
    mounts.write_text(
        f"36 35 98:0 /mnt1 /other rw - ext3 /dev\n37 35 98:0 /x {name} rw - ext3 /dev\n"
    )
    patch.setattr(atomic, "MOUNTS", mounts)

    def busy(temporary: Path, target: Path) -> None:
        raise OSError(16, "Device or resource busy")

    patch.setattr(Path, "replace", busy)


CHANGES = [
    linked,
    folder_not_writable,
    owner_not_to_be_kept,
    not_atomic,
    pytest.param(mounted, marks=pytest.mark.skipif(sys.platform != "linux", reason="no mountinfo")),
]


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_said_to_be_written_in_place_is(
    root: Path, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    file = root / "a.txt"
    place = LocalContents(AsyncLargeFileManager(root_dir=str(root)))
    change(monkeypatch, file, place)
    before = names(root)
    assert await place.in_place("a.txt")
    inode = file.stat().st_ino
    await place.save("a.txt", TEXT, "new", await place.stamp("a.txt"))
    assert (file.read_text(), file.stat().st_ino) == ("new", inode)
    assert names(root) == before


@pytest.mark.parametrize("manager", [AsyncLargeFileManager, AsyncFileContentsManager])
async def test_what_is_said_to_be_replaced_is(root: Path, manager: type[Any]) -> None:
    file = root / "a.txt"
    place = LocalContents(manager(root_dir=str(root)))
    (root / "link.txt").symlink_to(file)
    former = file.stat()
    assert not await place.in_place("a.txt")
    assert not await place.in_place("link.txt")
    assert (file.read_text(), file.stat().st_ctime_ns) == ("old", former.st_ctime_ns)
    assert names(root) == ["a.txt", "link.txt"]
    await place.save("a.txt", TEXT, "new", await place.stamp("a.txt"))
    assert (file.read_text(), file.stat().st_ino != former.st_ino) == ("new", True)


class OwnSave(AsyncLargeFileManager):
    async def save(self, model: Any, path: str = "") -> Any:
        return await super().save(model, path)


class OwnWriting(AsyncLargeFileManager):
    def atomic_writing(self, *args: Any, **options: Any) -> Any:
        return super().atomic_writing(*args, **options)


@pytest.mark.parametrize("manager", [OwnSave, OwnWriting])
async def test_of_a_manager_with_a_way_of_its_own_nobody_knows(
    root: Path, manager: type[Any]
) -> None:
    assert await LocalContents(manager(root_dir=str(root))).in_place("a.txt")


async def test_nor_of_one_that_somebody_has_changed(root: Path) -> None:
    manager = AsyncLargeFileManager(root_dir=str(root))
    place = LocalContents(manager)
    assert not await place.in_place("a.txt")
    manager._save_file = manager._save_file
    assert await place.in_place("a.txt")


async def test_nor_of_one_that_keeps_files_elsewhere(root: Path) -> None:
    assert await RemoteContents(AsyncLargeFileManager(root_dir=str(root))).in_place("a.txt")


async def test_nor_of_a_file_that_cannot_be_looked_at(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = LocalContents(AsyncLargeFileManager(root_dir=str(root)))
    monkeypatch.setattr(atomic, "MOUNTS", root / "nothing")
    if sys.platform == "linux":
        assert await place.in_place("a.txt")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert await place.in_place("a.txt")
