"""Programs that save one file over and over, to be killed: ``python killed_writer.py ROOT``.

For every line on standard input another one begins, and its process id is written to standard output.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from jupyter_tandem.adapters.server.contents_local import LocalContents
from jupyter_tandem.types import DocumentKind

NOTEBOOK = DocumentKind("json", "notebook")
CELLS = 40


def content_of(version: int) -> dict[str, Any]:
    """A notebook that names its version in every cell."""
    cells = [
        {
            "id": f"c{number}",
            "cell_type": "markdown",
            "source": f"version {version}\n" + "x" * 2000,
            "metadata": {},
        }
        for number in range(CELLS)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


async def main(root: Path, version: int) -> None:
    place = LocalContents(AsyncLargeFileManager(root_dir=str(root)))
    stamp = await place.stamp("a.ipynb")
    while True:
        version += 1
        stamp = await place.save("a.ipynb", NOTEBOOK, content_of(version), stamp)


def begin(root: Path, version: int) -> None:
    """Fork, which is faster than importing everything again."""
    child = os.fork()
    if child == 0:
        asyncio.run(main(root, version))
    sys.stdout.write(f"{child}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for number, _ in enumerate(sys.stdin):
        begin(Path(sys.argv[1]), 10_000 * number)
