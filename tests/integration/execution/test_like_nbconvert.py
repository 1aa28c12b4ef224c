"""What the server writes is what ``nbconvert --execute`` writes, compared by program."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
import pytest_asyncio

from jupyter_tandem.core.execution.stream import StreamText
from jupyter_tandem.core.value import normalise_value
from tests.integration.execution.person import running
from tests.integration.execution.varied import NOTEBOOKS
from tests.integration.server.host import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The cells of every notebook after ``nbconvert --execute``."""
    folder = tmp_path_factory.mktemp("converted")
    paths = {name: folder / f"{number}.ipynb" for number, name in enumerate(NOTEBOOKS)}
    for name, path in paths.items():
        cells = [nbformat.v4.new_code_cell(cell) for cell in NOTEBOOKS[name]]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    options = ("--to", "notebook", "--execute", "--allow-errors", "--inplace")
    options += ("--ExecutePreprocessor.shutdown_kernel=immediate",)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nbconvert", *options, *map(str, paths.values())),
        env={**os.environ, "HOME": str(folder)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return {name: nbformat.read(path, 4).cells for name, path in paths.items()}


def comparable(outputs: list[Any]) -> list[Any]:
    """Outputs with what a terminal would show of text that was printed in a row."""
    found: list[Any] = []
    for output in outputs:
        last = found[-1] if found else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            found.append(dict(output))
    for output in found:
        if output["output_type"] == "stream":
            stream = StreamText()
            # Warnings name a file after the kernel's process.
            stream.feed(re.sub(r"ipykernel_\d+", "ipykernel", output["text"]))
            output["text"] = stream.text
    found = [output for output in found if output.get("text") != ""]
    return [normalise_value(output) for output in found]


@pytest.mark.slow
@pytest.mark.spec("RUN-21", "RUN-22", "RUN-23", "RUN-24")
@pytest.mark.parametrize("name", list(NOTEBOOKS))
async def test_the_same_outputs(
    shared: Server,
    notebook: Callable[..., str],
    converted: dict[str, list[Any]],
    name: str,
) -> None:
    cells = NOTEBOOKS[name]
    async with running(shared, notebook(*cells)) as ana:
        ended = await ana.run_to_end(*range(len(cells)))
        found = [ana.cell(index) for index in range(len(cells))]
    for run, ours, theirs in zip(ended, found, converted[name], strict=True):
        if run["state"] == "cancelled":
            assert ours["outputs"] == []
            continue
        assert comparable(ours["outputs"]) == comparable(theirs["outputs"])
        assert ours["execution_count"] == theirs["execution_count"]
