"""Large notebooks are read and written beside the event loop, where nothing expects it."""

from __future__ import annotations

import json
import os
import threading
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.utils import ensure_async

from jupyter_tandem.adapters.server import contents_local
from jupyter_tandem.adapters.server.contents_local import SLOW_DISK_S, LocalContents
from jupyter_tandem.adapters.server.contents_twin import LARGE_BYTES, LARGE_CELLS
from jupyter_tandem.adapters.server.whole_copies import make_hook
from jupyter_tandem.errors import FileChanged, FileUnreadable
from jupyter_tandem.types import DocumentKind

NOTEBOOK = DocumentKind("json", "notebook")
TEXT = DocumentKind("text", "file")
BLOB = DocumentKind("base64", "blob")
PATIENCE_S = 0.5
SIGNED_IN: list[bool] = []


class Others(AsyncLargeFileManager):
    """A manager of somebody else's."""


def notebook(cells: int) -> dict[str, Any]:
    made = [
        nbformat.v4.new_code_cell(f"print({number})", id=f"c{number}") for number in range(cells)
    ]
    return dict(nbformat.v4.new_notebook(cells=made))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    SIGNED_IN.clear()
    usual = FileContentsManager.check_and_sign

    def check_and_sign(manager: Any, *given: Any, **options: Any) -> None:
        SIGNED_IN.append(threading.current_thread() is threading.main_thread())
        usual(manager, *given, **options)

    monkeypatch.setattr(FileContentsManager, "check_and_sign", check_and_sign)
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.ipynb").write_text(json.dumps(notebook(1)))
    return folder


@pytest.mark.spec("FILE-33")
@pytest.mark.parametrize("manager", [FileContentsManager, AsyncLargeFileManager])
async def test_a_large_one_is_signed_and_written_beside_the_loop(
    manager: type[FileContentsManager], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = manager(root_dir=str(root))
    files.register_pre_save_hook(make_hook(lambda _: None))
    place = LocalContents(files)
    told: list[tuple[str, bool]] = []

    def emit(data: dict[str, Any]) -> None:
        told.append((data["action"], threading.current_thread() is threading.main_thread()))

    monkeypatch.setattr(files, "emit", emit)
    stamp = await place.stamp("a.ipynb")
    stamp = await place.save("a.ipynb", NOTEBOOK, notebook(LARGE_CELLS), stamp)
    assert SIGNED_IN == [False]
    assert ("save", True) in told
    assert all(on_loop for _, on_loop in told)
    assert stamp.same_version(await place.stamp("a.ipynb"))
    written = (root / "a.ipynb").read_bytes()
    # Small ones go the manager's own way, and the bytes are the same.
    await place.save("a.ipynb", NOTEBOOK, notebook(1), stamp)
    assert SIGNED_IN == [False, True]
    model = {"type": "notebook", "content": notebook(LARGE_CELLS)}
    await ensure_async(files.save(model, "b.ipynb"))
    assert (root / "b.ipynb").read_bytes() == written
    place.close()


@pytest.mark.spec("FILE-33")
async def test_it_is_trusted_as_if_it_had_been_signed_on_the_loop(root: Path) -> None:
    files = AsyncLargeFileManager(root_dir=str(root))
    place = LocalContents(files)
    await place.save("a.ipynb", NOTEBOOK, notebook(LARGE_CELLS), await place.stamp("a.ipynb"))
    written = nbformat.read(root / "a.ipynb", nbformat.NO_CONVERT)
    assert len(written["cells"]) == LARGE_CELLS
    assert files.notary.check_signature(written)
    place.close()


@pytest.mark.spec("FILE-33")
async def test_hooks_and_other_managers_stay_on_the_loop(root: Path) -> None:
    hooked = AsyncLargeFileManager(root_dir=str(root))
    seen: list[bool] = []
    hooked.register_post_save_hook(
        lambda **_: seen.append(threading.current_thread() is threading.main_thread())
    )
    for files in (hooked, Others(root_dir=str(root))):
        place = LocalContents(files)
        await place.save("a.ipynb", NOTEBOOK, notebook(LARGE_CELLS), await place.stamp("a.ipynb"))
        place.close()
    assert SIGNED_IN == [True, True]
    assert seen == [True]


@pytest.mark.spec("FILE-40")
@pytest.mark.parametrize("manager", [FileContentsManager, AsyncLargeFileManager])
async def test_a_slow_disk_is_waited_for_beside_the_loop(
    manager: type[FileContentsManager], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = LocalContents(manager(root_dir=str(root)))
    monkeypatch.setattr(contents_local, "SLOW_DISK_S", PATIENCE_S)
    synced_in: list[bool] = []
    slow = True

    def fsync(_: int) -> None:
        synced_in.append(threading.current_thread() is threading.main_thread())
        if slow:
            time.sleep(PATIENCE_S)

    monkeypatch.setattr(os, "fsync", fsync)
    stamp = await place.stamp("a.ipynb")
    on_loop = []
    for cells in range(2, 6):
        slow = cells < 4
        stamp = await place.save("a.ipynb", NOTEBOOK, notebook(cells), stamp)
        assert len(json.loads((root / "a.ipynb").read_text())["cells"]) == cells
        assert len(set(synced_in)) == 1
        on_loop.append(synced_in.pop())
        synced_in.clear()
    # One that nobody could know, one that was slow again, one that was not, one that may go the usual way.
    assert on_loop == [True, False, False, True]
    place.close()


@pytest.mark.spec("FILE-40")
async def test_so_are_texts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = LocalContents(AsyncLargeFileManager(root_dir=str(root)))
    (root / "a.txt").write_text("one")
    synced_in: list[bool] = []

    def fsync(_: int) -> None:
        synced_in.append(threading.current_thread() is threading.main_thread())
        time.sleep(SLOW_DISK_S)

    monkeypatch.setattr(os, "fsync", fsync)
    stamp = await place.stamp("a.txt")
    stamp = await place.save("a.txt", TEXT, "two", stamp)
    await place.save("a.txt", TEXT, "three", stamp)
    assert (root / "a.txt").read_text() == "three"
    assert (synced_in[0], synced_in[-1]) == (True, False)
    place.close()


@pytest.mark.spec("FILE-33", "FILE-6")
async def test_a_file_that_is_changed_meanwhile_is_not_replaced(root: Path) -> None:
    place = LocalContents(AsyncLargeFileManager(root_dir=str(root)))
    stamp = await place.save(
        "a.ipynb", NOTEBOOK, notebook(LARGE_CELLS), await place.stamp("a.ipynb")
    )
    text = json.dumps(notebook(2))
    (root / "a.ipynb").write_text(text)
    with pytest.raises(FileChanged):
        await place.save("a.ipynb", NOTEBOOK, notebook(LARGE_CELLS + 1), stamp)
    assert (root / "a.ipynb").read_text() == text
    place.close()


@pytest.mark.spec("FILE-33")
async def test_a_large_file_is_read_beside_the_loop(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = LocalContents(AsyncLargeFileManager(root_dir=str(root)))
    wanted = notebook(3)
    wanted["cells"][0]["source"] = "x" * 400_000
    (root / "a.ipynb").write_text(json.dumps(wanted))
    looked_in: list[bool] = []
    usual = FileContentsManager.mark_trusted_cells

    def mark(manager: Any, *given: Any) -> None:
        looked_in.append(threading.current_thread() is threading.main_thread())
        usual(manager, *given)

    monkeypatch.setattr(FileContentsManager, "mark_trusted_cells", mark)
    found = await place.read("a.ipynb", NOTEBOOK)
    assert looked_in == [False]
    assert found.content["cells"][0]["source"] == "x" * 400_000
    place.close()


@pytest.mark.spec("FILE-33")
@pytest.mark.parametrize("manager", [FileContentsManager, AsyncLargeFileManager])
@pytest.mark.parametrize("kind", [TEXT, BLOB])
async def test_so_is_one_that_is_no_notebook(
    root: Path,
    manager: type[FileContentsManager],
    kind: DocumentKind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = '{"cells": [' + "x" * LARGE_BYTES
    (root / "a.ipynb").write_text(text)
    looked_in: list[bool] = []
    usual = FileContentsManager._base_model

    def look(manager: Any, path: str) -> Any:
        looked_in.append(threading.current_thread() is threading.main_thread())
        return usual(manager, path)

    monkeypatch.setattr(FileContentsManager, "_base_model", look)
    place = LocalContents(manager(root_dir=str(root)))
    found = await place.read("a.ipynb", kind)
    assert looked_in == [False]
    assert found.content == (text if kind is TEXT else b64encode(text.encode()).decode())
    place.close()


@pytest.mark.spec("FILE-35")
@pytest.mark.parametrize("manager", [FileContentsManager, AsyncLargeFileManager])
async def test_errors_in_a_large_one_are_told_and_kept_as_in_a_small_one(
    manager: type[FileContentsManager], root: Path
) -> None:
    files = manager(root_dir=str(root))
    place = LocalContents(files)
    faulty = notebook(LARGE_CELLS)
    faulty["cells"][7]["outputs"] = [{"output_type": "stream", "text": "no name"}]
    for held in (notebook(LARGE_CELLS), faulty):
        held["metadata"] = {"padding": "x" * LARGE_BYTES}
        (root / "a.ipynb").write_text(json.dumps(held))
        stamp = await place.stamp("a.ipynb")
        model = await ensure_async(files.get("a.ipynb", content=True, type="notebook"))
        found = await place.read("a.ipynb", NOTEBOOK)
        assert found.content == model["content"]
        await place.save("a.ipynb", NOTEBOOK, found.content, stamp)
        await ensure_async(files.save({"type": "notebook", "content": found.content}, "b.ipynb"))
        assert (root / "a.ipynb").read_bytes() == (root / "b.ipynb").read_bytes()
    (root / "a.ipynb").write_text("[" * LARGE_BYTES)
    await place.stamp("a.ipynb")
    with pytest.raises(FileUnreadable):
        await place.read("a.ipynb", NOTEBOOK)
    place.close()
