"""Broken frames against the real server, over real connections: others notice nothing, memory stays where it was."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.fault.server.phoenix import Nursery, Phoenix
from tests.fault.server.typist import Typist, notebook_of, room_url, tokens_in
from tests.fuzz.mutation import Mutator, corpus
from tests.integration.server.host import ANA, BO

_MIB = 1 << 20
_PEOPLE = 25
"""Three broken frames keep somebody out for a while; so many somebodies are there."""


@pytest.mark.fault
@pytest.mark.spec("P-12", "ACCESS-8", "WIRE-3")
async def test_a_server_under_mutated_frames(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    mutator = Mutator(seed, corpus())
    async with Nursery() as nursery:
        server = Phoenix(tmp_path, nursery)
        server.root.mkdir()
        (server.root / "n.ipynb").write_text(notebook_of("first"))
        await server.rise()
        try:
            await _attack(server, mutator)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        finally:
            await server.end()


async def _attack(server: Phoenix, mutator: Mutator) -> None:
    room, _ = await server.room("n.ipynb", "json", "notebook")
    url = room_url(server.port, room)
    ana = Typist("ana", url, ANA, notebook=True)
    ana.come()
    await ana.until(lambda: ana.up_to_date)
    at_rest = server.memory_bytes()
    for number in range(_PEOPLE):
        for _ in range(3):
            await _pester(url.replace("?tandem=1", "?"), f"eve{number}-token", mutator)
    ana.type()
    await ana.until(lambda: ana.up_to_date)
    assert ana.connections == 1, ana.closes
    assert server.memory_bytes() - at_rest < 50 * _MIB
    bo = Typist("bo", url, BO, notebook=True)
    bo.come()
    await bo.until(lambda: ana.sent <= set(tokens_in(bo.text())))
    await ana.go()
    await bo.go()


async def _pester(url: str, token: str, mutator: Mutator) -> None:
    """Send broken frames until the server has had enough."""
    headers = {"Authorization": f"token {token}"}
    async with connect(url, additional_headers=headers, compression=None) as connection:
        try:
            for _ in range(30):
                await connection.send(mutator.frame())
            await connection.send(b"\xff")
            async for _ in connection:
                pass
        except ConnectionClosed:
            assert connection.close_code in {1003, 4400, 4403, 4409, 4413, 4429}, (
                connection.close_code
            )
