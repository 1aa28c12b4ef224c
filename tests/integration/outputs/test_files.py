"""Notebooks whose file holds big outputs, over real sockets."""

from __future__ import annotations

import json

import pytest

from tests.integration.outputs.big import (
    fetch,
    in_file,
    looking,
    outputs,
    picture,
    stood_in,
    with_outputs,
    write,
)
from tests.integration.server.client import editing
from tests.integration.server.host import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL = {"output_type": "stream", "name": "stdout", "text": "small\n"}


@pytest.mark.spec("BIG-1", "BIG-2", "BIG-6")
async def test_a_front_end_gets_a_stand_in_and_fetches_the_output(
    shared: Server, path: str
) -> None:
    big = picture(50_000)
    write(shared, path, with_outputs([SMALL, big]))
    async with looking(shared, path) as ana:
        assert outputs(ana, 0)[0] == SMALL
        held = stood_in(ana, 0, 1)
        room, _ = await shared.room(path)
        assert held.document == room
        assert await fetch(shared, room, held) == big
        assert len(ana.doc.get_update()) < 5_000


@pytest.mark.spec("BIG-3")
async def test_the_file_has_the_outputs_as_always(shared: Server, path: str) -> None:
    big = picture(50_000)
    write(shared, path, with_outputs([SMALL, big], [picture(30_000, 1)]))
    async with looking(shared, path) as ana:
        stood_in(ana, 0, 1)
        ana.append(0, "\n# ana")
        await ana.flush()
        assert await ana.save(1) == "success"
        assert in_file(shared, path) == [[SMALL, big], [picture(30_000, 1)]]


@pytest.mark.spec("BIG-5")
async def test_a_stock_client_finds_every_output_in_the_document(shared: Server, path: str) -> None:
    first, second = picture(50_000), picture(30_000, 1)
    write(shared, path, with_outputs([first, SMALL, second]))
    async with looking(shared, path) as ana:
        stood_in(ana, 0)
        async with editing(shared, path) as stock:
            assert outputs(stock, 0) == [first, SMALL, second]
            await ana.until(lambda: outputs(ana, 0) == [first, SMALL, second])
            stock.append(0, "\n# stock")
            await stock.flush()
            assert await stock.save(1) == "success"
        assert in_file(shared, path) == [[first, SMALL, second]]


@pytest.mark.spec("BIG-5")
async def test_what_is_pasted_while_a_stock_client_is_here_comes_whole(
    shared: Server, path: str
) -> None:
    big = picture(50_000)
    write(shared, path, with_outputs([big], []))
    async with looking(shared, path) as ana:
        told = outputs(ana, 0)[0]
        async with editing(shared, path) as stock:
            ana.cells[1]["outputs"].append(told)
            await ana.flush()
            await stock.until(lambda: outputs(stock, 1) == [big])


@pytest.mark.spec("BIG-7")
async def test_an_output_that_another_program_writes_is_merged(shared: Server, path: str) -> None:
    kept, changed = picture(50_000), picture(50_000, 2)
    write(shared, path, with_outputs([kept], [picture(50_000, 1)]))
    async with looking(shared, path) as ana:
        before = [stood_in(ana, 0), stood_in(ana, 1)]
        ana.append(0, "\n# ana")
        await ana.flush()
        assert await ana.save(1) == "success"
        notebook = json.loads((shared.root / path).read_text())
        notebook["cells"][1]["outputs"] = [changed]
        (shared.root / path).write_text(json.dumps(notebook))
        await ana.until(lambda: outputs(ana, 1) and stood_in(ana, 1) != before[1])
        assert stood_in(ana, 0) == before[0]
        room, _ = await shared.room(path)
        ana.append(0, "!")
        await ana.flush()
        assert await ana.save(2) == "success"
        assert in_file(shared, path) == [[kept], [changed]]
        assert await fetch(shared, room, stood_in(ana, 1)) == changed


@pytest.mark.spec("BIG-8")
async def test_a_big_output_that_somebody_pastes_is_taken_out_with_the_next_save(
    shared: Server, path: str
) -> None:
    big = picture(50_000)
    write(shared, path, with_outputs([]))
    async with looking(shared, path) as ana:
        ana.cells[0]["outputs"].append(big)
        await ana.flush()
        await ana.until(lambda: "image/png" not in outputs(ana, 0)[0]["data"])
        room, _ = await shared.room(path)
        assert await fetch(shared, room, stood_in(ana, 0)) == big
        assert await ana.save(1) == "success"
        assert in_file(shared, path) == [[big]]
