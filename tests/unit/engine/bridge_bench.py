"""A room with its file bridge on virtual time, and a person who edits in it."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from jupyter_tandem.adapters.store import MemoryDisk, MemoryStore
from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.execution.outputs import CellOutputs
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.core.room import Room
from jupyter_tandem.engine import file_bridge_exchange
from jupyter_tandem.engine.bridge import Seed
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.file_bridge import FileBridge, SaveSettings
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.ports.store import Entry, FileBase, Holder
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.testing.simulation_loop import VirtualLoop
from jupyter_tandem.types import (
    Address,
    DocumentKind,
    LineageId,
    Rights,
    Role,
    User,
)

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
ANA = User("ana", "Ana", "Ana", "A")
WALL_S = 1_790_000_000.0


def virtual(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test on virtual time; it must leave no failed task behind."""

    @functools.wraps(test)
    def run(*args: Any, **options: Any) -> None:
        loop = VirtualLoop(lambda: 0.01)
        try:
            loop.run_until_complete(asyncio.wait_for(test(*args, **options), 3600))
            assert loop.faults == []
        finally:
            loop.close()

    return run


class LoopClock:
    """The virtual loop's time."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return WALL_S + self.monotonic()


class Counting:
    """Client ids and tokens one after the other."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1_000)

    def client_id(self) -> int:
        return next(self._numbers)

    def token(self) -> str:
        return f"token-{next(self._numbers)}"


class Screen:
    """A front end's connection: keeps what it is told about the file."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str, str, str]] = []
        self.notices: list[tuple[str, str]] = []
        self.backlog_bytes = 0

    def send(self, frame: bytes) -> None:
        message = f.decode_server(frame)
        if isinstance(message, f.Status) and "file" in message.body:
            file = message.body["file"]
            now = asyncio.get_running_loop().time()
            told = (now, file["state"], file["reason"], file["path"])
            if not self.told or self.told[-1][1:] != told[1:]:
                self.told.append(told)
        if isinstance(message, f.Notice):
            self.notices.append((message.body["code"], message.body["message"]))

    def close(self, code: int, reason: str) -> None:
        del code, reason

    @property
    def state(self) -> str:
        return self.told[-1][1]

    @property
    def reason(self) -> str:
        return self.told[-1][2]

    @property
    def path(self) -> str:
        return self.told[-1][3]

    def states(self) -> list[str]:
        return [state for state, _ in itertools.groupby(entry[1] for entry in self.told)]


class Listener:
    """Passes changes on to the bridge, as the registry does."""

    bridge: FileBridge | None = None

    def content_changed(self) -> None:
        if self.bridge is not None:
            self.bridge.content_changed()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


class _NearRecall(Recall):
    """Of a document of any size the state is in memory."""

    async def state(self) -> tuple[int, bytes]:
        return self.live.encode()


class Bench:
    """One document, from its first opening over restarts."""

    def __init__(self, kind: DocumentKind = TEXT, settings: SaveSettings | None = None) -> None:
        self.kind = kind
        self.settings = settings or SaveSettings()
        self.files = MemoryFiles()
        self.disk = MemoryDisk()
        self.clock = LoopClock()
        self.entropy = Counting()
        self.runs = 0
        self.work_s = 0.01
        self.printed = CellOutputs(1_000_000)
        self.outputs: OutputShelf | None = None
        self.recall: Callable[[LiveRoom], Recall] | None = None
        self.path = "folder/a.ipynb" if kind is NOTEBOOK else "folder/a.txt"

    async def open(self, content: Any = None, *, settled: bool = True) -> Bench:
        """Open the document; with ``content`` the file is made first. Opening again is a restart.

        Unless ``settled``, return at once: no version of the file is remembered yet.
        """
        if content is not None:
            self.files.put(self.path, self.written(content))
        if not hasattr(self, "address"):
            self.address = Address(self.kind, await self.files.identify(self.path))
        if hasattr(self, "store"):
            await self.store.lease.release()
        self.store = MemoryStore(self.disk)
        await self.store.lease.acquire(Holder("test", "", 1, "here"))
        self.committer = Committer(self.store.journal, lambda reason: None)
        found = await self._load()
        self.listener = Listener()
        self.live = LiveRoom(self.address, self.room, self.committer, self.clock, self.listener)
        self.screen = Screen()
        self.live.join(ANA, Rights.of(Role.EDITOR), Dialect.TANDEM, None, self.screen)
        self.bridge = FileBridge(
            self.live,
            self.files,
            self.store.bases,
            self.clock,
            self.settings,
            self._run,
            self.entropy,
            lambda _: None,
            self.outputs,
            self.recall(self.live) if self.recall else self._usual_recall(),
        )
        self.listener.bridge = self.bridge
        await self.bridge.start(found)
        if settled:
            # On virtual time: long enough for the base to be worked out, or for the first look at the file.
            await asyncio.sleep(0.1 + max(self.settings.first_look_s, self.settings.remember_s))
        self.watcher = asyncio.ensure_future(self._watch())
        return self

    async def _load(self) -> Seed | None:
        document_id = self.address.document_id
        replay = await self.store.journal.replay(document_id)
        document = Document(self.kind, self.entropy.client_id())
        planted: Seed | None = None
        if replay is None:
            found = await self.files.read(self.address.file_id, self.kind)
            update = seed(self.kind, found.content, self.entropy.client_id())
            head = await self.store.journal.create(document_id, LineageId("L"))
            await self.store.journal.append([Entry(document_id, 1, "", 0.0, "seed", update)])
            document.load([update])
            planted = Seed(found.stamp, update)
            sequence = 1
        else:
            head, sequence = replay.head, replay.head.sequence
            document.load([entry.update for entry in replay.tail])
        self.room = Room(document_id, document, head.lineage, sequence, Limits())
        return planted

    async def _run(self, work: Callable[..., Any], *args: Any) -> Any:
        self.runs += 1
        await asyncio.sleep(self.work_s)
        return work(*args)

    def _usual_recall(self) -> Recall:
        large_bytes = file_bridge_exchange.LARGE_BYTES
        worker: Any = None
        journal = self.store.journal
        return _NearRecall(self.live, journal, worker, self.entropy, large_bytes=large_bytes)

    async def _watch(self) -> None:
        async for event in self.files.watch():
            assert event.file_id == self.address.file_id
            self.bridge.touched()

    async def crash(self, *, journalled: bool = True) -> None:
        """What ``kill -9`` leaves: the journal, with or without what is in flight, and the files."""
        if journalled:
            await self.committer.drain()
        self.watcher.cancel()
        self.bridge.abandon()
        self.listener.bridge = None

    async def close(self) -> None:
        """As the registry retires a room."""
        self.watcher.cancel()
        await self.committer.drain()
        self.live.close(1001, "")
        await self.bridge.close()
        await self.committer.drain()

    # -- people and programs -----------------------------------------------------

    def edit(self, content: Any, author: str = "ana") -> None:
        """Somebody changes the document to ``content``."""
        replica = Document(self.kind, self.entropy.client_id())
        replica.load([self.live.encode()[1]])
        update = replica.update_to(content)
        replica.close()
        assert update is not None
        self.live.incorporate(update, author=author, cause="edit")

    def prints(self, text: str) -> None:
        """The first cell of a notebook, which runs, prints more."""
        self.printed.take("stream", {"name": "stdout", "text": text})

        def write(cells: RunCells) -> None:
            cells.write("a", self.printed)

        self.live.write_cells(write, author="ana")

    def insert(self, text: str) -> None:
        """Somebody types at the end of a text."""
        self.edit(self.content() + text)

    def content(self) -> Any:
        """What the document holds."""
        return self.room.document.content()

    def on_disk(self) -> Any:
        """What the file holds."""
        data = self.files.get(self.path).decode()
        return json.loads(data) if self.kind is NOTEBOOK else data

    def put(self, content: Any) -> None:
        """Another program writes the file."""
        self.files.put(self.path, self.written(content))

    def written(self, content: Any) -> str:
        return json.dumps(content) if self.kind is NOTEBOOK else content

    async def base(self) -> FileBase:
        bases = await self.store.bases.bases(self.address.document_id)
        assert bases.common is not None
        assert bases.intended is None
        return bases.common


def notebook(*sources: str, ids: tuple[str, ...] | None = None) -> dict[str, Any]:
    """A notebook of code cells named a, b, c …"""
    names = ids or tuple("abcdefghijklmnopqrstuvwxyz"[: len(sources)])
    cells = [
        {
            "id": name,
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for name, source in zip(names, sources, strict=True)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def sources(content: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in content["cells"]]


__all__ = ["ANA", "NOTEBOOK", "TEXT", "Bench", "notebook", "sources", "virtual"]
