"""A Jupyter Server that is killed again and again, and rises at the same address."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nbformat
import psutil

from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from tests.integration.server.host import Server

_HASTE = {"TandemApp": {"save_quiet_s": 0.2, "save_latest_s": 0.5}}
"""Files are written soon, so that kills meet writes."""


class Nursery:
    """Where servers come from."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Nursery:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("nursery.py")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def ask(self, order: dict[str, Any]) -> int:
        """Send an order and return the number that answers it."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return int(await self._process.stdout.readline())


class Phoenix(Server):
    """One server after another on one folder and one port."""

    def __init__(
        self, home: Path, nursery: Nursery, config: dict[str, Any] | None = None, **options: Any
    ) -> None:
        super().__init__(home, config or _HASTE, **options)
        self._nursery = nursery
        self.guests: list[Any] = []
        self.pid = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    async def rise(self, *, file_bytes: int = 0) -> None:
        """Start, and return when connections are accepted.

        Args:
            file_bytes: Files that grow beyond it fail as on a full disk; 0 for no bound.
        """
        for folder in (self.root, self.home / "data", self.home / "config"):
            folder.mkdir(parents=True, exist_ok=True)
        config = self.home / f"{self.name}.py"
        config.write_text(self._config())
        environment = {
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "HOME": str(self.home),
            "PYTHONPATH": str(self.home),
        }
        self.pid = await self._nursery.ask(
            {
                "config": str(config),
                "environment": environment,
                "log": str(self.home / "server.log"),
                "file_bytes": file_bytes,
            }
        )
        await self._accepts()

    async def _accepts(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                await writer.wait_closed()
                return
            if not psutil.pid_exists(self.pid) or psutil.Process(self.pid).status() == "zombie":
                raise AssertionError("The server did not start:\n" + self.tail())
            await asyncio.sleep(0.02)

    async def end(self, sign: int = signal.SIGKILL) -> int:
        """Send a signal, wait for the end, return the exit status."""
        os.kill(self.pid, sign)
        status = await self._nursery.ask({"wait": self.pid})
        self.pid = 0
        return status

    def set_file_bytes(self, size: int) -> None:
        """Change what :meth:`rise` was told; 0 for no bound."""
        unlimited = resource.RLIM_INFINITY
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size or unlimited, unlimited))

    def tail(self) -> str:
        """The end of the server's log."""
        return (self.home / "server.log").read_text(errors="replace")[-4000:]

    def opened(self) -> int:
        """How often a document was opened."""
        return (self.home / "server.log").read_text(errors="replace").count("Opened ")

    def memory_bytes(self) -> int:
        return int(psutil.Process(self.pid).memory_info().rss)

    # -- what is on disk -----------------------------------------------------

    def notebook(self, path: str) -> dict[str, Any]:
        """A notebook's content; it must be valid and without doubled cells at every instant."""
        raw: dict[str, Any] = json.loads((self.root / path).read_text())
        nbformat.validate(raw)
        ids = [cell["id"] for cell in raw["cells"]]
        assert len(ids) == len(set(ids)), f"cells doubled in {path}: {ids}"
        return raw

    def text_of(self, path: str) -> str:
        """The text of a file, or of a notebook's cells."""
        if not path.endswith(".ipynb"):
            return (self.root / path).read_text()
        cells = self.notebook(path)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells)

    def examine_journal(self) -> None:
        """Let the doctor look: sequences without gaps, checksums, snapshots."""
        journals = [path.parent for path in self.home.glob("data/tandem/*/*.sqlite*")]
        for directory in set(journals):
            report = inspect(directory)
            assert not report.findings, report.findings


@contextlib.asynccontextmanager
async def phoenix(home: Path, config: dict[str, Any] | None = None) -> AsyncIterator[Phoenix]:
    """A server that may be killed and started; it is dead at the end."""
    async with Nursery() as nursery:
        server = Phoenix(home, nursery, config)
        try:
            yield server
        finally:
            for guest in server.guests:
                await guest.go()
            if server.pid:
                await server.end()
