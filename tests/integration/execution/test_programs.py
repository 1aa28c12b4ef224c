"""Programs that run cells with jupyter_nbmodel_client, beside people and the server (docs/reference/compatibility.md)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from jupyter_kernel_client import JupyterKernelClient
from jupyter_nbmodel_client import NbModelClient, get_jupyter_notebook_websocket_url

from tests.integration.server.client import PATIENCE_S, editing
from tests.integration.server.host import ANA, BO, Server

Notebook = Callable[..., str]
pytestmark = pytest.mark.asyncio(loop_scope="module")

_CODE = """
from IPython.display import HTML, display
print('printed', end='')
display(HTML('<b>shown</b>'))
6 * 7
"""


def _told(cell: dict[str, Any]) -> list[str]:
    """What a cell shows."""
    return [_text(output) for output in cell["outputs"]]


def _text(output: dict[str, Any]) -> str:
    data = output.get("data", {})
    found = output.get("text") or data.get("text/html") or data.get("text/plain") or output["ename"]
    return "".join(found)


async def _kernel(server: Server, path: str) -> str:
    """The kernel that is the notebook's, as JupyterLab starts it."""
    session = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
    return str((await server.call("POST", "/api/sessions", session)).body["kernel"]["id"])


@pytest.mark.spec("RUN-35")
async def test_what_jupyter_nbmodel_client_runs_is_everybodys(
    shared: Server, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It gives a server ten seconds, which one on a busy machine may need for a kernel.
    monkeypatch.setattr("jupyter_nbmodel_client.client.REQUEST_TIMEOUT", PATIENCE_S)
    path = notebook(_CODE, "print('by the server')", "1 / 0")
    kernel_id = await _kernel(shared, path)
    url = await asyncio.to_thread(get_jupyter_notebook_websocket_url, shared.url, path, ANA)
    async with editing(shared, path, token=BO) as bo, NbModelClient(url) as program:
        # As its documentation does it: what is asked and heard meanwhile is sent when the cell has ended.
        with JupyterKernelClient(
            server_url=shared.url,
            token=ANA,
            kernel_id=kernel_id,
            client_kwargs={"timeout": PATIENCE_S},
        ) as kernel_client:
            answers = [program.execute_cell(number, kernel_client) for number in (0, 2)]
        assert [answer["status"] for answer in answers] == ["ok", "error"]
        shown = ["printed", "<b>shown</b>", "42"]
        await bo.until(lambda: _told(bo.cells[0].to_py()) == shown)
        await bo.until(lambda: _told(bo.cells[2].to_py()) == ["ZeroDivisionError"])
        await bo.until(lambda: [bo.cells[n]["execution_count"] for n in (0, 2)] == [1, 2])
        room, _ = await shared.room(path)
        asked = {"document_id": room, "cell_id": "c1"}
        answer = await shared.call("POST", f"/api/kernels/{kernel_id}/execute", asked)
        assert answer.status == 202
        await bo.until(lambda: bo.cells[1]["execution_count"] == 3)
        assert _told(bo.cells[1].to_py()) == ["by the server\n"]

        def seen() -> bool:
            return bool(program[1]["execution_count"] == 3)

        await bo.until(seen)
        assert _told(program[1]) == ["by the server\n"]
        assert await bo.save(1) == "success"
    written = json.loads((shared.root / path).read_text())["cells"]
    assert [_told(cell) for cell in written] == [shown, ["by the server\n"], ["ZeroDivisionError"]]
    assert [cell["execution_count"] for cell in written] == [1, 3, 2]
