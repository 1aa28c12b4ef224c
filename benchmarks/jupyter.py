"""A Jupyter Server process to measure, on folders that are thrown away afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

TOKEN = "benchmark"


class Jupyter:
    """One server; it may be killed and started again on the same folders."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._root = home / "root"
        self._root.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Return when it answers."""
        names = ("DATA", "RUNTIME", "CONFIG")
        folders = {f"JUPYTER_{name}_DIR": str(self._home / name.lower()) for name in names}
        (self._home / "data").mkdir(exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
            "--ServerApp.port_retries=0",
            "--ServerApp.log_level=WARN",
            f"--ServerApp.port={self._port}",
            f"--ServerApp.root_dir={self._root}",
            f"--IdentityProvider.token={TOKEN}",
            env={**os.environ, **folders},
        )
        for _ in range(300):
            if await self._answers():
                return
            await asyncio.sleep(0.1)
        raise RuntimeError("the server did not start within 30 s")

    async def _answers(self) -> bool:
        try:
            await self._ask("GET", "api/status")
        except OSError:
            return False
        return True

    async def kill(self) -> None:
        """End it without a word."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """End it politely."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def new_file(self, name: str, text: str) -> str:
        """Make a file and return its room's address."""
        (self._root / name).write_text(text)
        return await self.session(name)

    async def session(self, name: str) -> str:
        """A room's address, with the lineage the server named."""
        body = {"format": "text", "type": "file"}
        found = await self._ask("PUT", f"api/collaboration/session/{name}", body)
        return f"text:file:{found['fileId']}?sessionId={found['sessionId']}"

    def room(self, address: str) -> str:
        """The WebSocket's URL."""
        return f"ws://127.0.0.1:{self._port}/api/collaboration/room/{address}&token={TOKEN}"

    def cpu_s(self) -> float:
        """User and system seconds so far."""
        times = self._measured().cpu_times()
        return times.user + times.system

    def rss_bytes(self) -> int:
        """Resident memory."""
        size: int = self._measured().memory_info().rss
        return size

    def _measured(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )
        return await asyncio.to_thread(_read, request)


def _read(request: urllib.request.Request) -> Any:
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@asynccontextmanager
async def running() -> AsyncIterator[Jupyter]:
    """A server for one case."""
    with tempfile.TemporaryDirectory(prefix="tandem-benchmark-") as home:
        server = Jupyter(Path(home))
        try:
            await server.start()
            yield server
        finally:
            await server.stop()
