"""FILE-35: what is asked for in an unusual way is answered in the manager's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import (
    AsyncLargeFileManager,
    LargeFileManager,
)
from jupyter_server.utils import ensure_async

from jupyter_tandem.adapters.server.cell_by_cell import CellByCell

SOUND = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


class Twin:
    """A manager's twin that reads one way of its own."""

    def open(self, path: str, mode: str) -> IO[bytes]:
        return Path(path).open(mode)  # type: ignore[return-value]

    def _read_notebook(self, _path: str, as_version: int = 4, **_: Any) -> str:
        return f"usual {as_version}"

    def _save_notebook(self, _path: str, _notebook: Any) -> None:
        raise AssertionError("nothing is saved here")


@pytest.mark.spec("FILE-35")
@pytest.mark.parametrize(
    ("text", "version", "usual"),
    [
        (SOUND, 4, ""),
        (SOUND, 3, "usual 3"),
        ("{", 4, "usual 4"),
        (None, 4, "usual 4"),
    ],
    ids=["as usual", "another format", "damaged", "no file"],
)
def test_only_what_is_as_usual_is_read_here(
    tmp_path: Path, text: str | None, version: int, usual: str
) -> None:
    path = tmp_path / "n.ipynb"
    if text is not None:
        path.write_text(text)
    twin = Twin()
    CellByCell(twin).install()
    read: Any = twin._read_notebook(str(path), version)
    assert read == usual or (not usual and read["nbformat"] == 4)


@pytest.mark.spec("FILE-35")
@pytest.mark.parametrize("manager_class", [LargeFileManager, AsyncLargeFileManager])
@pytest.mark.parametrize("require_hash", [False, True], ids=["", "with its hash"])
async def test_a_manager_of_jupyter_server_reads_notebooks_in_steps(
    tmp_path: Path, manager_class: Any, require_hash: bool
) -> None:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1", id="a")])
    nbformat.write(made, tmp_path / "n.ipynb")
    manager = manager_class(root_dir=str(tmp_path))
    usual = await ensure_async(manager.get("n.ipynb", require_hash=require_hash))
    CellByCell(manager).install()
    read = manager._read_file

    def in_one_piece(path: str, how: str | None, raw: bool = False) -> Any:
        assert how == "byte"
        return read(path, how, raw)

    manager._read_file = in_one_piece
    assert await ensure_async(manager.get("n.ipynb", require_hash=require_hash)) == usual
