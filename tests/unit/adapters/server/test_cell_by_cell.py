"""FILE-35: what is asked for in an unusual way is answered in the manager's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_tandem.adapters.server.cell_by_cell import CellByCell

SOUND = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


class Twin:
    """A manager's twin that has read ``text``."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _read_file(self, _path: str, _format: str, raw: bool) -> tuple[Any, ...]:
        return self._text, "text", b"raw" if raw else None

    def _read_notebook(self, _path: str, as_version: int = 4, **_options: Any) -> str:
        return f"usual {as_version}"

    def _save_notebook(self, _path: str, _notebook: Any) -> None:
        raise AssertionError("nothing is saved here")


@pytest.mark.spec("FILE-35")
@pytest.mark.parametrize(
    ("text", "version", "usual"),
    [(SOUND, 4, False), (SOUND, 3, True), ("{", 4, True)],
    ids=["as usual", "another format", "damaged"],
)
def test_only_what_is_as_usual_is_read_here(text: str, version: int, usual: bool) -> None:
    twin = Twin(text)
    CellByCell(twin).install()
    read: Any = twin._read_notebook("n.ipynb", version)
    assert (read == f"usual {version}") is usual
    assert usual or read["nbformat"] == 4
