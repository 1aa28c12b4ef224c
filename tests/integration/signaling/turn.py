"""A TURN server, coturn, that is told nothing but the secret it shares with the signaling server."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.integration.signaling.serving import free_port, listening, program, running

_SECRET = "north-of-the-border"
_HERE = "127.0.0.1"


@dataclass(frozen=True)
class Turn:
    """A TURN server that runs.

    Attributes:
        port: Where it listens, UDP and TCP.
        options: What to tell ``jupyter tandem signal`` about it.
    """

    port: int
    options: tuple[str, ...]


@contextlib.asynccontextmanager
async def turn_server(folder: Path) -> AsyncIterator[Turn]:
    """coturn on this machine; its files are in ``folder``."""
    (folder / "secret").write_text(_SECRET)
    port = free_port()
    command = (
        program("turnserver", "coturn"),
        *("-n", "--use-auth-secret", f"--static-auth-secret={_SECRET}", "--realm=example.org"),
        *("-L", _HERE, "-E", _HERE, f"--listening-port={port}", "--allow-loopback-peers"),
        *("--no-tls", "--no-dtls", "--no-cli", f"--userdb={folder / 'turndb'}"),
        *(f"--pidfile={folder / 'pid'}", f"--log-file={folder / 'log'}", "--simple-log"),
    )
    with running(*command):
        await listening(port)
        secret = str(folder / "secret")
        url = f"turn:{_HERE}:{port}"
        yield Turn(port, ("--ice-url", url, "--turn-public", "--turn-secret-file", secret))
