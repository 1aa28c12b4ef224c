"""What a Hub's service costs with a hundred people at work: fifty documents, five people in each, two edits a second from each.

The service is the real one, in a process of its own, with durability on. The Hub is one that knows everybody, and servers are
raw connections that type and listen: what is measured is the service alone. An edit's delay is the time from when one server
sends it until the last of the others has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
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
from jupyter_tandem.protocol import federation as fed
from jupyter_tandem.protocol import frames as f

PEOPLE: Final = 100
DOCUMENTS: Final = 50
IN_EACH: Final = 5
EDITS_PER_S: Final = 2.0

_WARM_UP_S: Final = 5.0
_KIND: Final = {"format": "json", "type": "notebook"}


class _User(RequestHandler):
    """The Hub's word on a token: it is its person's name, with the right to take part."""

    def get(self) -> None:
        name = self.request.headers["Authorization"].removeprefix("token ")
        scopes = [f"custom:tandem:write!user={name}", f"access:servers!server={name}/"]
        self.finish({"kind": "user", "name": name, "groups": [], "scopes": scopes})


@dataclass
class Typist:
    """One person in one document."""

    server: Server
    channel: int
    doc: Doc[Any] = field(default_factory=Doc)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, frame: bytes) -> None:
        """Answer what the room asks; enough of a front end to be let in and to type."""
        if frame[:2] == b"\x00\x00":
            message = f.decode_server(frame)
            assert isinstance(message, f.SyncStep1)
            self.say(f.SyncStep1(self.doc.get_state()))
            self.say(f.SyncStep2(self.doc.get_update(message.state_vector)))
        elif frame[:1] == b"\x00" and not self.ready.is_set():
            # The answer may come in parts, and ends with the SyncStep2.
            message = f.decode_server(frame)
            assert isinstance(message, f.Update | f.SyncStep2)
            self.doc.apply_update(message.update)
            if isinstance(message, f.SyncStep2):
                self.ready.set()

    def say(self, message: f.ClientMessage) -> None:
        """Send a frame into the document."""
        self.server.send(fed.Carried(self.channel, f.encode(message)))

    def type(self, mark: str) -> None:
        """Type a mark that is found again in what others get."""
        before = self.doc.get_state()
        source: Text = self.doc.get("cells", type=Array)[0]["source"]
        source.insert(0, mark)
        self.say(f.Update(self.doc.get_update(before)))


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
        typist = Typist(self, next(self._numbers))
        self.typists[typist.channel] = typist
        self.send(fed.Open(typist.channel, document, ""))
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


class Marks:
    """When each edit was sent, and when the others had it."""

    def __init__(self) -> None:
        self._sent: dict[bytes, tuple[float, int]] = {}
        self._numbers = itertools.count(10_000_000)
        self.delays_s: list[float] = []

    def next(self) -> str:
        """A mark that is sent now."""
        mark = f"<{next(self._numbers)}>"
        self._sent[mark.encode()] = (time.perf_counter(), IN_EACH - 1)
        return mark

    def seen(self, frame: bytes) -> None:
        """A frame has arrived."""
        start = frame.find(b"<")
        while start >= 0:
            mark = frame[start : start + 10]
            known = self._sent.get(mark)
            if known is not None:
                at, left = known
                if left == 1:
                    del self._sent[mark]
                    self.delays_s.append(time.perf_counter() - at)
                else:
                    self._sent[mark] = (at, left - 1)
            start = frame.find(b"<", start + 1)

    @property
    def missing(self) -> int:
        """Edits that not everybody has got."""
        return len(self._sent)


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
        for person in _members(number)
    ]
    for typist in typists:
        await asyncio.wait_for(typist.ready.wait(), 60)
    typing = [asyncio.ensure_future(_type(one, marks, n)) for n, one in enumerate(typists)]
    await asyncio.sleep(_WARM_UP_S)
    marks.delays_s.clear()
    cpu_s, began = process.cpu_s(), time.perf_counter()
    await asyncio.sleep(seconds)
    lasted = time.perf_counter() - began
    cpu = (process.cpu_s() - cpu_s) / lasted
    delays = sorted(marks.delays_s)
    rss = process.rss_bytes()
    for task in typing:
        task.cancel()
    await asyncio.sleep(1)
    for task in itertools.chain.from_iterable(server.tasks for server in servers):
        task.cancel()
    return {
        "hub/people": PEOPLE,
        "hub/edits_per_s": len(delays) / lasted,
        "hub/cpu_percent": cpu * 100,
        "hub/rss_mb": rss / 1e6,
        "hub/rss_idle_mb": idle_bytes / 1e6,
        "hub/delay_p50_ms": statistics.median(delays) * 1000,
        "hub/delay_p99_ms": delays[int(len(delays) * 0.99)] * 1000,
        "hub/edits_missing": marks.missing,
    }


async def _type(typist: Typist, marks: Marks, number: int) -> None:
    """Type at an even pace; people do not all press their keys at once."""
    pace_s = 1 / EDITS_PER_S
    await asyncio.sleep(pace_s * (number % 100) / 100)
    while True:
        typist.type(marks.next())
        await asyncio.sleep(pace_s)


def _members(number: int) -> list[int]:
    return [(number * 2 + step * 21) % PEOPLE for step in range(IN_EACH)]


async def _shared(url: str, people: list[str], number: int) -> str:
    """A document of its first member's, shared with the others."""
    owner, *others = (people[person] for person in _members(number))
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
