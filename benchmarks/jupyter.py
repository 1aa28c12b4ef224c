"""A Jupyter Server process to measure, on folders that are thrown away afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

from benchmarks.process import Process, free_port

TOKEN = "benchmark"


class Jupyter:
    """One server; it may be killed and started again on the same folders."""

    def __init__(self, home: Path, config: dict[str, Any]) -> None:
        self._home = home
        self._config = config
        self._root = home / "root"
        self._root.mkdir()
        self._port = free_port()
        self._process: Process | None = None

    @property
    def process(self) -> Process:
        """What it costs."""
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        """Return when it answers."""
        names = ("DATA", "RUNTIME", "CONFIG")
        folders = {f"JUPYTER_{name}_DIR": str(self._home / name.lower()) for name in names}
        for name in ("data", "config"):
            (self._home / name).mkdir(exist_ok=True)
        config = self._home / "config" / "jupyter_server_config.json"
        config.write_text(json.dumps(self._config))
        with (self._home / "server.log").open("ab") as log:
            self._process = await self._spawn(folders, log)
        for _ in range(600):
            if await self._answers():
                return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"the server did not start: {(self._home / 'server.log').read_text()}")

    async def _spawn(self, folders: dict[str, str], log: IO[bytes]) -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
            "--ServerApp.port_retries=0",
            "--ServerApp.log_level=WARN",
            f"--ServerApp.port={self._port}",
            f"--ServerApp.root_dir={self._root}",
            f"--IdentityProvider.token={TOKEN}",
            env={**os.environ, **folders},
            stdout=log,
            stderr=log,
        )
        return Process(process)

    async def _answers(self) -> bool:
        try:
            await self.ask("GET", "api/status")
        except OSError:
            return False
        return True

    async def ping(self) -> None:
        """Wait for a small answer."""
        await self.ask("GET", "api")

    async def kill(self) -> None:
        """End it without a word."""
        await self.process.kill()

    async def stop(self) -> None:
        """End it politely."""
        if self._process is not None:
            await self._process.stop()

    async def new_file(self, name: str, text: str) -> str:
        """Make a file and return its room's address."""
        self.write(name, text)
        return await self.session(name)

    def write(self, name: str, text: str) -> None:
        """Make a file."""
        (self._root / name).write_text(text)

    async def session(self, name: str) -> str:
        """A room's address, with the lineage the server named."""
        kind = ("json", "notebook") if name.endswith(".ipynb") else ("text", "file")
        body = {"format": kind[0], "type": kind[1]}
        found = await self.ask("PUT", f"api/collaboration/session/{name}", body)
        return f"{kind[0]}:{kind[1]}:{found['fileId']}?sessionId={found['sessionId']}"

    def read(self, name: str) -> str:
        """What is in a file."""
        return (self._root / name).read_text()

    def journal_bytes(self) -> int:
        """What the journal takes on disk, its write-ahead file included."""
        found = (self._home / "data").glob("**/journal.sqlite3*")
        return sum(path.stat().st_size for path in found if not path.name.endswith("-shm"))

    def room(self, address: str) -> str:
        """The WebSocket's URL."""
        return f"ws://127.0.0.1:{self._port}/api/collaboration/room/{address}&token={TOKEN}"

    def beside(self, name: str) -> Path:
        """A file in the folder above the one that is served."""
        return self._home / name

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of its API, read as JSON."""
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
async def running(config: dict[str, Any] | None = None) -> AsyncIterator[Jupyter]:
    """A server for one case, with more settings if need be."""
    with tempfile.TemporaryDirectory(prefix="tandem-benchmark-") as home:
        server = Jupyter(Path(home), config or {})
        try:
            await server.start()
            yield server
        finally:
            await server.stop()
