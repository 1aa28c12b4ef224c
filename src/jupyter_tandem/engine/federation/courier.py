"""Asks the other end of a connection about shared folders, and takes files from it piece by piece."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from jupyter_tandem.engine.federation.joint import Joint
from jupyter_tandem.engine.federation.refusal import raise_refused
from jupyter_tandem.errors import HubUnreachable, ServerFull, TandemError
from jupyter_tandem.protocol.federation import Ask, Credit, FederationMessage, Piece, Reply

WINDOW_BYTES: Final = 1024 * 1024
"""What may be on its way of one file: fills a connection of 100 Mbit/s with 80 ms of delay."""

REPLY_S: Final = 30.0
"""How long an answer may take, or the next piece of a file."""

MOST_AT_ONCE: Final = 64
"""Questions of one server that wait for their end."""

MOST_PIECES: Final = 4_096
"""Pieces of one file that wait to be read: a window of them has sixteen, and each takes some memory however small it is."""

_BEYOND_BYTES: Final = 64 * 1024
"""A service of an earlier version sends a piece while there is any room, and so up to one piece too much."""

_TOO_MUCH: Final = "The server that has this file sends more than there is room for."


class Delivery:
    """One question, what was answered, and the pieces that follow.

    Attributes:
        reply: The answer; fails with what was refused.
    """

    def __init__(self, number: int, post: Callable[[FederationMessage], None]) -> None:
        """Give credit over ``post``."""
        self.number = number
        self._post = post
        self._pieces: deque[bytes] = deque()
        self._room = WINDOW_BYTES
        self._expects_pieces = False
        self._news = asyncio.Event()
        self._over = False
        self._error: TandemError | None = None
        self.reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    async def read(self) -> bytes:
        """The next piece; none at the end. What was read makes room for more.

        Raises:
            TandemError: it does not come to its end.
        """
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._over:
                return b""
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), REPLY_S)
            except asyncio.TimeoutError:
                raise HubUnreachable("The file stopped arriving; try again.") from None
        piece = self._pieces.popleft()
        self._room += len(piece)
        self._post(Credit(self.number, len(piece)))
        return piece

    def take(self, message: Reply | Piece) -> bool:
        """Take what comes; whether nothing more can."""
        match message:
            case Piece() if not self._expects_pieces:
                return False
            case Piece(_, b""):
                self._over = True
            case Piece(_, data):
                self._keep(data)
            case Reply(_, body):
                self._answered(body)
        self._news.set()
        return self._over or self._error is not None

    def fail(self, error: TandemError) -> None:
        """It will not come (any more)."""
        self._error = error
        self._news.set()
        if not self.reply.done():
            self.reply.set_exception(error)
            # Whoever asked may have gone.
            self.reply.exception()

    def _keep(self, data: bytes) -> None:
        self._room -= len(data)
        if self._room >= -_BEYOND_BYTES and len(self._pieces) < MOST_PIECES:
            self._pieces.append(data)
            return
        # Nothing of it is worth anything: whatever comes from there is not what was asked for.
        self._pieces.clear()
        self.fail(HubUnreachable(_TOO_MUCH))
        self._post(Credit(self.number, 0))

    def _answered(self, body: Mapping[str, Any]) -> None:
        try:
            raise_refused(body)
        except TandemError as error:
            self.fail(error)
            return
        if not self.reply.done():
            self.reply.set_result(dict(body))
        self._expects_pieces = body.get("pieces") is True
        self._over = self._over or not self._expects_pieces


class Courier:
    """The questions that are open on one connection."""

    def __init__(self, post: Callable[[FederationMessage], None]) -> None:
        """Ask over ``post``."""
        self._post = post
        self._numbers = itertools.count(1)
        self._open: dict[int, Delivery] = {}
        self._joint: Joint[tuple[str, str], dict[str, Any]] = Joint()

    async def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Ask; the answer. To a document that somebody waits for already there is one answer for all (HUBDIR-11).

        Raises:
            TandemError: as the other end refuses. HubUnreachable: it does not answer.
        """
        if body.get("want") == "document":
            which = str(body.get("folder")), str(body.get("path"))
            return await self._joint.do(which, lambda: self._ask(body))
        return await self._ask(body)

    async def _ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        delivery = await self.fetch(body)
        return delivery.reply.result()

    async def fetch(self, body: Mapping[str, Any]) -> Delivery:
        """Ask for a file; on return the answer is there, and pieces follow. Close it with :meth:`close`.

        Raises:
            TandemError: as the other end refuses. HubUnreachable: it does not answer.
        """
        delivery = self.begin(body)
        try:
            await asyncio.wait_for(asyncio.shield(delivery.reply), REPLY_S)
        except asyncio.TimeoutError:
            self.close(delivery)
            raise HubUnreachable("There is no answer; try again in a moment.") from None
        except asyncio.CancelledError:
            self.close(delivery)
            raise
        return delivery

    def begin(self, body: Mapping[str, Any]) -> Delivery:
        """Ask, without waiting.

        Raises:
            ServerFull: too many questions are open.
        """
        if len(self._open) >= MOST_AT_ONCE:
            raise ServerFull("Too many files are being fetched; try again in a moment.")
        delivery = Delivery(next(self._numbers), self._post)
        self._open[delivery.number] = delivery
        self._post(Ask(delivery.number, {**body, "credit": WINDOW_BYTES}))
        return delivery

    def take(self, message: Reply | Piece) -> None:
        """Take what the other end says."""
        delivery = self._open.get(message.number)
        if delivery is not None and delivery.take(message):
            del self._open[message.number]

    def close(self, delivery: Delivery) -> None:
        """Nobody wants it any more."""
        if self._open.pop(delivery.number, None) is not None:
            self._post(Credit(delivery.number, 0))

    def lost(self, error: TandemError) -> None:
        """The connection has ended."""
        deliveries, self._open = list(self._open.values()), {}
        for delivery in deliveries:
            delivery.fail(error)
