"""A hall of desks over stores, files and kernels in memory."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pycrdt import Array, Doc

from jupyter_tandem.adapters.store.memory import MemoryDisk, MemoryStore
from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.engine.execution.hall import RunHall
from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.engine.execution.vouchers import Vouchers
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.errors import KernelUnavailable
from jupyter_tandem.ports.kernels import KernelListener, KernelMessage
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address, DocumentKind, FileId, Rights, Role, SessionId, User
from tests.unit.engine.test_rooms import QUICK, CountingEntropy, Events

NOTEBOOK = DocumentKind("json", "notebook")


class FakeKernel:
    """A connection to a kernel that does what the test says, or obliges at once."""

    name = "fake"

    def __init__(self, kernels: FakeKernels, kernel_id: str, listener: KernelListener) -> None:
        self.id = kernel_id
        self.left = False
        self.listener = listener
        self.kernels = kernels

    def execute(self, message: str, code: str, *, stop_on_error: bool, ask: bool) -> None:
        self.kernels.asked.append((self.id, code, message))
        self.kernels.news.set()
        if self.kernels.oblige:
            asyncio.get_running_loop().call_soon(self._publish_end, message)

    def say(self, kind: str, parent: str, channel: str = "iopub", **content: Any) -> None:
        self.listener.heard(KernelMessage(channel, kind, parent, content))

    def _publish_end(self, message: str) -> None:
        self.say("execute_reply", message, "shell", status="ok", execution_count=1)
        for kernel in self.kernels.connected[self.id]:
            if not kernel.left:
                kernel.say("status", message, execution_state="idle")

    def end(self, parent: str, status: str = "ok", **content: Any) -> None:
        """Answer a request and be idle."""
        self.say("execute_reply", parent, "shell", status=status, execution_count=1, **content)
        self.say("status", parent, execution_state="idle")

    def answer(self, value: str) -> None: ...

    def send_comm(self, comm: str, data: Mapping[str, Any]) -> None:
        self.kernels.comms.append((comm, data))
        self.kernels.news.set()

    async def interrupt(self) -> None: ...

    async def caught_up(self) -> None:
        await self.kernels.over.wait()

    async def close(self) -> None:
        self.left = True


class FakeKernels:
    """Kernels by path; one may be shared by several documents."""

    def __init__(self, *, oblige: bool = False) -> None:
        self.oblige = oblige
        self.by_path: dict[str, str] = {}
        self.connected: dict[str, list[FakeKernel]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.identities: list[str] = []
        self.comms: list[tuple[str, Mapping[str, Any]]] = []
        self.news = asyncio.Event()
        self.over = asyncio.Event()

    async def kernel_of(self, path: str) -> str | None:
        return self.by_path.get(path)

    async def start(self, path: str, name: str | None) -> str:
        self.by_path[path] = f"kernel of {path}"
        return self.by_path[path]

    async def connect(
        self, kernel_id: str, listener: KernelListener, identity: str, *, busy: bool = False
    ) -> FakeKernel:
        await self._existing(kernel_id)
        kernel = FakeKernel(self, kernel_id, listener)
        self.connected.setdefault(kernel_id, []).append(kernel)
        self.identities.append(identity)
        return kernel

    async def lives(self, kernel_id: str) -> bool:
        return kernel_id in self.by_path.values()

    async def adopt(self, kernel_id: str, path: str) -> None:
        self.by_path[path] = kernel_id

    async def restart(self, kernel_id: str) -> None:
        await self._existing(kernel_id)

    async def _existing(self, kernel_id: str) -> None:
        if not await self.lives(kernel_id):
            raise KernelUnavailable("There is no such kernel.")

    async def until_asked(self, count: int) -> None:
        while len(self.asked) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 10)

    async def end(self, count: int, **how: Any) -> None:
        """Wait until kernels have been asked so often, and end what one was asked last."""
        await self.until_asked(count)
        kernel, _, message = self.asked[count - 1]
        self.connected[kernel][-1].end(message, **how)


@contextmanager
def steps() -> Iterator[list[float]]:
    """Processor seconds of every step of the event loop.

    Neither what a busy machine adds counts, nor the garbage collector: it looks at all that tests remember.
    """
    found: list[float] = []
    over = False
    run = asyncio.Handle._run

    def measured(handle: asyncio.Handle) -> None:
        before = time.thread_time()
        run(handle)
        if not over:
            found.append(time.thread_time() - before)

    asyncio.Handle._run = measured  # type: ignore[assignment, method-assign]
    gc.collect()
    gc.disable()
    try:
        yield found
    finally:
        over = True
        gc.enable()
        asyncio.Handle._run = run  # type: ignore[method-assign]


def runs_in(told: Sequence[f.ServerMessage]) -> dict[int, dict[str, Any]]:
    """The newest word on each run."""
    news = [m.body["runs"] for m in told if isinstance(m, f.Execution)]
    return {run["id"]: run for runs in news for run in runs}


class Person:
    """A channel that keeps what it is told."""

    def __init__(self, live: LiveRoom, name: str) -> None:
        self.live = live
        self.told: list[f.ServerMessage] = []
        self.news = asyncio.Event()
        self.backlog_bytes = 0
        self._numbers = itertools.count(1)
        rights = Rights.of(Role.EDITOR, may_run=True)
        user = User(name, name, name.title(), name[:1])
        self.session: SessionId = live.join(user, rights, Dialect.TANDEM, live.lineage, self)

    def send(self, frame: bytes) -> None:
        self.told.append(f.decode_server(frame))
        self.news.set()

    def close(self, code: int, reason: str) -> None: ...

    @property
    def runs(self) -> dict[int, dict[str, Any]]:
        return runs_in(self.told)

    def told_of(self, run: int) -> str:
        """The newest word on one run."""
        for message in reversed(self.told):
            if isinstance(message, f.Execution):
                for told in message.body["runs"]:
                    if told["id"] == run:
                        return str(told["state"])
        return ""

    def states(self) -> list[str]:
        runs = self.runs
        return [runs[run]["state"] for run in sorted(runs)]

    def kernel_states(self) -> list[str]:
        """Every state of the kernel that somebody was told."""
        told = [m.body.get("kernel") for m in self.told if isinstance(m, f.Execution)]
        return [str(kernel["state"]) for kernel in told if kernel]

    async def until(self, holds: Any) -> None:
        while not holds():
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 10)

    def ask(self, kind: str, **fields: Any) -> int:
        number = next(self._numbers)
        body = {"type": kind, "number": number, **fields}
        self.live.receive(self.session, f.encode(f.RunCommand(body)))
        return number

    async def answer(self, number: int) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            bodies = [m.body for m in self.told if isinstance(m, f.RunAnswer)]
            return [body for body in bodies if body["number"] == number]

        await self.until(found)
        return found()[0]

    def type(self, cell: int, text: str) -> None:
        """Put ``text`` at the beginning of a cell's source."""
        doc: Doc[Any] = Doc()
        doc.apply_update(self.live.room.document.encode())
        before = doc.get_state()
        doc.get("cells", type=Array)[cell]["source"].insert(0, text)
        self.live.receive(self.session, f.encode(f.Update(doc.get_update(before))))

    async def run(self, *cells: str) -> dict[str, Any]:
        return await self.answer(self.ask("run", cells=[{"id": cell} for cell in cells]))


class House:
    """One server's life over a disk that outlives it."""

    def __init__(self, disk: MemoryDisk, files: MemoryFiles, kernels: FakeKernels) -> None:
        self.store = MemoryStore(disk)
        self.files = files
        self.kernels = kernels
        self.recorded: list[Run] = []
        entropy, clock = CountingEntropy(), SystemClock()
        self.hall = RunHall(
            Means(
                landlord=self,
                kernels=kernels,
                store=self.store.runs,
                files=files,
                path_of=lambda _: None,
                clock=clock,
                entropy=entropy,
                vouchers=Vouchers(),
                ended=lambda run, _: self.recorded.append(run),
            )
        )
        self.rooms = Rooms(
            journal=self.store.journal,
            bases=self.store.bases,
            files=files,
            clock=clock,
            entropy=entropy,
            events=Events(),
            on_lost=lambda _: None,
            on_open=self.hall.opened,
            save_settings=QUICK,
        )
        self.hall.begin()

    async def house(self) -> Rooms:
        return self.rooms

    def limit(self, rights: Rights) -> Rights:
        return rights

    async def enter(self, path: str, name: str = "ana") -> Person:
        """Somebody comes into a notebook; made when it is not there."""
        file_id: FileId = await self.files.identify(path)
        return Person(await self.rooms.open(Address(NOTEBOOK, file_id)), name)

    async def stop(self) -> None:
        await self.hall.close()
        await self.rooms.close()
        await self.store.close()


def put_notebook(files: MemoryFiles, path: str, *sources: str) -> None:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source}
        | {"outputs": [], "execution_count": None}
        for n, source in enumerate(sources)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    files.put(path, json.dumps(content))
