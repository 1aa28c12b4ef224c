"""A real JupyterHub with its proxy, real single-user servers, and Tandem's service beside them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from tornado.httpclient import AsyncHTTPClient

ROOT = Path(__file__).resolve().parents[3]
PROXY = ROOT / "examples/hub/node_modules/.bin/configurable-http-proxy"

ADMIN_TOKEN = "0123456789abcdef" * 4
SERVICE_TOKEN = "fedcba9876543210" * 4

_CONFIG = """
import asyncio
import os
import pathlib
from jupyter_tandem.hub import configure

c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.subdomain_host = "{subdomain_host}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.JupyterHub.db_url = "sqlite:///{home}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{home}/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "secret"
c.Authenticator.allow_all = True
c.JupyterHub.load_groups = {{"team": {{"users": ["dora"]}}}}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/homes/{{username}}"
c.Spawner.args = ["--allow-root", "--LabApp.expose_app_in_browser=True"]
c.Spawner.environment = {{
    "JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp",
    "PYTHONWARNINGS": "ignore",
}}
c.Spawner.http_timeout = c.Spawner.start_timeout = 60


async def before_start(spawner):
    home = pathlib.Path("{home}/homes", spawner.user.name)
    if (home / "no-start").exists():
        raise RuntimeError("This server does not start.")
    while (home / "slow-start").exists():
        await asyncio.sleep(0.05)


c.Spawner.pre_spawn_hook = before_start
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_api}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.pid_file = "{home}/proxy.pid"
c.JupyterHub.services = [{{"name": "bench", "api_token": {admin!r}}}]
c.JupyterHub.load_roles = [
    {{
        "name": "bench",
        "services": ["bench"],
        "scopes": ["admin:users", "admin:servers", "admin:groups", "tokens", "list:users", "shares", "access:servers", "read:users:name"],
    }}
]
configure(
    c, managed=False, api_token={token!r}, url="http://127.0.0.1:{service}", admins=["olga"],
    start_servers=True,
)
"""


@dataclass
class Reply:
    """What an HTTP request brought."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict, compare=False)


@dataclass
class Process:
    """A program, its log, and its end."""

    command: list[str]
    home: Path
    environment: dict[str, str]
    log: Path
    running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                env=self.environment,
                start_new_session=True,
            )

    async def end(self, sign: int = signal.SIGTERM, *, wait: bool = True) -> int:
        """Send a signal and wait; the exit status."""
        assert self.running is not None
        if self.running.returncode is None:
            self.running.send_signal(sign)
        if not wait:
            return 0
        status = await asyncio.wait_for(self.running.wait(), 60)
        self.running = None
        return status

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-6000:]


@dataclass
class RealHub:
    """All of it in one folder.

    Attributes:
        domain: Where everybody has a domain of their own below it, ``hub.localhost``; ``""``: all are on one address.
    """

    home: Path
    public: int = 0
    service_port: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    hub: Process = field(init=False)
    service: Process = field(init=False)
    ask_s: float = 1.0
    database_url: str = ""
    domain: str = ""

    def __post_init__(self) -> None:
        self.public, hub, proxy_api, self.service_port = _free_ports(4)
        config = self.home / "jupyterhub_config.py"
        config.write_text(
            _CONFIG.format(
                public=self.public,
                subdomain_host=self.url if self.domain else "",
                hub=hub,
                proxy_api=proxy_api,
                service=self.service_port,
                home=self.home,
                proxy=str(PROXY),
                admin=ADMIN_TOKEN,
                token=SERVICE_TOKEN,
            )
        )
        programs = str(Path(sys.executable).parent)
        environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONWARNINGS": "ignore",
            "CONFIGPROXY_AUTH_TOKEN": "proxy-" + ADMIN_TOKEN,
        }
        self.hub = Process(
            [sys.executable, "-m", "jupyterhub", "-f", str(config)],
            self.home,
            environment,
            self.home / "hub.log",
        )
        self.service = Process(
            [
                sys.executable,
                "-m",
                "jupyter_tandem.hosts.hub",
                *("--port", str(self.service_port)),
                *("--store-dir", str(self.home / "service")),
                *("--ask-s", str(self.ask_s)),
                *("--database-url", self.database_url),
            ],
            self.home,
            {
                **environment,
                "JUPYTERHUB_API_URL": f"http://127.0.0.1:{hub}/hub/api",
                "JUPYTERHUB_API_TOKEN": SERVICE_TOKEN,
                **(self._told_of_domains() if self.domain else {}),
            },
            self.home / "service.log",
        )

    @property
    def url(self) -> str:
        """Where people reach the Hub."""
        return f"http://{self.domain or '127.0.0.1'}:{self.public}"

    @property
    def pages_url(self) -> str:
        """Where people reach the service's pages."""
        return f"{self._host('tandem--service')}/services/tandem"

    def server_url(self, name: str) -> str:
        """Where ``name`` reaches their server."""
        return f"{self._host(name)}/user/{name}"

    def _host(self, label: str) -> str:
        return f"http://{label}.{self.domain}:{self.public}" if self.domain else self.url

    def _told_of_domains(self) -> dict[str, str]:
        """What the Hub tells a service that it starts itself."""
        callback = f"{self.pages_url}/oauth_callback"
        return {"JUPYTERHUB_HOST": self.url, "JUPYTERHUB_OAUTH_CALLBACK_URL": callback}

    @property
    def service_url(self) -> str:
        """Where servers reach the service."""
        return f"http://127.0.0.1:{self.service_port}/services/tandem"

    async def start(self) -> None:
        """Start Hub, proxy and service; return when all of them answer."""
        await asyncio.gather(self.hub.start(), self.service.start())
        await self.until_up(f"{self.service_url}/readyz")
        await self.until_up(f"{self.url}/hub/health")

    async def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.service.running is not None:
                await self.service.end()
            if self.hub.running is not None:
                await self.hub.end(signal.SIGINT)

    async def until_up(self, url: str) -> None:
        for _ in range(1_200):
            reply = await self.ask("GET", url, token="")
            if reply.status == 200:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{url} does not answer\n{self.hub.tail()}\n{self.service.tail()}")

    # -- asking --------------------------------------------------------------

    async def ask(
        self, method: str, url: str, body: Any = None, *, token: str, raw: bytes | None = None
    ) -> Reply:
        """Ask an absolute URL with a token."""
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        if method in {"POST", "PUT", "PATCH"} and data is None:
            data = b""
        # Browsers find every domain below localhost by themselves; programs ask the machine's resolver.
        host = urlsplit(url).netloc
        try:
            response = await AsyncHTTPClient().fetch(
                url.replace(host, f"127.0.0.1:{urlsplit(url).port}", 1),
                method=method,
                headers={
                    "Host": host,
                    "Authorization": f"token {token}",
                    "Content-Type": "application/json",
                },
                body=data,
                raise_error=False,
                allow_nonstandard_methods=True,
                request_timeout=60,
                follow_redirects=False,
            )
        except OSError:
            return Reply(0, None)
        headers = dict(response.headers)
        try:
            return Reply(response.code, json.loads(response.body or b"null"), headers)
        except ValueError:
            return Reply(response.code, response.body, headers)

    async def api(self, method: str, path: str, body: Any = None) -> Reply:
        """Ask the Hub's REST API as an administrator."""
        return await self.ask(method, f"{self.url}/hub/api/{path}", body, token=ADMIN_TOKEN)

    async def at(self, name: str, method: str, path: str, body: Any = None, by: str = "") -> Reply:
        """Ask ``name``'s server, as ``by`` or as its person."""
        token = self.tokens[by or name]
        return await self.ask(method, f"{self.server_url(name)}/{path}", body, token=token)

    # -- people --------------------------------------------------------------

    def folder(self, name: str) -> Path:
        """The files of ``name``."""
        return self.home / "homes" / name

    async def add(self, name: str, *, serve: bool = True) -> None:
        """Make a user with a token, and start their server."""
        await self.api("POST", f"users/{name}")
        made = await self.api("POST", f"users/{name}/tokens")
        self.tokens[name] = made.body["token"]
        self.folder(name).mkdir(parents=True, exist_ok=True)
        if serve:
            await self.start_server(name)

    async def start_server(self, name: str, *, connected: bool = True) -> None:
        reply = await self.api("POST", f"users/{name}/server")
        assert reply.status in {201, 202}, reply
        for _ in range(1_200):
            user = await self.api("GET", f"users/{name}")
            if user.body["servers"].get("", {}).get("ready"):
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError(self.hub.tail())
        if connected:
            await self.until_connected(name)

    async def stop_server(self, name: str) -> None:
        reply = await self.api("DELETE", f"users/{name}/server")
        assert reply.status in {202, 204}, reply
        for _ in range(1_200):
            user = await self.api("GET", f"users/{name}")
            if not user.body["servers"]:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(self.hub.tail())

    async def let_visit(self, visitor: str, name: str) -> None:
        """Let somebody into ``name``'s server, as JupyterHub's own sharing of servers does."""
        body = {"user": visitor, "scopes": [f"access:servers!server={name}/"]}
        reply = await self.ask(
            "POST", f"{self.url}/hub/api/shares/{name}/", body, token=ADMIN_TOKEN
        )
        assert reply.status == 200, reply

    async def until_connected(self, name: str) -> None:
        """Return when ``name``'s server is connected to the service."""
        for _ in range(1_200):
            reply = await self.at(name, "GET", "tandem/hub/status")
            if reply.status == 200 and reply.body["connected"]:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{reply}\n{self.hub.tail()}\n{self.service.tail()}")

    def lower(self, grant_id: str) -> None:
        """Make somebody a viewer behind the back of a service that does not run."""
        self._behind_its_back("UPDATE grants SET role = 'viewer' WHERE id = ?", grant_id)

    def take_back(self, grant_id: str) -> None:
        """End a share behind the back of a service that does not run."""
        self._behind_its_back("UPDATE grants SET ended_at = 1 WHERE id = ?", grant_id)

    def _behind_its_back(self, statement: str, grant_id: str) -> None:
        with contextlib.closing(sqlite3.connect(self.home / "service/sharing.sqlite3")) as store:
            store.execute(statement, (grant_id,))
            store.execute("UPDATE state SET revision = revision + 1")
            store.commit()

    def write_notebook(self, name: str, path: str, *sources: str) -> None:
        """Put a notebook among ``name``'s files."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources]
        )
        nbformat.write(notebook, self.folder(name) / path)

    def sources(self, name: str, path: str) -> list[str]:
        """The cells of a notebook among ``name``'s files."""
        return [str(cell["source"]) for cell in nbformat.read(self.folder(name) / path, 4)["cells"]]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
