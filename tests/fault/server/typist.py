"""A person at Tandem's front end, over a real WebSocket: types, counts acknowledgements, comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pycrdt import Array, Doc, Map, Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from jupyter_tandem.protocol import frames as f

_TOKEN = re.compile(r"⟨[^⟩]*⟩")


def tokens_in(text: str) -> Counter[str]:
    """How often each token stands in a text."""
    return Counter(_TOKEN.findall(text))


@dataclass(slots=True)
class _Edit:
    token: str
    update: bytes
    frame: int = 0
    fence: int = 0


class Typist:
    """Types tokens that are never typed twice.

    Attributes:
        sent: Every token typed so far.
        acknowledged: Those the server said are durable.
        reached: Those the server has certainly taken: it answered a ping that was sent after them.
        updates: The updates behind ``acknowledged``.
        base: Content of the document when everything in it was acknowledged, for a merge.
        merges: Answers to merge requests.
    """

    def __init__(self, name: str, url: str, token: str, *, notebook: bool) -> None:
        """Go to the room at ``url`` in the name of whom ``token`` stands for."""
        self.name = name
        self.doc: Doc[Any] = Doc()
        self._url = url
        self._token = token
        self._notebook = notebook
        self._connection: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._answered = False
        self._loaded = False
        self._frames = 0
        self._fences = 0
        self._heard_fences = 0
        self._pending: list[_Edit] = []
        self._fenced: list[_Edit] = []
        self._number = 0
        self._silent = False
        self._made: list[bytes] = []
        self._changed = asyncio.Event()
        self._merging = False
        self._observe(self.doc)
        self.base: Any = None
        self.merges: list[dict[str, Any]] = []
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.reached: set[str] = set()
        self.updates: list[bytes] = []
        self.closes: list[tuple[int, str]] = []
        self.status: dict[str, Any] = {}
        self.lineage = ""
        self.connections = 0

    # -- what it holds -------------------------------------------------------

    @property
    def cells(self) -> Array[Any]:
        return self.doc.get("cells", type=Array)

    def text(self) -> str:
        """The text, or that of all cells."""
        if not self._notebook:
            return str(self.doc.get("source", type=Text))
        return "\n".join(str(cell["source"]) for cell in self.cells)

    def content(self) -> Any:
        """What the Contents API would say."""
        if not self._notebook:
            return self.text()
        cells = [{**cell.to_py(), "execution_count": None} for cell in self.cells]
        for cell in cells:
            cell.pop("execution_state", None)
        return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}

    @property
    def up_to_date(self) -> bool:
        """Whether it is connected and everything it typed is acknowledged."""
        return self._answered and self._loaded and not self._pending

    async def until(self, holds: Any, seconds: float = 60) -> None:
        """Return when ``holds()`` is true; looked at after every frame, and now and then."""

        async def wait() -> None:
            while not holds():
                self._changed.clear()
                # What holds may be about somebody else as well, of whom nothing is heard here.
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), 0.5)

        try:
            await asyncio.wait_for(wait(), seconds)
        except asyncio.TimeoutError:
            raise AssertionError(
                f"{self.name}: pending {len(self._pending)}, closes {self.closes[-3:]}, "
                f"status {self.status}"
            ) from None

    # -- what it does --------------------------------------------------------

    def come(self) -> None:
        """Connect, and come back whenever the connection breaks."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._stay())

    async def go(self) -> None:
        """Close the connection and stay away."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        self._answered = self._loaded = False

    def type(self, *, at_end: bool = True) -> str:
        """Type a new token; it is sent at once when there is a connection."""
        self._number += 1
        token = f"⟨{self.name}{self._number}🙂⟩"
        self.sent.add(token)
        text = self._target()
        text.insert(len(str(text).encode()) if at_end else 0, token)
        edit = _Edit(token, self._made.pop())
        self._pending.append(edit)
        self._fenced.append(edit)
        if self._answered:
            self._send_edit(f.Update(edit.update), [edit])
        return token

    def add_cell(self, cell_id: str, source: str = "") -> None:
        """Append a cell; not counted among the tokens."""
        self.cells.append(_cell(cell_id, source))
        self._made.clear()

    def paste(self, text: str) -> None:
        """Put a text at the beginning and take it away again; not counted among the tokens."""
        target = self._target()
        before = target.doc.get_state() if target.doc is not None else b""
        target.insert(0, text)
        del target[: len(text.encode())]
        self._made.clear()
        edit = _Edit("", self.doc.get_update(before))
        self._pending.append(edit)
        self._send_edit(f.Update(edit.update), [edit])

    def fence(self) -> None:
        """Ask for a sign that everything sent so far was taken."""
        if self._answered:
            self._fences += 1
            for edit in self._fenced:
                edit.fence = edit.fence or self._fences
            self._send(f.Ping())

    def _target(self) -> Text:
        if not self._notebook:
            return self.doc.get("source", type=Text)
        cells = self.cells
        source: Text = cells[self._number % len(cells)]["source"]
        return source

    # -- connection ----------------------------------------------------------

    async def _stay(self) -> None:
        while True:
            with contextlib.suppress(OSError, InvalidHandshake, ConnectionClosed):
                await self._converse()
            self._answered = False
            self._changed.set()
            await asyncio.sleep(0.05)

    async def _converse(self) -> None:
        async with connect(
            self._url,
            additional_headers={"Authorization": f"token {self._token}"},
            max_size=None,
            compression=None,
            ping_interval=None,
            close_timeout=0.2,
        ) as connection:
            self._connection = connection
            self.connections += 1
            self._frames = self._fences = self._heard_fences = 0
            for edit in self._fenced:
                edit.fence = 0
            try:
                async for raw in connection:
                    assert isinstance(raw, bytes)
                    self._take(f.decode_server(raw))
                    self._changed.set()
            finally:
                self._connection = None
                self.closes.append((connection.close_code or 0, connection.close_reason or ""))

    def _take(self, message: f.ServerMessage) -> None:
        match message:
            case f.Hello(body):
                self._greeted(body["lineage"])
            case f.SyncStep1() | f.SyncStep2() | f.Update() if self._merging:
                pass  # of another history
            case f.MergeAnswer(body):
                self._merged(body)
            case f.SyncStep1(state_vector):
                for edit in self._pending:
                    edit.frame = 0
                self._send_edit(f.SyncStep2(self.doc.get_update(state_vector)), self._pending)
                self._answered = True
            case f.SyncStep2(update) | f.Update(update):
                self._silent = True
                self.doc.apply_update(update)
                self._silent = False
                self._loaded = self._loaded or isinstance(message, f.SyncStep2)
            case f.Acknowledgement(count):
                self._acknowledge(count)
            case f.Status(body):
                self.status = body
            case f.Pong():
                self._heard_fences += 1
                self._settle_fences()

    def _greeted(self, lineage: str) -> None:
        if self.lineage not in ("", lineage):
            self._merging = True
            body = {"base": self.base, "ours": self.content(), "lineage": self.lineage}
            self._send(f.MergeRequest.of(body))
            return
        self.lineage = lineage
        self._send(f.SyncStep1(self.doc.get_state()))

    def _merged(self, answer: dict[str, Any]) -> None:
        """What was typed here is in the document now: begin afresh."""
        assert answer["status"] == "merged", answer
        self.merges.append(answer)
        self._merging = False
        self._pending.clear()
        self.lineage = ""
        self._observe(Doc())
        if self._connection is not None:
            self._connection.transport.abort()

    def _acknowledge(self, count: int) -> None:
        assert count <= self._frames, f"{count} frames acknowledged, {self._frames} sent"
        done = [edit for edit in self._pending if 0 < edit.frame <= count]
        self._pending = [edit for edit in self._pending if not 0 < edit.frame <= count]
        self.acknowledged.update(edit.token for edit in done)
        self.updates += [edit.update for edit in done]

    def _settle_fences(self) -> None:
        done = [edit for edit in self._fenced if 0 < edit.fence <= self._heard_fences]
        self._fenced = [edit for edit in self._fenced if not 0 < edit.fence <= self._heard_fences]
        self.reached.update(edit.token for edit in done)

    def _observe(self, doc: Doc[Any]) -> None:
        self.doc = doc
        self._subscription = doc.observe(self._observed)

    def _observed(self, event: Any) -> None:
        if not self._silent:
            self._made.append(event.update)

    def _send_edit(self, message: f.SyncStep2 | f.Update, edits: list[_Edit]) -> None:
        self._frames += 1
        for edit in edits:
            edit.frame = edit.frame or self._frames
        self._send(message)

    def _send(self, message: f.ClientMessage) -> None:
        """Hand over to the transport at once: order is that of the calls, nothing waits in a task."""
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(ConnectionClosed):
                connection.protocol.send_binary(f.encode(message))
                connection.send_data()


def room_url(port: int, room: str) -> str:
    """The address of a room, as Tandem's front end forms it."""
    return f"ws://127.0.0.1:{port}/api/collaboration/room/{room}?tandem=1"


def notebook_of(*sources: str) -> str:
    """A notebook file with one code cell a source."""
    cells = [
        {**_plain_cell(f"cell-{number}"), "source": source} for number, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _plain_cell(cell_id: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "outputs": [],
    }


def _cell(cell_id: str, source: str) -> Map[Any]:
    return Map(
        {
            "cell_type": "code",
            "execution_count": None,
            "execution_state": "idle",
            "id": cell_id,
            "metadata": Map({}),
            "outputs": Array([]),
            "source": Text(source),
        }
    )
