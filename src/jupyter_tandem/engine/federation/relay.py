"""At the service: hands what people want run to the server that keeps the file, and tells what comes of it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any, Final, Protocol

from jupyter_tandem.core.board import Board
from jupyter_tandem.core.execution.answer import refused_for
from jupyter_tandem.engine.federation.run_words import left_alone
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.errors import TandemError
from jupyter_tandem.protocol.execution import Command, command_body
from jupyter_tandem.protocol.frames import RunAnswer
from jupyter_tandem.protocol.reason import (
    OWNER_SILENT,
    Reason,
    owner_away,
    owner_went_away,
)
from jupyter_tandem.protocol.run import RunState
from jupyter_tandem.types import DocumentId, FileId, SessionId, User

_log = logging.getLogger(__name__)

MOST_WAITING: Final = 1_000
"""Commands to one server that wait for their answer; it answers within milliseconds."""

_LIVE: Final = frozenset({RunState.QUEUED.value, RunState.RUNNING.value})

MayRun = Callable[[FileId, str], Awaitable[bool]]
"""Whether somebody, by username, may run code at the server that keeps a document's file."""


class Keeper(Protocol):
    """The server that keeps a document's file."""

    @property
    def owner(self) -> str:
        """Its person, as others see them."""

    def errand(self, number: int, user: User, command: dict[str, Any]) -> None:
        """Somebody wants this; answered with :meth:`Relay.outcome`."""

    def warrant(self, username: str, *, may_run: bool) -> None:
        """Whether somebody may run code there."""


class Relay:
    """:class:`~jupyter_tandem.engine.live_room.Orders` of one document at the service."""

    def __init__(self, live: LiveRoom, owner: str, may_run: MayRun) -> None:
        """Nobody keeps the file of ``owner``'s document yet; rights are asked of ``may_run``."""
        self._live = live
        self._owner = owner
        self._may_run = may_run
        self._keeper: Keeper | None = None
        self._board = Board()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[SessionId, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- Orders ------------------------------------------------------------------------------------

    def command(self, session: SessionId, user: User, command: Command) -> None:
        """See the protocol. Whether the sender may run code was seen to by the room."""
        if self._keeper is None:
            self._refuse(session, command.number, owner_away(self._owner))
        elif len(self._waiting) >= MOST_WAITING:
            self._refuse(session, command.number, OWNER_SILENT)
        else:
            number = next(self._numbers)
            self._waiting[number] = (session, command.number)
            self._keeper.errand(number, user, command_body(command, number))

    def edited(self, user: User, cells: Collection[str]) -> None:
        """See the protocol."""

    def room_closed(self) -> None:
        """See the protocol."""
        self._waiting.clear()

    # -- the server that keeps the file --------------------------------------------------------------

    def keeper_came(self, keeper: Keeper) -> None:
        """It is there; it tells how its runs stand by itself."""
        self._keeper = keeper
        self._owner = keeper.owner

    def keeper_left(self, keeper: Keeper) -> None:
        """It is not there any more."""
        if self._keeper is not keeper:
            return
        self._keeper = None
        waiting, self._waiting = self._waiting, {}
        for session, number in waiting.values():
            self._refuse(session, number, owner_went_away(self._owner))
        self.told(left_alone(self._board.whole().body, owner_away(self._owner)))

    def told(self, body: Mapping[str, Any]) -> None:
        """How kernel and runs stand."""
        self._board.post(body)
        if not self._live.closed:
            self._live.post(dict(body))

    def outcome(self, number: int, answer: Mapping[str, Any]) -> None:
        """What became of a command."""
        session, theirs = self._waiting.pop(number, (None, 0))
        if session is not None and not self._live.closed:
            self._live.answer_run(session, RunAnswer({**answer, "number": theirs}))

    def asked(self, username: str) -> None:
        """The server asks whether somebody may run code there."""
        self._spawn(self._give_word(username, always=True))

    def review(self) -> None:
        """Rights have changed: those whose runs wait may have lost theirs (HUBRUN-6)."""
        if self._keeper is None:
            return
        runs = self._board.whole().body["runs"]
        for username in {run["user"]["username"] for run in runs if run["state"] in _LIVE}:
            self._spawn(self._give_word(username, always=False))

    # -- inside --------------------------------------------------------------------------------------

    async def _give_word(self, username: str, *, always: bool) -> None:
        try:
            may_run = await self._may_run(self._live.address.file_id, username)
        except TandemError as error:
            _log.warning("Nobody can say whether %r may run code: %s", username, error)
            may_run = False
        if self._keeper is not None and (always or not may_run):
            self._keeper.warrant(username, may_run=may_run)

    def _refuse(self, session: SessionId, number: int, reason: Reason) -> None:
        answer = refused_for(number, "unavailable", reason)
        # The room is in the middle of handling the command.
        asyncio.get_running_loop().call_soon(self._live.answer_run, session, answer)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Relays:
    """One for every notebook that is open at the service."""

    def __init__(self, owner_of: Callable[[FileId], str], may_run: MayRun) -> None:
        """Nothing is open. ``owner_of`` knows whose a document is."""
        self._owner_of = owner_of
        self._may_run = may_run
        self._relays: dict[DocumentId, tuple[LiveRoom, Relay]] = {}

    def opened(self, live: LiveRoom) -> None:
        """A room has been opened."""
        for document_id, (other, _) in list(self._relays.items()):
            if other.closed:
                del self._relays[document_id]
        if live.address.kind.type == "notebook":
            relay = Relay(live, self._owner_of(live.address.file_id), self._may_run)
            self._relays[live.document_id] = (live, relay)
            live.take_orders(relay)

    def of(self, document_id: DocumentId) -> Relay | None:
        """That of a document that is open."""
        live, relay = self._relays.get(document_id, (None, None))
        return None if live is None or live.closed else relay

    def review(self) -> None:
        """Rights have changed."""
        for live, relay in self._relays.values():
            if not live.closed:
                relay.review()
