"""The folder that the demo opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

NOTEBOOK: Final = "Two in one notebook.ipynb"
TEXT: Final = "Shopping list.txt"

_WELCOME: Final = """\
# Two in one notebook

Open the second link in another window, put both windows side by side, and type in this cell.
Every letter appears in both. The name at the cursor says who wrote it."""

_TRY: Final = """\
## Things to try

- Edit **the same line** from both windows at once.
- Add, move and delete cells while the other one types.
- Watch the status in the toolbar: *Saved* means that the edit survives even a power cut;
  *In file* means that the notebook file has it.
- Go offline in one window (developer tools → Network → Offline), keep typing, come back:
  both sides keep everything, once.
- Kill the server with `kill -9` while you type and start the demo again."""

_RUN: Final = """\
# Run me: the output appears in both windows.
from datetime import datetime

names = ["Ada", "Grace"]
print(f"{' and '.join(names)} were here at {datetime.now():%H:%M:%S}")"""

_TOGETHER: Final = """\
# Finish this function together: one writes the code, the other the test.
def is_palindrome(text: str) -> bool:
    ...


assert is_palindrome("Never odd or even")"""

_LIST: Final = """\
Shopping list (a plain text file, also open to both of you)

- flour
- 2 lemons
-
"""


def make_folder(folder: Path) -> None:
    """Make the folder with its files; what is there already stays as it is."""
    folder.mkdir(exist_ok=True)
    notebook = folder / NOTEBOOK
    if not notebook.exists():
        notebook.write_text(json.dumps(_notebook(), indent=1) + "\n", encoding="utf-8")
    text = folder / TEXT
    if not text.exists():
        text.write_text(_LIST, encoding="utf-8")


def _notebook() -> dict[str, Any]:
    """A notebook in format 4.5."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    cells = [
        _cell("welcome", "markdown", _WELCOME),
        _cell("try", "markdown", _TRY),
        {**_cell("run", "code", _RUN), "execution_count": None, "outputs": []},
        {**_cell("together", "code", _TOGETHER), "execution_count": None, "outputs": []},
    ]
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(name: str, cell_type: str, source: str) -> dict[str, Any]:
    lines = source.splitlines(keepends=True)
    return {"cell_type": cell_type, "id": name, "metadata": {}, "source": lines}
