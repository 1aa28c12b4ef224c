"""At the service: hands what people want run to the server that keeps the file, and tells what comes of it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from jupyter_tandem.core.execution.answer import refused_for
from jupyter_tandem.engine.federation.anteroom import Anteroom, Starting
from jupyter_tandem.engine.federation.distant_board import DistantBoard
from jupyter_tandem.engine.federation.inquiry import Inquiry
from jupyter_tandem.engine.federation.run_audit import RunAudit
from jupyter_tandem.engine.federation.run_record import RunRecord
from jupyter_tandem.engine.federation.run_words import left_alone
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.errors import TandemError
from jupyter_tandem.protocol.execution import Command, RunCells, command_body
from jupyter_tandem.protocol.frames import RunAnswer
from jupyter_tandem.protocol.reason import (
    OWNER_SILENT,
    Reason,
    owner_away,
    owner_went_away,
)
from jupyter_tandem.types import DocumentId, FileId, SessionId, User

_log = logging.getLogger(__name__)

MOST_WAITING: Final = 1_000
"""Commands to one server that wait for their answer; it answers within milliseconds."""

MOST_HEARD: Final = 1_000
"""People whose commands were handed on last, and who may be asked about though no run of theirs has been told of yet."""

MOST_STRANGE: Final = 100
"""People who are asked about before there is any reason to; what gives one may be on its way."""

ASKED_AT_ONCE: Final = 10
"""People of one document about whom something is found out together. The others wait."""

MayRun = Callable[[FileId, str], Awaitable[bool]]
"""Whether somebody, by username, may run code at the server that keeps a document's file."""


class Keeper(Protocol):
    """The server that keeps a document's file."""

    @property
    def owner(self) -> str:
        """Its person, as others see them."""

    def errand(self, number: int, user: User, command: dict[str, Any]) -> None:
        """Somebody wants this; answered with :meth:`Relay.outcome`."""

    def warrant(self, username: str, *, may_run: bool | None) -> None:
        """Whether somebody may run code there; ``None``: there is no word on them."""


@dataclass(frozen=True, slots=True)
class _Errand:
    """A command that was handed on: whose, under which number, and to run how many cells."""

    session: SessionId
    number: int
    user: User
    cells: int


class Relay:
    """:class:`~jupyter_tandem.engine.live_room.Orders` of one document at the service."""

    def __init__(
        self, live: LiveRoom, owner: str, may_run: MayRun, starting: Starting, audit: RunAudit
    ) -> None:
        """Nobody keeps the file of ``owner``'s document yet; rights are asked of ``may_run``."""
        self._live = live
        self._anteroom = Anteroom(live, starting, self._hand_on, self._show)
        self._record = RunRecord(audit, live.address.file_id, owner)
        self._shown: tuple[object] | None = None
        self._owner = owner
        self._may_run = may_run
        self._keeper: Keeper | None = None
        self._has_told_all = False
        self._board = DistantBoard()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Errand] = {}
        self._heard: OrderedDict[str, None] = OrderedDict()
        self._strange: OrderedDict[str, None] = OrderedDict()
        self._asked = Inquiry(lambda name: self._give_word(name, always=True), ASKED_AT_ONCE)
        self._reviewed = Inquiry(lambda name: self._give_word(name, always=False), ASKED_AT_ONCE)

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
        cells = len(command.cells) if isinstance(command, RunCells) else 0
        self._waiting[number] = _Errand(session, command.number, user, cells)
        _keep(self._heard, user.username, MOST_HEARD)
        self._keeper.errand(number, user, command_body(command, number))
        if user.username in self._strange:
            self._no_longer_strange(user.username)

    def edited(self, user: User, cells: Collection[str]) -> None:
        """See the protocol."""

    def room_closed(self) -> None:
        """See the protocol."""
        self._waiting.clear()
        self._anteroom.close()
        self._record.close()
        self._asked.close()
        self._reviewed.close()

    # -- the server that keeps the file --------------------------------------------------------------

    def keeper_came(self, keeper: Keeper) -> None:
        """It is there; it tells how its runs stand by itself."""
        self._keeper, self._has_told_all = keeper, False
        self._owner = keeper.owner
        self._anteroom.open()

    def keeper_left(self, keeper: Keeper) -> None:
        """It is not there any more."""
        if self._keeper is not keeper:
            return
        self._keeper = None
        waiting, self._waiting = self._waiting, {}
        for errand in waiting.values():
            self._refuse(errand.session, errand.number, owner_went_away(self._owner))
        self._post(left_alone(self._board.whole().body, owner_away(self._owner)))

    def told(self, body: Mapping[str, Any]) -> None:
        """How kernel and runs stand."""
        whole = body.get("full") is True
        self._record.told(self._post(body)["runs"], whole=whole)
        for username in [name for name in self._strange if self._board.names(name)]:
            self._no_longer_strange(username)
        self._has_told_all = self._has_told_all or whole
        if self._has_told_all:
            strange, self._strange = self._strange, OrderedDict()
            for username in strange:
                self._give_none(username)

    def _post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        fit, forgotten = self._board.post(body)
        if not self._live.closed:
            self._live.post(fit, forgotten)
        return fit

    def outcome(self, number: int, answer: Mapping[str, Any]) -> None:
        """What became of a command."""
        errand = self._waiting.pop(number, None)
        if errand is None:
            return
        self._record.asked(errand.user, answer.get("runs"), errand.cells)
        if not self._live.closed:
            told = RunAnswer({**answer, "number": errand.number})
            self._live.answer_run(errand.session, told)

    def asked(self, username: str) -> None:
        """The server asks whether somebody may run code there: somebody who wants to, and nobody else (HUBRUN-12)."""
        if username in self._heard or self._board.names(username):
            self._asked.about(username)
        elif self._has_told_all:
            # A command that was on its way when the service was restarted: the run that asks holds up its document.
            self._give_none(username)
        else:
            _keep(self._strange, username, MOST_STRANGE)

    def review(self) -> None:
        """Rights have changed: those whose runs wait may have lost theirs (HUBRUN-6)."""
        if self._keeper is None:
            self._anteroom.review(self._owner)
            return
        for username in self._board.awaited():
            self._reviewed.about(username)

    # -- inside --------------------------------------------------------------------------------------

    def _no_longer_strange(self, username: str) -> None:
        del self._strange[username]
        self._asked.about(username)

    def _give_none(self, username: str) -> None:
        if self._keeper is not None:
            self._keeper.warrant(username, may_run=None)

    async def _give_word(self, username: str, *, always: bool) -> None:
        try:
            may_run = await self._may_run(self._live.address.file_id, username)
        except TandemError as error:
            _log.warning("Nobody can say whether %r may run code: %s", username, error)
            if always:
                self._give_none(username)
            return
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


def _keep(names: OrderedDict[str, None], username: str, most: int) -> None:
    """Enter somebody as the newest; whoever was longest ago makes room."""
    names[username] = None
    names.move_to_end(username)
    while len(names) > most:
        names.popitem(last=False)


class Relays:
    """One for every notebook that is open at the service."""

    def __init__(
        self,
        owner_of: Callable[[FileId], str],
        may_run: MayRun,
        starting: Starting,
        audit: RunAudit,
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
