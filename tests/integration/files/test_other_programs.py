"""What people's other programs do to an open file, on a real server with real files."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_server.utils import ensure_async
from jupyter_server_fileid.manager import LocalFileIdManager

from jupyter_tandem.core.document import Document
from tests.integration.files.desk import NOTEBOOK, QUIET_S, Desk, at_desk


def notebook_text(*sources: str, indent: int = 1) -> str:
    cells = [
        {
            "id": f"c{number}",
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps(content, indent=indent)


def sources(content: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in content["cells"]]


def with_source(content: dict[str, Any], number: int, source: str) -> dict[str, Any]:
    cells = [dict(cell) for cell in content["cells"]]
    cells[number]["source"] = source
    return {**content, "cells": cells}


def git(folder: Path, *words: str) -> None:
    options = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", *options, *words], cwd=folder, check=True, capture_output=True)


def vim_write(path: Path, content: str) -> None:
    """As vim does with ``backupcopy=no``: move aside, write anew, drop the backup."""
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    path.write_text(content)
    backup.unlink()


@pytest.mark.spec("FILE-13", "FILE-18", "FILE-23")
async def test_vim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\ntwo\n") as desk:
        for number in range(3):
            vim_write(desk.file, f"{number}\n" + desk.on_disk())
            await desk.holds(lambda text, line=f"{number}\n": text.startswith(line))
            desk.edit(desk.content() + f"live {number}\n")
            await desk.holds(lambda text, line=f"live {number}\n": text.endswith(line))
            assert desk.on_disk() == desk.content()
        assert desk.content() == "2\n1\n0\none\ntwo\nlive 0\nlive 1\nlive 2\n"
        assert {"missing", "unreadable", "failed"}.isdisjoint(desk.screen.states)
        assert desk.screen.file["path"] == "a.txt"


@pytest.mark.spec("FILE-13", "FILE-18")
async def test_vim_with_ids_that_go_by_inode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\n", ids=LocalFileIdManager) as desk:
        vim_write(desk.file, "zero\none\n")
        await desk.holds(lambda text: text == "zero\none\n")
        desk.edit("zero\none\ntwo\n")
        await desk.holds(lambda text: desk.on_disk() == "zero\none\ntwo\n")
        assert desk.place.ids.get_path(desk.address.file_id) == "a.txt"
        assert desk.place.ids.get_id("a.txt") == desk.address.file_id


@pytest.mark.spec("FILE-12", "FILE-13")
async def test_git_checkout_in_the_second_of_an_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        notebook_text("x = 1", "y = 2", "z = 3"),
        notebook_text("x = 10", "y = 2", "z = 3"),
    )
    async with at_desk(tmp_path, monkeypatch, first, kind=NOTEBOOK, path="a.ipynb") as desk:
        git(desk.place.root, "init", "-q", "-b", "main")
        git(desk.place.root, "add", "a.ipynb")
        git(desk.place.root, "commit", "-q", "-m", "first")
        git(desk.place.root, "checkout", "-q", "-b", "other")
        desk.file.write_text(second)
        git(desk.place.root, "commit", "-q", "-a", "-m", "second")
        await desk.holds(lambda content: sources(content)[0] == "x = 10")
        # Nothing is saved in between: the loop stands still while git works.
        desk.edit(with_source(desk.content(), 2, "z = 30"))
        git(desk.place.root, "checkout", "-q", "main")
        await desk.holds(lambda content: sources(content) == ["x = 1", "y = 2", "z = 30"])
        await desk.holds(lambda content: sources(desk.on_disk()) == ["x = 1", "y = 2", "z = 30"])


@pytest.mark.spec("FILE-14")
async def test_another_pretty_printer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = notebook_text("x = 1\nprint(x)", "y = 2")
    async with at_desk(tmp_path, monkeypatch, text, kind=NOTEBOOK, path="a.ipynb") as desk:
        last = desk.live.content_sequence
        for indent in (4, 2):
            formatted = notebook_text("x = 1\nprint(x)", "y = 2", indent=indent)
            desk.file.write_text(formatted)
            await looked(desk)
            assert desk.file.read_text() == formatted
        nbformat.write(nbformat.read(desk.file, 4), desk.file)
        await looked(desk)
        assert desk.live.content_sequence == last
        assert desk.screen.notices == []


async def looked(desk: Desk) -> None:
    """Return when the bridge knows the present version of the file."""
    file_hash = hashlib.sha256(desk.file.read_bytes()).hexdigest()
    await desk.screen.until(lambda: desk.bridge._facts.stamp.file_hash == file_hash)


@pytest.mark.spec("FILE-21")
async def test_broken_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = notebook_text("x = 1")
    async with at_desk(tmp_path, monkeypatch, text, kind=NOTEBOOK, path="a.ipynb") as desk:
        broken = text[: len(text) // 2]
        desk.file.write_text(broken)
        await desk.shows("unreadable")
        assert str(tmp_path) not in desk.screen.file["reason"]
        desk.edit(with_source(desk.content(), 0, "x = 2"))
        await asyncio.sleep(2 * QUIET_S)
        assert desk.file.read_text() == broken
        assert await desk.bridge.save_now() == "success"
        assert sources(desk.on_disk()) == ["x = 2"]
        await desk.shows("in_file")


@pytest.mark.spec("FILE-23")
async def test_a_rename_through_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\n", path="folder/a.txt") as desk:
        await ensure_async(desk.place.contents.rename("folder", "elsewhere"))
        await desk.screen.until(lambda: desk.screen.file["path"] == "elsewhere/a.txt")
        desk.edit("one\ntwo\n")
        await desk.holds(lambda text: desk.on_disk("elsewhere/a.txt") == "one\ntwo\n")
        assert not (desk.place.root / "folder").exists()
        assert desk.screen.notices == []


@pytest.mark.spec("FILE-18", "FILE-23")
@pytest.mark.parametrize("old", ["folder/sub/a.txt", "folder/sub", "folder"])
async def test_a_rename_outside_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str
) -> None:
    path = "folder/sub/a.txt"
    async with at_desk(tmp_path, monkeypatch, "one\n", path=path) as desk:
        new = old.replace(old.rsplit("/", 1)[-1], "moved.txt")
        shutil.move(desk.place.root / old, desk.place.root / new)
        if old == "folder":
            # Nobody watches the root's other folders: the next write finds out.
            desk.edit("one\ntwo\n")
        await desk.screen.until(lambda: desk.screen.file["path"] == path.replace(old, new))
        desk.edit("one\ntwo\nthree\n")
        await desk.holds(lambda text: desk.on_disk(path.replace(old, new)) == "one\ntwo\nthree\n")
        assert not (desk.place.root / old).exists()
        assert "missing" not in desk.screen.states


@pytest.mark.spec("FILE-18", "FILE-20")
async def test_deleted_and_saved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\n") as desk:
        desk.file.unlink()
        await desk.shows("missing")
        desk.edit("one\ntwo\n")
        await asyncio.sleep(2 * QUIET_S)
        assert not desk.file.exists()
        assert await desk.bridge.save_now() == "success"
        assert desk.on_disk() == "one\ntwo\n"
        await desk.shows("in_file")


@pytest.mark.spec("FILE-20")
async def test_deleted_through_the_server_and_saved_again_keeps_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\n", delete_to_trash=False) as desk:
        await ensure_async(desk.place.contents.delete("a.txt"))
        await desk.shows("missing")
        assert await desk.bridge.save_now() == "success"
        assert desk.on_disk() == "one\n"
        assert desk.place.ids.get_id("a.txt") == desk.address.file_id
        assert await desk.place.files.identify("a.txt") == desk.address.file_id


@pytest.mark.spec("FILE-20")
async def test_deleted_and_restored_by_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\n") as desk:
        git(desk.place.root, "init", "-q")
        git(desk.place.root, "add", "a.txt")
        git(desk.place.root, "commit", "-q", "-m", "first")
        desk.file.unlink()
        await desk.shows("missing")
        desk.edit("one\ntwo\n")
        git(desk.place.root, "checkout", "-q", "--", "a.txt")
        await desk.holds(lambda text: desk.on_disk() == "one\ntwo\n")


@pytest.mark.spec("FILE-18", "FILE-22")
async def test_a_file_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\n") as desk:
        desk.place.protect("a.txt")
        desk.file.chmod(0o444)
        await desk.shows("read_only")
        desk.edit("one\ntwo\n")
        assert await desk.bridge.save_now() == "failed"
        assert desk.on_disk() == "one\n"
        desk.place.contents.protected = frozenset()
        desk.file.chmod(0o644)
        await desk.holds(lambda text: desk.on_disk() == "one\ntwo\n")


@pytest.mark.spec("FILE-15")
async def test_a_save_through_the_server_by_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\n") as desk:
        model = {"type": "file", "format": "text", "content": "zero\none\n"}
        await ensure_async(desk.place.contents.save(model, "a.txt"))
        await desk.holds(lambda text: text == "zero\none\n")
        assert desk.screen.notices == ["file-merged"]
        for number in range(3):
            desk.edit(desk.content() + f"{number}\n")
            assert await desk.bridge.save_now() == "success"
        await asyncio.sleep(2 * QUIET_S)
        assert desk.screen.notices == ["file-merged"]


@pytest.mark.spec("FILE-11")
async def test_two_people_and_a_formatter_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = notebook_text(*(f"x{number} = 0" for number in range(20)))
    async with at_desk(tmp_path, monkeypatch, text, kind=NOTEBOOK, path="a.ipynb") as desk:
        for number in range(20):
            desk.edit(with_line(desk.content(), number, f"live {number}"))
            if number % 5 == 0:
                put_line(desk, 19 - number, f"disk {number}")
            await asyncio.sleep(0.1)
        await desk.holds(lambda content: desk.on_disk() == plain(content))
        found = sources(desk.content())
        assert len(found) == 20
        assert all(f"live {number}" in found[number] for number in range(20))
        assert all(f"disk {number}" in found[19 - number] for number in (0, 5, 10, 15))


def put_line(desk: Desk, number: int, line: str) -> None:
    """As a careful program does it, which looks whether the file is still what it has read."""
    temporary = desk.file.with_name("temporary")
    while True:
        read = desk.file.stat()
        temporary.write_text(json.dumps(with_line(desk.on_disk(), number, line)))
        if desk.file.stat().st_ino == read.st_ino:
            temporary.replace(desk.file)
            return


def with_line(content: dict[str, Any], number: int, line: str) -> dict[str, Any]:
    return with_source(content, number, "\n".join([sources(content)[number], line]))


@pytest.mark.spec("FILE-11")
async def test_content_is_worked_on_in_threads_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = notebook_text("x = 1")
    async with at_desk(tmp_path, monkeypatch, text, kind=NOTEBOOK, path="a.ipynb") as desk:
        threads: list[str] = []
        for name in ("content", "update_to", "load"):
            method = getattr(Document, name)

            def noted(self: Document, *args: Any, method: Any = method) -> Any:
                threads.append(threading.current_thread().name)
                return method(self, *args)

            monkeypatch.setattr(Document, name, noted)
        edited = with_source(json.loads(text), 0, "x = 2")
        body = {"base": json.loads(text), "ours": edited, "lineage": "another"}
        assert (await desk.bridge.merge(body, "bob"))["status"] == "merged"
        assert await desk.bridge.save_now() == "success"
        desk.file.write_text(notebook_text("x = 2", "y = 3"))
        await desk.screen.until(lambda: "file-merged" in desk.screen.notices)
        assert len(threads) >= 6
        assert all(name.startswith("tandem-worker") for name in threads)


@pytest.mark.spec("FILE-20")
async def test_deleted_through_the_server_and_saved_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_desk(tmp_path, monkeypatch, "one\n", delete_to_trash=False) as desk:
        desk.edit("one\ntwo\n")
        await desk.holds(lambda text: desk.on_disk() == "one\ntwo\n")
        await ensure_async(desk.place.contents.delete("a.txt"))
        await desk.shows("missing")
        await desk.rooms.close()
        await desk.store.close()
        await desk.reopen(tmp_path / "store")
        await desk.shows("missing")
        assert desk.content() == "one\ntwo\n"
        assert await desk.bridge.save_now() == "success"
        assert desk.on_disk() == "one\ntwo\n"


def plain(content: dict[str, Any]) -> dict[str, Any]:
    """As nbformat writes it: sources as lists of lines."""
    cells = [
        {**cell, "source": cell["source"].splitlines(keepends=True)} for cell in content["cells"]
    ]
    return {**content, "cells": cells}
