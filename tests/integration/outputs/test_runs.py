"""Big outputs that runs make, with real kernels."""

from __future__ import annotations

import pytest

from tests.integration.execution.person import Person
from tests.integration.outputs.big import (
    fetch,
    in_file,
    looking,
    outputs,
    stood_in,
    with_outputs,
    write,
)
from tests.integration.server.client import editing
from tests.integration.server.host import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

_BIG = "display({'text/html': 'x' * 50_000}, raw=True)"


def _cell(source: str) -> dict[str, object]:
    return {"cell_type": "code", "id": "c0", "metadata": {}, "source": source} | {
        "execution_count": None,
        "outputs": [],
    }


@pytest.mark.spec("BIG-1", "BIG-2", "BIG-3")
async def test_a_run_s_big_output_never_enters_the_document(shared: Server, path: str) -> None:
    source = f"print('before')\n{_BIG}\nprint('after')"
    write(shared, path, {**with_outputs(), "cells": [_cell(source)]})
    async with looking(shared, path) as client:
        ana = Person(client)
        (ended,) = await ana.run_to_end(0)
        assert ended["state"] == "finished"
        before, _, after = outputs(client, 0)
        assert (before["text"], after["text"]) == ("before\n", "after\n")
        held = stood_in(client, 0, 1)
        room, _ = await shared.room(path)
        made = await fetch(shared, room, held)
        assert made["data"] == {"text/html": "x" * 50_000}
        assert len(client.doc.get_update()) < 10_000
        assert await client.save(1) == "success"
        assert in_file(shared, path)[0][1] == made


@pytest.mark.spec("BIG-5")
async def test_a_stock_client_sees_a_run_s_output_while_it_runs(shared: Server, path: str) -> None:
    source = f"{_BIG}\ninput()\nprint('end')"
    write(shared, path, {**with_outputs(), "cells": [_cell(source)]})
    async with looking(shared, path) as client:
        ana = Person(client)
        (run,) = await ana.run(0)
        await client.until(lambda: bool(ana.fact("input")))
        await client.until(lambda: len(outputs(client, 0)) == 1)
        stood_in(client, 0)
        async with editing(shared, path) as stock:
            assert outputs(stock, 0)[0]["data"] == {"text/html": "x" * 50_000}
            await ana.ask("answer", input=ana.fact("input")["id"], value="")
            await ana.ended(run)
            await stock.until(lambda: outputs(stock, 0)[-1].get("text") == "end\n")
            assert outputs(stock, 0)[0]["data"] == {"text/html": "x" * 50_000}


@pytest.mark.spec("BIG-8")
async def test_printed_text_is_taken_out_when_the_cell_has_ended(shared: Server, path: str) -> None:
    write(shared, path, {**with_outputs(), "cells": [_cell("print('line\\n' * 9_999)")]})
    async with looking(shared, path) as client:
        ana = Person(client)
        await ana.run_to_end(0)
        await client.until(lambda: "text" not in outputs(client, 0)[0])
        room, _ = await shared.room(path)
        assert (await fetch(shared, room, stood_in(client, 0)))["text"] == "line\n" * 9_999 + "\n"
