"""The load of :mod:`.hub` on one Jupyter Server: what a Hub's service and people's own servers share there is one process's here.

The server is real, with durability on; it also keeps the fifty files up to date, which on a Hub the owners' servers do.
"""

from __future__ import annotations

import asyncio
import json

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.jupyter import Jupyter, running
from benchmarks.typists import DOCUMENTS, IN_EACH, Marks, Typist, working

_NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "id": "c",
            "metadata": {},
            "source": "x = 1\n",
            "execution_count": None,
            "outputs": [],
        }
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


async def solo(quick: bool = False) -> dict[str, float]:
    """A hundred people at work for half a minute."""
    marks = Marks()
    async with running() as server:
        await server.process.settle()
        idle_bytes = server.process.rss_bytes()
        pages = []
        for number in range(DOCUMENTS):
            server.write(f"n{number}.ipynb", json.dumps(_NOTEBOOK))
            pages += [await _page(server, f"n{number}.ipynb", marks) for _ in range(IN_EACH)]
        typists = [page.typist for page in pages]
        figures = await working(server.process, typists, marks, 5.0 if quick else 30.0)
        for page in pages:
            page.leave()
    return {**figures, "rss_idle_mb": idle_bytes / 1e6}


class Page:
    """Somebody's front end with one document open."""

    def __init__(self, line: ClientConnection, marks: Marks) -> None:
        self._line = line
        self._marks = marks
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self.typist = Typist(self._waiting.put_nowait)
        self._tasks = [asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._talk())]

    def leave(self) -> None:
        """Close the page."""
        for task in self._tasks:
            task.cancel()

    async def _talk(self) -> None:
        while True:
            await self._line.send(await self._waiting.get())

    async def _listen(self) -> None:
        async for data in self._line:
            assert isinstance(data, bytes)
            self.typist.take(data)
            self._marks.seen(data)


async def _page(server: Jupyter, name: str, marks: Marks) -> Page:
    address = server.room(await server.session(name)) + "&tandem=1"
    return Page(await connect(address, compression=None, max_size=None, proxy=None), marks)
