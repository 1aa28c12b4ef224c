"""FILE-35: what is asked for in an unusual way is answered in the manager's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

import pytest

from jupyter_tandem.adapters.server.cell_by_cell import CellByCell

SOUND = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


class Twin:
    """A manager's twin that reads one way of its own."""

    def open(self, path: str, mode: str) -> IO[bytes]:
        return Path(path).open(mode)  # type: ignore[return-value]

    def _read_notebook(self, _path: str, as_version: int = 4, raw: bool = False, **_: Any) -> str:
        return f"usual {as_version} {raw}"

    def _save_notebook(self, _path: str, _notebook: Any) -> None:
        raise AssertionError("nothing is saved here")


@pytest.mark.spec("FILE-35")
@pytest.mark.parametrize(
    ("text", "version", "raw", "usual"),
    [
        (SOUND, 4, False, ""),
        (SOUND, 3, False, "usual 3 False"),
        (SOUND, 4, True, "usual 4 True"),
        ("{", 4, False, "usual 4 False"),
        (None, 4, False, "usual 4 False"),
    ],
    ids=["as usual", "another format", "with its bytes", "damaged", "no file"],
)
def test_only_what_is_as_usual_is_read_here(
    tmp_path: Path, text: str | None, version: int, raw: bool, usual: str
) -> None:
    path = tmp_path / "n.ipynb"
    if text is not None:
        path.write_text(text)
    twin = Twin()
    CellByCell(twin).install()
    read: Any = twin._read_notebook(str(path), version, raw=raw)
    assert read == usual or (not usual and read["nbformat"] == 4)
