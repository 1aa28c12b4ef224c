"""A real Jupyter Server in a process of its own. The token ``<name>-token`` is that of the user ``<name>``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ANA, BO, EVE = "ana-token", "bo-token", "eve-token"

_PEOPLE = """
import os
from jupyter_server.auth import Authorizer, IdentityProvider, User

DENIALS = {denials!r}


class People(IdentityProvider):
    async def get_user_token(self, handler):
        name, _, rest = (self.get_token(handler) or "").partition("-")
        return User(username=name, name=name.title()) if rest == "token" else None


class Rights(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        folder = os.path.join(DENIALS, user.username)
        denials = (action, f"{{action}}.{{resource}}")
        return not any(os.path.exists(os.path.join(folder, denial)) for denial in denials)


c.ServerApp.identity_provider_class = People
c.ServerApp.authorizer_class = Rights
"""


@dataclass
class Answer:
    """What an HTTP request brought."""

    status: int
    body: Any


@dataclass
class Server:
    """One server's life on a folder; its journal and its file ids outlive it."""

    home: Path
    config: dict[str, Any] = field(default_factory=dict)
    name: str = "server"
    one_token: bool = False
    extensions: dict[str, bool] = field(default_factory=dict)
    port: int = 0
    process: asyncio.subprocess.Process | None = None
    log: list[str] = field(default_factory=list)
    _reader: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def root(self) -> Path:
        return self.home / "root"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def deny(self, user: str, action: str) -> None:
        """From now on the authorizer refuses ``action`` to ``user``.

        ``action`` is for everything (``write``), or for one resource (``write.contents``).
        """
        folder = self.home / "denials" / user
        folder.mkdir(parents=True, exist_ok=True)
        (folder / action).touch()

    def allow(self, user: str, action: str) -> None:
        (self.home / "denials" / user / action).unlink()

    async def start(self) -> None:
        for _ in range(5):
            await self._try_to_start()
            if self._up.is_set():
                return
            # Between choosing a port and using it somebody else may have taken it.
            if not any("is not available" in line for line in self.log):
                break
        raise AssertionError("The server did not start:\n" + "\n".join(self.log))

    async def _try_to_start(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        (self.home / "data").mkdir(exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        config = self.home / f"{self.name}.py"
        config.write_text(self._config())
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "jupyter_server",
            f"--config={config}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "JUPYTER_CONFIG_DIR": str(self.home / "config"),
                "JUPYTER_DATA_DIR": str(self.home / "data"),
                "JUPYTER_RUNTIME_DIR": str(self.home / f"runtime-{self.name}"),
                "HOME": str(self.home),
                "PYTHONPATH": str(self.home),
            },
        )
        self._up.clear()
        self._reader = asyncio.ensure_future(self._read_log(self.process))
        ended = asyncio.ensure_future(self.process.wait())
        up = asyncio.ensure_future(self._up.wait())
        await asyncio.wait({up, ended}, timeout=120, return_when=asyncio.FIRST_COMPLETED)
        for task in (up, ended):
            task.cancel()
        if self._up.is_set():
            await self._accepts()

    async def _accepts(self) -> None:
        """Return when connections are accepted: the server announces itself a moment before."""
        for _ in range(1_200):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                await writer.wait_closed()
                return
            await asyncio.sleep(0.05)

    def _config(self) -> str:
        settings = {
            "ServerApp": {
                "ip": "127.0.0.1",
                "port": self.port,
                "port_retries": 0,
                "root_dir": str(self.root),
                "open_browser": False,
                "allow_root": True,
                "jpserver_extensions": {
                    "jupyter_tandem": True,
                    "jupyter_server_fileid": True,
                    "jupyterlab": False,
                    "notebook": False,
                    "notebook_shim": False,
                    "jupyter_lsp": False,
                    "jupyter_server_terminals": False,
                    **self.extensions,
                },
            },
            # Where a process of its own has it; one made by fork would have it where its parent's home is.
            "BaseFileIdManager": {"db_path": str(self.home / "data" / "file_id_manager.db")},
        }
        lines = [
            "from traitlets.config import Config",
            f"c.merge(Config({settings!r}))",
            f"c.merge(Config({self.config!r}))",
        ]
        if self.one_token:
            return "\n".join([*lines, f"c.IdentityProvider.token = {ANA!r}", ""])
        denials = str(self.home / "denials")
        return "\n".join(lines) + _PEOPLE.format(denials=denials)

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            text = line.decode(errors="replace").rstrip()
            self.log.append(text)
            self._news.set()
            if "Use Control-C to stop" in text:
                self._up.set()

    async def logged(self, text: str) -> None:
        """Return when the server has logged ``text``."""
        while not any(text in line for line in self.log):
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 60)

    def send(self, sign: int) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(sign)

    async def stop(self, sign: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(sign)
        status = await asyncio.wait_for(self.process.wait(), 60)
        if self._reader is not None:
            await self._reader
        return status

    def memory_bytes(self) -> int:
        assert self.process is not None
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def cpu_s(self) -> float:
        assert self.process is not None
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    # -- HTTP ----------------------------------------------------------------

    async def call(
        self, method: str, path: str, body: Any = None, token: str | None = ANA, **headers: str
    ) -> Answer:
        """One request below ``api/collaboration/``, or anywhere when ``path`` begins with a slash."""
        return await asyncio.to_thread(self._call, method, path, body, token, headers)

    def _call(
        self, method: str, path: str, body: Any, token: str | None, headers: Mapping[str, str]
    ) -> Answer:
        request = urllib.request.Request(
            self.url + (path if path.startswith("/") else f"/api/collaboration/{path}"),
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"token {token}"} if token else {},
        )
        for name, value in headers.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return Answer(response.status, _json(response.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _json(error.read()))

    async def session(self, path: str, form: str = "json", kind: str = "notebook") -> Answer:
        quoted = urllib.parse.quote(path, safe="")
        return await self.call("PUT", f"session/{quoted}", {"format": form, "type": kind})

    async def room(self, path: str, form: str = "json", kind: str = "notebook") -> tuple[str, str]:
        """Room id and session id of a file."""
        answer = await self.session(path, form, kind)
        assert answer.status in (200, 201), answer
        return f"{form}:{kind}:{answer.body['fileId']}", answer.body["sessionId"]

    def write_notebook(self, path: str, *sources: str) -> None:
        cells = [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source}
            | {"execution_count": None, "outputs": []}
            for n, source in enumerate(sources)
        ]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(json.dumps(notebook))


def _json(raw: bytes) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(raw)
    return raw


@contextlib.asynccontextmanager
async def serving(
    home: Path,
    name: str = "server",
    *,
    one_token: bool = False,
    extensions: Mapping[str, bool] | None = None,
    **config: Any,
) -> AsyncIterator[Server]:
    """A server that is started and, if it still runs at the end, stopped.

    With ``one_token`` nobody has a name: it is the plain server with its token.
    """
    server = Server(home, config, name, one_token, dict(extensions or {}))
    await server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.returncode is None:
            await server.stop()
