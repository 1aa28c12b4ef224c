"""Notebooks with big outputs, and who looks at them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import random
from collections.abc import AsyncIterator
from typing import Any

from jupyter_tandem.core.stand_in import StandIn, stand_in_of
from tests.integration.server.client import StockClient, entering
from tests.integration.server.host import ANA, Server


def picture(size_bytes: int, seed: int = 0) -> dict[str, Any]:
    """An output of about so many bytes."""
    data = base64.b64encode(random.Random(seed).randbytes(size_bytes * 3 // 4)).decode()
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {"image/png": data, "text/plain": f"<Figure {seed}>"},
    }


def with_outputs(*cells: list[dict[str, Any]]) -> dict[str, Any]:
    """A notebook whose cells have these outputs."""
    made = [
        {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": f"draw({number})"}
        | {"execution_count": number + 1, "outputs": outputs}
        for number, outputs in enumerate(cells)
    ]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def write(server: Server, path: str, notebook: dict[str, Any]) -> None:
    server.root.mkdir(parents=True, exist_ok=True)
    (server.root / path).write_text(json.dumps(notebook))


def in_file(server: Server, path: str) -> list[list[dict[str, Any]]]:
    """The outputs of every cell as the file has them, with texts in one piece."""
    notebook = json.loads((server.root / path).read_text())
    return [[_joined(output) for output in cell["outputs"]] for cell in notebook["cells"]]


def _joined(output: dict[str, Any]) -> dict[str, Any]:
    joined = {**output}
    if isinstance(output.get("text"), list):
        joined["text"] = "".join(output["text"])
    if "data" in output:
        joined["data"] = {
            mime: "".join(value) if isinstance(value, list) else value
            for mime, value in output["data"].items()
        }
    return joined


def outputs(client: StockClient, cell: int) -> list[dict[str, Any]]:
    """A cell's outputs as a client sees them."""
    found: list[dict[str, Any]] = client.cells[cell].to_py()["outputs"]
    return found


def stood_in(client: StockClient, cell: int, output: int = 0) -> StandIn:
    """What an output stands for."""
    held = stand_in_of(outputs(client, cell)[output])
    assert held is not None, outputs(client, cell)[output]
    return held


async def fetch(server: Server, room: str, held: StandIn, token: str | None = ANA) -> Any:
    """What the server gives for a stand-in; its name is checked."""
    answer = await server.call("GET", f"output/{room}/{held.sha256}", token=token)
    if answer.status == 200:
        text = json.dumps(
            answer.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()
        assert hashlib.sha256(text).hexdigest() == held.sha256
        assert len(text) == held.size_bytes
    return answer.body if answer.status == 200 else answer.status


@contextlib.asynccontextmanager
async def looking(server: Server, path: str, token: str = ANA) -> AsyncIterator[StockClient]:
    """Be in a notebook with Tandem's front end, which fetches big outputs by itself."""
    room, session = await server.room(path)
    query = "tandem=1&outputs=fetch"
    async with entering(server, room, session, token=token, query=query) as client:
        await client.until(client.synced.is_set)
        yield client
