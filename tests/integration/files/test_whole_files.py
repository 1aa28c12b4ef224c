"""A file is always whole: replaced by renaming, in the right place, with the right permissions."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from jupyter_tandem.adapters.server import atomic
from jupyter_tandem.adapters.server.atomic import (
    TEMPORARY_PREFIX,
    can_replace,
    put_back,
    replacing,
    sweep,
)
from jupyter_tandem.adapters.server.contents_local import LocalContents
from jupyter_tandem.errors import FileChanged, FileError, FileMissing
from jupyter_tandem.ports.files import FileStamp
from jupyter_tandem.types import DocumentKind
from tests.integration.files.killed_writer import CELLS, content_of

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
WRITER = Path(__file__).with_name("killed_writer.py")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def place(root: Path) -> LocalContents:
    return LocalContents(AsyncLargeFileManager(root_dir=str(root)))


async def save(place: LocalContents, path: str, text: str) -> FileStamp:
    return await place.save(path, TEXT, text, await place.stamp(path))


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def left_over(root: Path) -> list[str]:
    return [name for name in names(root) if name.startswith(TEMPORARY_PREFIX)]


def await_another(path: Path, inode: int) -> None:
    """Return when there is another file than the one with ``inode``."""
    while path.stat().st_ino == inode:
        time.sleep(0.001)


@pytest.mark.fault
@pytest.mark.spec("FILE-6", "FILE-8")
async def test_a_killed_writer_leaves_a_whole_notebook(root: Path) -> None:
    chance = random.Random(4)
    versions: set[str] = set()
    path = root / "a.ipynb"
    path.write_text(json.dumps(content_of(0)))
    writers = await asyncio.create_subprocess_exec(
        sys.executable, str(WRITER), str(root), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writers.stdin is not None
    assert writers.stdout is not None
    for _ in range(40):
        before = path.stat().st_ino
        writers.stdin.write(b"go\n")
        writer = int(await writers.stdout.readline())
        await asyncio.to_thread(await_another, path, before)
        await asyncio.sleep(chance.uniform(0.0, 0.2))
        os.kill(writer, signal.SIGKILL)
        cells = json.loads(path.read_text())["cells"]
        heads = {"".join(cell["source"]).split("\n")[0] for cell in cells}
        assert len(cells) == CELLS
        assert len(heads) == 1
        versions |= heads
    writers.stdin.close()
    await writers.wait()
    assert len(versions) == 40, "every writer had written when it was killed"
    await LocalContents(AsyncLargeFileManager(root_dir=str(root))).stamp("a.ipynb")
    assert left_over(root) == []


@pytest.mark.spec("FILE-6")
async def test_who_reads_during_a_write_finds_the_old_version(
    place: LocalContents, root: Path
) -> None:
    (root / "a.txt").write_text("old")
    with replacing(root / "a.txt", lambda target: None, text=True, encoding="utf-8") as opened:
        opened[0].write("new, half")
        opened[0].flush()
        assert (root / "a.txt").read_text() == "old"
    assert (root / "a.txt").read_text() == "new, half"


@pytest.mark.spec("FILE-12")
async def test_the_last_look_is_just_before_the_renaming(place: LocalContents, root: Path) -> None:
    (root / "a.txt").write_text("old")
    stamp = await place.stamp("a.txt")

    def interfere(model, path, **_):
        (root / "a.txt").write_text("theirs")

    place._manager.register_pre_save_hook(interfere)
    with pytest.raises(FileChanged):
        await place.save("a.txt", TEXT, "ours", stamp)
    assert (root / "a.txt").read_text() == "theirs"
    assert left_over(root) == []


@pytest.mark.spec("FILE-7")
async def test_permissions_and_owner_stay(place: LocalContents, root: Path) -> None:
    path = root / "a.sh"
    path.write_text("old")
    path.chmod(0o751)
    if os.geteuid() == 0:
        os.chown(path, 12345, 23456)
    before = path.stat()
    await save(place, "a.sh", "new")
    after = path.stat()
    assert path.read_text() == "new"
    assert stat.S_IMODE(after.st_mode) == 0o751
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


@pytest.mark.spec("FILE-7")
async def test_extended_attributes_stay(place: LocalContents, root: Path) -> None:
    path = root / "a.txt"
    path.write_text("old")
    try:
        os.setxattr(path, "user.origin", b"somewhere")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    await save(place, "a.txt", "new")
    assert os.getxattr(path, "user.origin") == b"somewhere"


@pytest.mark.spec("FILE-7")
async def test_a_symbolic_link_stays_a_link(place: LocalContents, root: Path) -> None:
    (root / "folder").mkdir()
    target = root / "folder" / "target.txt"
    target.write_text("old")
    (root / "link.txt").symlink_to("folder/target.txt")
    await save(place, "link.txt", "new")
    assert (root / "link.txt").is_symlink()
    assert target.read_text() == "new"


@pytest.mark.spec("FILE-7")
async def test_a_hard_link_stays_linked(place: LocalContents, root: Path) -> None:
    (root / "a.txt").write_text("old")
    os.link(root / "a.txt", root / "b.txt")
    written = await save(place, "a.txt", "new")
    assert (root / "b.txt").read_text() == "new"
    assert (root / "a.txt").samefile(root / "b.txt")
    assert written.same_version(await place.stamp("a.txt"))


@pytest.mark.spec("FILE-7")
async def test_a_mount_point_is_written_in_place(
    place: LocalContents, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "a.txt"
    path.write_text("old and longer")
    inode = path.stat().st_ino

    def busy(self: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", busy)
    written = await save(place, "a.txt", "new")
    assert path.read_text() == "new"
    assert path.stat().st_ino == inode
    assert left_over(root) == []
    assert written.file_hash == (await place.stamp("a.txt")).file_hash


@pytest.mark.spec("FILE-7")
def test_what_cannot_be_replaced(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "a.txt"
    path.write_text("old")
    assert can_replace(path)
    assert can_replace(root / "new.txt")
    assert not can_replace(Path("/dev/null"))
    monkeypatch.setattr(atomic.os, "geteuid", lambda: 54321)
    assert not can_replace(path)
    monkeypatch.setattr(atomic.os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError):
        can_replace(path)


@pytest.mark.spec("FILE-7")
async def test_where_no_file_can_be_made_beside_it_is_written_in_place(
    place: LocalContents, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.txt").write_text("old")

    def refuse(*args: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    stamp = await place.stamp("a.txt")
    monkeypatch.setattr(atomic.os, "fchmod", refuse)
    await place.save("a.txt", TEXT, "new", stamp)
    assert (root / "a.txt").read_text() == "new"
    assert left_over(root) == []


@pytest.mark.spec("FILE-8")
def test_only_what_nobody_writes_is_swept(root: Path) -> None:
    (root / f"{TEMPORARY_PREFIX}0123456789abcdef").write_text("left over")
    (root / ".~mine").write_text("somebody else's")
    (root / "a.txt").write_text("old")
    with replacing(root / "a.txt", lambda target: None, text=True, encoding="utf-8") as opened:
        assert sweep(root) == 1
        assert len(left_over(root)) == 1
        opened[0].write("new")
    assert (root / "a.txt").read_text() == "new"
    assert names(root) == [".~mine", "a.txt"]


@pytest.mark.spec("FILE-9")
async def test_hooks_run(place: LocalContents, root: Path) -> None:
    heard: list[str] = []

    def before(model, path, **_):
        model["content"] = model["content"].upper()
        heard.append(f"before {path}")

    def after(model, os_path, **_):
        heard.append(f"after {Path(os_path).read_text()}")

    place._manager.register_pre_save_hook(before)
    place._manager.register_post_save_hook(after)
    (root / "a.txt").write_text("old")
    await save(place, "a.txt", "new")
    assert heard == ["before a.txt", "after NEW"]


@pytest.mark.spec("FILE-9", "FILE-15")
async def test_what_a_hook_does_to_the_file_is_a_change_by_another_program(
    place: LocalContents, root: Path
) -> None:
    def format_it(model, os_path, **_):
        Path(os_path).write_text("formatted")

    place._manager.register_post_save_hook(format_it)
    (root / "a.txt").write_text("old")
    written = await save(place, "a.txt", "new")
    assert not written.same_version(await place.stamp("a.txt"))


async def test_other_saves_go_the_managers_own_way(place: LocalContents, root: Path) -> None:
    path = root / "a.txt"
    path.write_text("old")
    inode = path.stat().st_ino
    await place._manager.save({"type": "file", "format": "text", "content": "new"}, "a.txt")
    assert path.read_text() == "new"
    assert path.stat().st_ino == inode
    place.close()
    assert "atomic_writing" not in vars(place._manager)


@pytest.mark.spec("FILE-19")
async def test_a_full_disk_leaves_the_former_file(place: LocalContents, root: Path) -> None:
    (root / "a.txt").write_text("old")
    stamp = await place.stamp("a.txt")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(FileError, match="disk full"):
            await place.save("a.txt", TEXT, "new" * 100_000, stamp)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (root / "a.txt").read_text() == "old"
    assert left_over(root) == []
    await place.save("a.txt", TEXT, "new", stamp)
    assert (root / "a.txt").read_text() == "new"


@contextmanager
def a_small_disk() -> Iterator[None]:
    """Files of more than 100 kB cannot be written."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.spec("FILE-62")
async def test_a_full_disk_leaves_the_former_file_under_all_its_names(
    place: LocalContents, root: Path
) -> None:
    (root / "a.txt").write_text("old")
    os.link(root / "a.txt", root / "b.txt")
    stamp = await place.stamp("a.txt")
    with a_small_disk(), pytest.raises(FileError, match="disk full"):
        await place.save("a.txt", TEXT, "new" * 100_000, stamp)
    assert (root / "a.txt").read_text() == (root / "b.txt").read_text() == "old"
    assert stamp.same_version(await place.stamp("a.txt"))


@pytest.mark.parametrize("usual", [True, False])
@pytest.mark.spec("FILE-62")
async def test_where_the_manager_has_nothing_to_go_back_to(
    place: LocalContents, root: Path, monkeypatch: pytest.MonkeyPatch, usual: bool
) -> None:
    (root / "a.txt").write_text("old")
    stamp = await place.stamp("a.txt")
    access = os.access
    if usual:
        monkeypatch.setattr(
            os, "access", lambda path, mode: Path(path) != root and access(path, mode)
        )
    else:
        place._manager.use_atomic_writing = False
    with a_small_disk(), pytest.raises(FileError, match="disk full"):
        await place.save("a.txt", TEXT, "new" * 100_000, stamp)
    assert (root / "a.txt").read_text() == "old"
    await place.save("a.txt", TEXT, "new", stamp)
    assert (root / "a.txt").read_text() == "new"
    assert names(root) == ["a.txt"]


@pytest.mark.spec("FILE-62")
async def test_a_mount_point_on_a_full_disk(
    place: LocalContents, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "a.txt"
    path.write_text("old and longer")

    def full(_: IO[bytes], file: IO[bytes]) -> None:
        # A process that is killed here leaves the beginning of the new version alone.
        file.write(b"new")
        file.flush()
        assert path.read_text() == "new"
        raise OSError(errno.ENOSPC, "No space left on device")

    def busy(self: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    stamp = await place.stamp("a.txt")
    monkeypatch.setattr(Path, "replace", busy)
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(FileError, match="disk full"):
        await place.save("a.txt", TEXT, "new and", stamp)
    assert path.read_text() == "old and longer"
    assert left_over(root) == []


@pytest.mark.spec("FILE-62")
def test_what_cannot_be_put_back_does_not_hide_the_error(root: Path) -> None:
    for path in (root / "a.txt", root, Path("/dev/null")):
        with pytest.raises(ZeroDivisionError), put_back(path):
            raise ZeroDivisionError
    assert names(root) == []


@pytest.mark.spec("FILE-20")
async def test_a_file_is_not_made_again_in_a_folder_that_is_gone(
    place: LocalContents, root: Path
) -> None:
    with pytest.raises(FileMissing):
        await place.save("gone/a.txt", TEXT, "new", None)
    assert names(root) == []


async def test_a_notebook_is_written_as_nbformat_writes_it(
    place: LocalContents, root: Path
) -> None:
    (root / "a.ipynb").write_text(json.dumps(content_of(0)))
    stamp = await place.stamp("a.ipynb")
    await place.save("a.ipynb", NOTEBOOK, content_of(1), stamp)
    text = (root / "a.ipynb").read_text()
    assert text.startswith('{\n "cells": [\n')
    assert text.endswith("\n")
    assert json.loads(text)["cells"][0]["source"][0] == "version 1\n"


async def test_a_manager_that_writes_in_a_way_of_its_own_keeps_it(root: Path) -> None:
    written: list[str] = []

    class Careful(AsyncLargeFileManager):
        def atomic_writing(self, os_path, *args, **kwargs):
            written.append(os_path)
            return super().atomic_writing(os_path, *args, **kwargs)

    place = LocalContents(Careful(root_dir=str(root)))
    (root / "a.txt").write_text("old")
    inode = (root / "a.txt").stat().st_ino
    await save(place, "a.txt", "new")
    assert written == [str(root / "a.txt")]
    assert (root / "a.txt").stat().st_ino == inode


async def test_saving_an_untrusted_notebook_is_not_logged_every_time(
    place: LocalContents, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "a.ipynb").write_text(json.dumps(content_of(0)))
    stamp = await place.stamp("a.ipynb")
    code = {"id": "z", "cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1}
    output = {"output_type": "execute_result", "data": {"text/html": "<b>"}, "metadata": {}}
    outputs = [{**output, "execution_count": 1}]
    content = {**content_of(1), "cells": [{**code, "outputs": outputs}]}
    caplog.set_level("WARNING")
    place._manager.log.propagate = True
    await place.save("a.ipynb", NOTEBOOK, content, stamp)
    assert "not trusted" not in caplog.text
    await place._manager.save({"type": "notebook", "format": "json", "content": content}, "a.ipynb")
    assert "not trusted" in caplog.text
