"""What a Hub's service costs with a hundred people at work (:mod:`.typists`).

The service is the real one, in a process of its own, with durability on. The Hub is one that knows everybody, and servers are
raw connections that type and listen: what is measured is the service alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
import tempfile
from collections import deque
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from pycrdt import Array, Doc, Map, Text
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.process import Process
from benchmarks.typists import DOCUMENTS, PEOPLE, Marks, Typist, members, working
from jupyter_tandem.protocol import federation as fed

_KIND: Final = {"format": "json", "type": "notebook"}


class _User(RequestHandler):
    """The Hub's word on a token: it is its person's name, with the right to take part."""

    def get(self) -> None:
        name = self.request.headers["Authorization"].removeprefix("token ")
        scopes = [f"custom:tandem:write!user={name}", f"access:servers!server={name}/"]
        self.finish({"kind": "user", "name": name, "groups": [], "scopes": scopes})


class Server:
    """One person's single-user server, as the service sees it."""

    def __init__(self, name: str, line: ClientConnection, marks: Marks) -> None:
        self.name = name
        self._line = line
        self._marks = marks
        self._numbers = itertools.count(1)
        self._waiting: deque[bytes] = deque()
        self._filled = asyncio.Event()
        self.typists: dict[int, Typist] = {}
        self.tasks = [asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._talk())]

    def send(self, message: fed.FederationMessage) -> None:
        """Send soon; order is kept."""
        self._waiting.append(fed.encode_federation(message))
        self._filled.set()

    def enter(self, document: str) -> Typist:
        """Be in a document."""
        channel = next(self._numbers)
        typist = Typist(lambda frame: self.send(fed.Carried(channel, frame)))
        self.typists[channel] = typist
        self.send(fed.Open(channel, document, ""))
        return typist

    async def _talk(self) -> None:
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                await self._line.send(self._waiting.popleft())

    async def _listen(self) -> None:
        async for data in self._line:
            assert isinstance(data, bytes)
            message = fed.decode_federation(data)
            if isinstance(message, fed.Shut):
                raise RuntimeError(message.reason)
            if isinstance(message, fed.Carried):
                self.typists[message.channel].take(message.frame)
                self._marks.seen(message.frame)


async def hub(quick: bool = False) -> dict[str, float]:
    """A hundred people at work for half a minute."""
    with tempfile.TemporaryDirectory() as folder:
        api = HTTPServer(Application([("/hub/api/user", _User)], log_function=lambda _: None))
        sockets = bind_sockets(0, "127.0.0.1")
        api.add_sockets(sockets)
        api_url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/hub/api"
        async with _service(Path(folder), api_url) as (process, url):
            figures = await _measure(process, url, 5.0 if quick else 30.0)
        api.stop()
    return figures


async def _measure(process: Process, url: str, seconds: float) -> dict[str, float]:
    marks = Marks()
    idle_bytes = process.rss_bytes()
    people = [f"person{number}" for number in range(PEOPLE)]
    documents = [await _shared(url, people, number) for number in range(DOCUMENTS)]
    servers = await asyncio.gather(*(_server(url, name, marks) for name in people))
    typists = [
        servers[person].enter(documents[number])
        for number in range(DOCUMENTS)
        for person in members(number)
    ]
    figures = await working(process, typists, marks, seconds)
    for task in itertools.chain.from_iterable(server.tasks for server in servers):
        task.cancel()
    return {**figures, "rss_idle_mb": idle_bytes / 1e6}


async def _shared(url: str, people: list[str], number: int) -> str:
    """A document of its first member's, shared with the others."""
    owner, *others = (people[person] for person in members(number))
    doc: Doc[Any] = Doc()
    facts_of_cell = {"id": "c", "cell_type": "code", "execution_count": None, "metadata": Map()}
    parts = {"source": Text("x = 1\n"), "outputs": Array(), "execution_state": "idle"}
    doc.get("cells", type=Array).append(Map({**facts_of_cell, **parts}))
    doc.get("meta", type=Map).update({"nbformat": 4, "nbformat_minor": 5, "metadata": Map()})
    facts = {"file_id": f"f{number}", "name": f"n{number}.ipynb", "lineage": f"l{number}"}
    query = urlencode({"server": "", **facts, **_KIND})
    found = await _ask(url, "POST", f"api/documents?{query}", owner, doc.get_update())
    for name in others:
        subject = {"kind": "user", "name": name}
        wish = {"path": found["id"], "subject": subject, "role": "editor"}
        await _ask(url, "POST", "api/grants", owner, json.dumps(wish).encode())
    return str(found["id"])


async def _server(url: str, name: str, marks: Marks) -> Server:
    line = await connect(
        f"{url.replace('http', 'ws', 1)}api/federation?server=",
        additional_headers={"Authorization": f"token {name}"},
        compression=None,
        max_size=None,
        proxy=None,
    )
    return Server(name, line, marks)


async def _ask(url: str, method: str, path: str, name: str, body: bytes) -> dict[str, Any]:
    headers = {"Authorization": f"token {name}"}
    response = await AsyncHTTPClient().fetch(url + path, method=method, headers=headers, body=body)
    found: dict[str, Any] = json.loads(response.body)
    return found


@contextlib.asynccontextmanager
async def _service(folder: Path, api_url: str) -> Any:
    environment = {
        **os.environ,
        "JUPYTERHUB_API_URL": api_url,
        "JUPYTERHUB_API_TOKEN": "of the service",
        "PYTHONWARNINGS": "ignore",
    }
    [probe] = bind_sockets(0, "127.0.0.1")[:1]
    port = probe.getsockname()[1]
    probe.close()
    command = ["-m", "jupyter_tandem.hosts.hub", "--port", str(port), "--store-dir", str(folder)]
    started = await asyncio.create_subprocess_exec(sys.executable, *command, env=environment)
    process, url = Process(started), f"http://127.0.0.1:{port}/services/tandem/"
    try:
        await _until_ready(f"{url}readyz")
        yield process, url
    finally:
        await process.stop()


async def _until_ready(url: str) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            response = await AsyncHTTPClient().fetch(url, raise_error=False)
            if response.code == 200:
                return
        await asyncio.sleep(0.1)
    raise RuntimeError("The service does not come up.")
