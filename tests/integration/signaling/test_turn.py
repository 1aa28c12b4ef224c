"""coturn, told nothing but the secret, takes the credentials that /ice gives out."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.signaling.serving import get, program, serving
from tests.integration.signaling.turn import turn_server

pytestmark = pytest.mark.slow


async def can_relay(port: int, username: str, password: str) -> bool:
    """Whether coturn's own client gets a relay address with these credentials, and data through it."""
    client = await asyncio.create_subprocess_exec(
        program("turnutils_uclient", "coturn"),
        *("-y", "-c", "-n", "2", "-m", "1", "-p", str(port)),
        *("-u", username, "-w", password, "127.0.0.1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return await asyncio.wait_for(client.wait(), 60) == 0
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()


@pytest.mark.spec("SIGNAL-27")
async def test_coturn_takes_the_credentials(tmp_path: Path) -> None:
    async with turn_server(tmp_path) as turn:
        async with serving(*turn.options) as (url, _):
            (server,) = json.loads((await get(f"{url}/ice"))[1])["iceServers"]
        username, password = server["username"], server["credential"]
        assert await can_relay(turn.port, username, password)
        assert not await can_relay(turn.port, username, password[::-1])
        expired = f"1000000000:{username.partition(':')[2]}"
        assert not await can_relay(turn.port, expired, password)
