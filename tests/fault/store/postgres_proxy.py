"""A balancer in front of PostgreSQL, whose lines die at the worst moment or without anybody being told."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import sqlalchemy as sa


class Proxy:
    """Passes on what is said.

    Attributes:
        commits: What becomes of the next commits, one letter each: their answer is lost (``a``), they are (``c``),
            or all goes well (``.``). After a capital new lines are refused too.
        refuses: Whether new lines are closed at once.
    """

    def __init__(self, url: sa.URL) -> None:
        """In front of the database at ``url``, which is reached by a socket in a folder."""
        self.commits = ""
        self.refuses = False
        self._socket = Path(str(url.query["host"])) / ".s.PGSQL.5432"
        self._lines = set[_Line]()

    async def start(self) -> str:
        """Begin to listen.

        Returns:
            The database's URL here.
        """
        self._server = await asyncio.start_server(self._line, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        where = f"postgresql+psycopg://tandem@127.0.0.1:{port}/postgres"
        return f"{where}?sslmode=disable&gssencmode=disable"

    async def stop(self) -> None:
        """Cut every line, and take none any more."""
        self._server.close()
        lines = list(self._lines)
        for line in lines:
            line.cut()
        await asyncio.gather(*(line.ended.wait() for line in lines))

    def fall_silent(self) -> None:
        """On the lines that there are."""
        for line in self._lines:
            line.silent = True

    def fate(self) -> str:
        """Of the next commit."""
        fate, self.commits = self.commits[:1] or ".", self.commits[1:]
        return fate

    async def _line(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        if self.refuses:
            to_near.transport.abort()
            return
        line = _Line(self, to_near, *await asyncio.open_unix_connection(self._socket))
        self._lines.add(line)
        try:
            await asyncio.gather(line.ask(near), line.answer())
        finally:
            self._lines.discard(line)
            line.ended.set()


class _Line:
    def __init__(
        self,
        proxy: Proxy,
        to_near: asyncio.StreamWriter,
        far: asyncio.StreamReader,
        to_far: asyncio.StreamWriter,
    ) -> None:
        self.silent = False
        self.ended = asyncio.Event()
        self._proxy = proxy
        self._to_near = to_near
        self._far = far
        self._to_far = to_far
        self._sets_up = False

    def cut(self) -> None:
        self._to_near.transport.abort()
        self._to_far.transport.abort()

    async def ask(self, near: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while said := await near.read(65_536):
                fate = self._fate(said)
                if fate != ".":
                    await self._end(said, fate)
                    return
                if not self.silent:
                    self._to_far.write(said)
        self.cut()

    async def answer(self) -> None:
        with contextlib.suppress(OSError):
            while said := await self._far.read(65_536):
                if not self.silent:
                    self._to_near.write(said)
        self.cut()

    def _fate(self, said: bytes) -> str:
        self._sets_up = self._sets_up or b"set_config" in said
        if b"COMMIT" not in said:
            return "."
        if self._sets_up:
            self._sets_up = False
            return "."
        return self._proxy.fate()

    async def _end(self, said: bytes, fate: str) -> None:
        self.silent = True
        if fate in "aA":
            self._to_far.write(said)
            await asyncio.sleep(0.1)
        self._proxy.refuses = self._proxy.refuses or fate.isupper()
        self.cut()
