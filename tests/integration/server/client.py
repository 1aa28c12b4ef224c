"""A stock client: y-protocols over a real WebSocket, with pycrdt."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

from pycrdt import Array, Doc, Map, Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from jupyter_tandem.protocol import frames as f
from tests.integration.server.host import ANA, Server

PATIENCE_S = 60
"""How long anything may take; a kernel needs many seconds to start where others need the processors."""


class StockClient:
    """One front end's connection to one room, and the document it holds."""

    def __init__(self, doc: Doc[Any] | None = None) -> None:
        self.doc: Doc[Any] = Doc() if doc is None else doc
        self.synced = asyncio.Event()
        self.changed = asyncio.Event()
        self.messages: list[f.ServerMessage] = []
        self.connection: ClientConnection
        self._silent = False
        self._outbox: list[bytes] = []
        self._subscription = self.doc.observe(self._observed)

    # -- what it holds -------------------------------------------------------

    @property
    def cells(self) -> Array[Any]:
        return self.doc.get("cells", type=Array)

    @property
    def text(self) -> Text:
        return self.doc.get("source", type=Text)

    @property
    def state(self) -> Map[Any]:
        return self.doc.get("state", type=Map)

    def sources(self) -> list[str]:
        return [str(cell["source"]) for cell in self.cells]

    def append(self, cell: int, text: str) -> None:
        """Type at the end of a cell."""
        source: Text = self.cells[cell]["source"]
        source += text

    async def until(self, holds: Any) -> None:
        """Return when ``holds()`` is true; looked at after every message, and now and then."""
        try:
            await asyncio.wait_for(self._until(holds), PATIENCE_S)
        except asyncio.TimeoutError:
            raise AssertionError(f"It does not come true. {self._account()}") from None

    def _account(self) -> str:
        """What a reader of a failure wants to know: what was heard last, and how the connection stands."""
        heard = [repr(message)[:400] for message in self.messages[-8:]]
        shut = self.connection.close_code
        return "\n".join([f"Closed with {shut}; the last messages:", *heard])

    async def _until(self, holds: Any) -> None:
        while not holds():
            self.changed.clear()
            # What holds may be about somebody else as well, of whom nothing is heard here.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.changed.wait(), 0.5)

    # -- talking -------------------------------------------------------------

    async def say(self, message: f.ClientMessage) -> None:
        await self.connection.send(f.encode(message))

    async def flush(self) -> None:
        """Send the edits made since the last time."""
        made, self._outbox = self._outbox, []
        for update in made:
            await self.say(f.Update(update))

    async def arrived(self) -> None:
        """Return when the server has taken everything that was sent: it answers in order."""
        answered = len(self.messages)
        await self.say(f.SyncStep1(self.doc.get_state()))
        await self.until(lambda: any(isinstance(m, f.SyncStep2) for m in self.messages[answered:]))

    async def save(self, number: int) -> str:
        """Ask for the file to be written; the answer's status."""
        await self.say(f.SaveRequest(number))

        def answers() -> list[str]:
            bodies = [m.body for m in self.messages if isinstance(m, f.StockNotice)]
            return [str(b["status"]) for b in bodies if b.get("responseTo") == number]

        await self.until(answers)
        return answers()[0]

    def awareness(self) -> dict[int, str]:
        """The newest state of every client that was heard of."""
        found: dict[int, str] = {}
        for message in self.messages:
            if isinstance(message, f.Awareness):
                found.update({state.client: state.json for state in message.states})
        return found

    async def closed(self) -> tuple[int, str]:
        """Code and reason, when the server has closed the connection."""
        await asyncio.wait_for(self.connection.wait_closed(), PATIENCE_S)
        return self.connection.close_code or 0, self.connection.close_reason or ""

    async def run(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self.say(f.SyncStep1(self.doc.get_state()))
            async for raw in self.connection:
                assert isinstance(raw, bytes)
                await self._take(f.decode_server(raw))

    async def _take(self, message: f.ServerMessage) -> None:
        self.messages.append(message)
        match message:
            case f.SyncStep1(state_vector):
                await self.say(f.SyncStep2(self.doc.get_update(state_vector)))
            case f.SyncStep2(update) | f.Update(update):
                self._silent = True
                self.doc.apply_update(update)
                self._silent = False
                if isinstance(message, f.SyncStep2):
                    self.synced.set()
        self.changed.set()

    def _observed(self, event: Any) -> None:
        if not self._silent:
            self._outbox.append(event.update)


AnyClient = TypeVar("AnyClient", bound=StockClient)


@contextlib.asynccontextmanager
async def listening(
    client: AnyClient, url: str, headers: Mapping[str, str], **options: Any
) -> AsyncIterator[AnyClient]:
    """Let ``client`` be connected, and hear what comes."""
    async with connect(
        url, additional_headers=headers, max_size=None, compression=None, **options
    ) as connection:
        client.connection = connection
        hearing = asyncio.ensure_future(client.run())
        try:
            yield client
        finally:
            await connection.close()
            await hearing


@contextlib.asynccontextmanager
async def entering(
    server: Server,
    room: str,
    session: str | None = None,
    *,
    token: str | None = ANA,
    doc: Doc[Any] | None = None,
    query: str = "",
    cookie: str = "",
    **options: Any,
) -> AsyncIterator[StockClient]:
    """Be connected to a room; the first synchronisation is under way."""
    url = f"{server.url.replace('http', 'ws')}/api/collaboration/room/{room}?{query}"
    url += f"&sessionId={session}" if session else ""
    headers = {"Authorization": f"token {token}"} if token else {}
    if cookie:
        headers["Cookie"] = cookie
    async with listening(StockClient(doc), url, headers, **options) as client:
        yield client


@contextlib.asynccontextmanager
async def editing(
    server: Server, path: str, form: str = "json", kind: str = "notebook", **options: Any
) -> AsyncIterator[StockClient]:
    """Be in the room of a file, synchronised, as a stock front end does it."""
    room, session = await server.room(path, form, kind)
    async with entering(server, room, session, **options) as client:
        await asyncio.wait_for(client.synced.wait(), PATIENCE_S)
        yield client
