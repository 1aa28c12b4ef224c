"""At the service: hands what people want run to the server that keeps the file, and tells what comes of it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any, Final, Protocol

from jupyter_tandem.core.board import Board
from jupyter_tandem.core.execution.answer import refused_for
from jupyter_tandem.engine.federation.anteroom import Anteroom, Starting
from jupyter_tandem.engine.federation.run_record import Audit, RunRecord
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

    def __init__(
        self, live: LiveRoom, owner: str, may_run: MayRun, starting: Starting, audit: Audit
    ) -> None:
        """Nobody keeps the file of ``owner``'s document yet; rights are asked of ``may_run``."""
        self._live = live
        self._anteroom = Anteroom(live, starting, self._hand_on, self._show)
        self._record = RunRecord(audit, live.address.file_id, owner)
        self._shown: tuple[object] | None = None
        self._owner = owner
        self._may_run = may_run
        self._keeper: Keeper | None = None
        self._board = Board()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[SessionId, int, User]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- Orders ------------------------------------------------------------------------------------

    def command(self, session: SessionId, user: User, command: Command) -> None:
        """See the protocol. Whether the sender may run code was seen to by the room."""
        if self._keeper is not None:
            self._hand_on(session, user, command)
        elif not self._anteroom.take(session, user, command, self._owner):
            self._refuse(session, command.number, owner_away(self._owner))

    def _hand_on(self, session: SessionId, user: User, command: Command) -> None:
        if self._keeper is None or len(self._waiting) >= MOST_WAITING:
            self._refuse(session, command.number, OWNER_SILENT)
            return
        number = next(self._numbers)
        self._waiting[number] = (session, command.number, user)
        self._keeper.errand(number, user, command_body(command, number))

    def edited(self, user: User, cells: Collection[str]) -> None:
        """See the protocol."""

    def room_closed(self) -> None:
        """See the protocol."""
        self._waiting.clear()
        self._anteroom.close()
        self._record.close()

    # -- the server that keeps the file --------------------------------------------------------------

    def keeper_came(self, keeper: Keeper) -> None:
        """It is there; it tells how its runs stand by itself."""
        self._keeper = keeper
        self._owner = keeper.owner
        self._anteroom.open()

    def keeper_left(self, keeper: Keeper) -> None:
        """It is not there any more."""
        if self._keeper is not keeper:
            return
        self._keeper = None
        waiting, self._waiting = self._waiting, {}
        for session, number, _ in waiting.values():
            self._refuse(session, number, owner_went_away(self._owner))
        self._post(left_alone(self._board.whole().body, owner_away(self._owner)))

    def told(self, body: Mapping[str, Any]) -> None:
        """How kernel and runs stand."""
        self._record.told(body["runs"])
        self._post(body)

    def _post(self, body: Mapping[str, Any]) -> None:
        self._board.post(body)
        if not self._live.closed:
            self._live.post(dict(body))

    def outcome(self, number: int, answer: Mapping[str, Any]) -> None:
        """What became of a command."""
        session, theirs, user = self._waiting.pop(number, (None, 0, None))
        if user is not None:
            self._record.asked(user, answer.get("runs"))
        if session is not None and not self._live.closed:
            self._live.answer_run(session, RunAnswer({**answer, "number": theirs}))

    def asked(self, username: str) -> None:
        """The server asks whether somebody may run code there."""
        self._spawn(self._give_word(username, always=True))

    def review(self) -> None:
        """Rights have changed: those whose runs wait may have lost theirs (HUBRUN-6)."""
        if self._keeper is None:
            self._anteroom.review(self._owner)
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

    def _show(self, reason: Reason | None) -> None:
        """Show why the kernel is waited for; ``None``: it is not any more, and stands as it did before."""
        if reason is not None:
            self._shown = self._shown or (self._board.whole().body["kernel"],)
            told = {"reason": reason.sentence, "why": list(reason.why)}
            self._post({"kernel": {"id": "", "name": "", "state": "starting", **told}, "runs": []})
        elif self._shown is not None:
            (before,), self._shown = self._shown, None
            self._post({"kernel": before, "runs": []})

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

    def __init__(
        self,
        owner_of: Callable[[FileId], str],
        may_run: MayRun,
        starting: Starting,
        audit: Audit,
    ) -> None:
        """Nothing is open. ``owner_of`` knows whose a document is; ``audit`` records what is run."""
        self._owner_of = owner_of
        self._may_run = may_run
        self._starting = starting
        self._audit = audit
        self._relays: dict[DocumentId, tuple[LiveRoom, Relay]] = {}

    def opened(self, live: LiveRoom) -> None:
        """A room has been opened."""
        for document_id, (other, _) in list(self._relays.items()):
            if other.closed:
                del self._relays[document_id]
        if live.address.kind.type == "notebook":
            owner = self._owner_of(live.address.file_id)
            relay = Relay(live, owner, self._may_run, self._starting, self._audit)
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
