"""A reader who does not read costs the others nothing and the server a bounded amount."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_tandem.protocol import frames as f
from tests.integration.server.client import editing
from tests.integration.server.host import BO, EVE, Server, serving

MIB = 1 << 20
BLOCKS = 120


def narrow_line(server: Server) -> socket.socket:
    """A connection for which the reader's system takes little before it is read; else it may take everything."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    line.connect(("127.0.0.1", server.port))
    return line


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as running:
        (running.root / "a.txt").write_text("one\n")
        yield running


@pytest.mark.spec("P-7")
async def test_a_reader_who_sleeps_catches_up_in_one_go(server: Server) -> None:
    async with (
        editing(server, "a.txt", "text", "file") as ana,
        editing(server, "a.txt", "text", "file", token=BO) as bo,
        editing(server, "a.txt", "text", "file", token=EVE, sock=narrow_line(server)) as eve,
    ):
        eve.connection.transport.pause_reading()
        before = server.memory_bytes()
        # The text keeps its length, so that what grows is what waits for Eve, not the document.
        block = "x" * (MIB // 4)
        for _ in range(BLOCKS):
            ana.text.insert(0, block)
            await ana.flush()
            del ana.text[0 : len(block)]
            await ana.flush()
        ana.text.insert(0, "end ")
        await ana.flush()
        await bo.until(lambda: str(bo.text) == "end one\n")
        grown = server.memory_bytes() - before
        assert grown < 150 * MIB, f"{grown / MIB:.0f} MiB for 30 MiB of edits"
        heard = len(eve.messages)
        eve.connection.transport.resume_reading()
        await eve.until(lambda: str(eve.text) == "end one\n")
        updates = [m.update for m in eve.messages[heard:] if isinstance(m, f.Update)]
        # At most what the line and the server's share of it hold, and one that brings the rest.
        assert sum(map(len, updates)) < 8 * MIB
        assert len(updates) < 2 * BLOCKS
