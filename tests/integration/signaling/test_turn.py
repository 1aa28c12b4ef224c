"""coturn, told nothing but the secret, takes the credentials that /ice gives out."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.signaling.serving import (
    free_port,
    get,
    listening,
    program,
    running,
    serving,
)

pytestmark = pytest.mark.slow

SECRET = "north-of-the-border"


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
        return await asyncio.wait_for(client.wait(), 20) == 0
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()


@pytest.mark.spec("SIGNAL-27")
async def test_coturn_takes_the_credentials(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    port = free_port()
    turn = running(
        program("turnserver", "coturn"),
        *("-n", "--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=example.org"),
        *(
            "-L",
            "127.0.0.1",
            "-E",
            "127.0.0.1",
            f"--listening-port={port}",
            "--allow-loopback-peers",
        ),
        *("--no-tls", "--no-dtls", "--no-cli", f"--userdb={tmp_path / 'turndb'}"),
        *(f"--pidfile={tmp_path / 'pid'}", f"--log-file={tmp_path / 'log'}", "--simple-log"),
    )
    options = ("--ice-url", f"turn:127.0.0.1:{port}", "--turn-public")
    with turn:
        await listening(port)
        async with serving(*options, "--turn-secret-file", str(tmp_path / "secret")) as (url, _):
            (server,) = json.loads((await get(f"{url}/ice"))[1])["iceServers"]
        username, password = server["username"], server["credential"]
        assert await can_relay(port, username, password)
        assert not await can_relay(port, username, password[::-1])
        expired = f"1000000000:{username.partition(':')[2]}"
        assert not await can_relay(port, expired, password)
