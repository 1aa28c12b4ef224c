"""Somebody who runs cells: Tandem's dialect over a real WebSocket."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator
from typing import Any

from jupyter_tandem.core.execution.source import source_hash
from jupyter_tandem.protocol import frames as f
from tests.integration.server.client import StockClient, entering
from tests.integration.server.host import ANA, Server

LIVE = ("queued", "running")


class Person:
    """A connection, what it was told of runs, and the document."""

    def __init__(self, client: StockClient) -> None:
        self.client = client
        self._numbers = itertools.count(1)

    # -- what is known -------------------------------------------------------

    @property
    def runs(self) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for message in self.client.messages:
            if isinstance(message, f.Execution):
                found.update({run["id"]: run for run in message.body["runs"]})
        return found

    def fact(self, name: str) -> Any:
        """The newest word on ``kernel`` or ``input``."""
        told = [
            m.body[name]
            for m in self.client.messages
            if isinstance(m, f.Execution) and name in m.body
        ]
        return told[-1] if told else None

    def state(self, run: int) -> str:
        """How a run stands, as far as that was told."""
        return str(self.runs.get(run, {}).get("state", ""))

    def kernel_states(self) -> list[str]:
        """Every state of the kernel that was told, in order: some last for a moment only."""
        told = [
            m.body["kernel"]
            for m in self.client.messages
            if isinstance(m, f.Execution) and m.body.get("kernel")
        ]
        return [str(kernel["state"]) for kernel in told]

    def cell(self, index: int) -> dict[str, Any]:
        found: dict[str, Any] = self.client.cells[index].to_py()
        return found

    def ids(self) -> list[str]:
        return [str(cell["id"]) for cell in self.client.cells]

    def outputs(self, index: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.cell(index)["outputs"]
        return found

    def text(self, index: int) -> str:
        return "".join(o["text"] for o in self.outputs(index) if o["output_type"] == "stream")

    # -- asking --------------------------------------------------------------

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a command after all edits; the answer."""
        number = next(self._numbers)
        await self.client.flush()
        await self.client.say(f.RunCommand({"type": kind, "number": number, **fields}))

        def answers() -> list[dict[str, Any]]:
            bodies = [m.body for m in self.client.messages if isinstance(m, f.RunAnswer)]
            return [body for body in bodies if body["number"] == number]

        await self.client.until(answers)
        return answers()[0]

    def wishes(self, indices: tuple[int, ...]) -> list[dict[str, str]]:
        cells = self.client.cells
        return [
            {"id": str(cells[i]["id"]), "source_hash": source_hash(str(cells[i]["source"]))}
            for i in indices
        ]

    async def run(self, *indices: int, **fields: Any) -> list[int]:
        """Ask for cells to be run; the runs."""
        answer = await self.ask("run", **{"cells": self.wishes(indices), **fields})
        assert answer["status"] == "accepted", answer
        return list(answer["runs"])

    async def ended(self, *runs: int) -> list[dict[str, Any]]:
        """Return when these runs have ended, and what became of them."""
        await self.client.until(
            lambda: all(r in self.runs and self.runs[r]["state"] not in LIVE for r in runs)
        )
        await self.client.arrived()
        return [self.runs[run] for run in runs]

    async def run_to_end(self, *indices: int, **fields: Any) -> list[dict[str, Any]]:
        return await self.ended(*await self.run(*indices, **fields))


@contextlib.asynccontextmanager
async def running(server: Server, path: str, token: str = ANA) -> AsyncIterator[Person]:
    """Be in a notebook with Tandem's front end, synchronised."""
    room, session = await server.room(path)
    async with entering(server, room, session, token=token, query="tandem=1") as client:
        await client.until(client.synced.is_set)
        yield Person(client)
