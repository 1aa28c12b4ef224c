"""In the server of somebody with whom a notebook is shared: where its cells are run (docs/spec/hub-runs.md)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Collection, Mapping
from typing import Any, Final

from jupyter_tandem.core.execution.answer import refused_for
from jupyter_tandem.core.federation.naming import is_hub_file
from jupyter_tandem.engine.execution.hall import RunHall
from jupyter_tandem.engine.federation.distant_board import DistantBoard
from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.engine.federation.link import Link
from jupyter_tandem.engine.federation.run_words import left_alone
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.protocol.execution import Command, command_body
from jupyter_tandem.protocol.federation import Errand, Warrant
from jupyter_tandem.protocol.frames import Execution, RunAnswer, RunCommand
from jupyter_tandem.protocol.reason import NO_WAY, UNANSWERED, Reason
from jupyter_tandem.types import Address, DocumentId, SessionId, User

JOIN_S: Final = 5.0
"""How long a command waits for the way of a document that has just been opened; it is made in well under one."""

_NOTHING: Final[Mapping[str, Any]] = {"full": True, "kernel": None, "input": None, "runs": []}


class Crossing:
    """:class:`~jupyter_tandem.engine.live_room.Orders` of one copy.

    Attributes:
        far: Whether cells are run at the owner's server, and what is shown is its queue.
    """

    def __init__(self, live: LiveRoom, known: KnownDocuments, hall: RunHall) -> None:
        """Decide by what is ``known``; what is run here is run by ``hall``."""
        self._live = live
        self._known = known
        self._hall = hall
        self._link: Link | None = None
        self._board = DistantBoard()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[SessionId, int]] = {}
        self._early: list[tuple[SessionId, Command]] = []
        self._ever_joined = False
        self.far = self._belongs_far()
        if self.far:
            live.post(self._placed(_NOTHING))
        else:
            hall.opened(live)
        live.take_orders(self)

    # -- Orders --------------------------------------------------------------------------------------

    def command(self, session: SessionId, user: User, command: Command) -> None:
        """See the protocol."""
        self.review()
        if not self.far:
            self._hall.desk(self._live.address).command(session, user, command)
            return
        if self._link is not None:
            self._send(session, command)
        elif self._ever_joined:
            self._refuse(session, command.number, NO_WAY)
        else:
            # The document has just been opened, and its way is being made.
            self._early.append((session, command))
            asyncio.get_running_loop().call_later(JOIN_S, self._give_up)

    def _send(self, session: SessionId, command: Command) -> None:
        if self._link is None:
            return
        number = next(self._numbers)
        self._waiting[number] = (session, command.number)
        self._link.command(RunCommand(command_body(command, number)))

    def edited(self, user: User, cells: Collection[str]) -> None:
        """See the protocol."""

    def room_closed(self) -> None:
        """See the protocol."""
        self._waiting.clear()
        self._early.clear()
        if not self.far:
            self._hall.desk(self._live.address).room_closed()

    # -- the way there -------------------------------------------------------------------------------

    def joined(self, link: Link) -> None:
        """The way to the owner's server, through the service, is there."""
        self._link = link
        self._ever_joined = True
        early, self._early = self._early, []
        for session, command in early:
            self._send(session, command)

    def ended(self, link: Link) -> None:
        """It is not there any more."""
        if self._link is not link:
            return
        self._link = None
        waiting, self._waiting = self._waiting, {}
        for session, number in waiting.values():
            self._refuse(session, number, UNANSWERED)
        self.told(left_alone(self._board.whole().body, NO_WAY))

    def told(self, body: Mapping[str, Any]) -> None:
        """How kernel and runs at the owner's server stand."""
        fit, forgotten = self._board.post(body)
        if self.far and not self._live.closed:
            self._live.post(self._placed(fit), forgotten)

    def answered(self, answer: Mapping[str, Any]) -> None:
        """What became of a command."""
        session, theirs = self._waiting.pop(int(answer.get("number", 0)), (None, 0))
        if session is not None and not self._live.closed:
            self._live.answer_run(session, RunAnswer({**answer, "number": theirs}))

    # -- where cells are run -------------------------------------------------------------------------

    def review(self) -> None:
        """Rights may have changed. What is run here comes to its end here."""
        far = self._belongs_far()
        if far == self.far or self._live.closed:
            return
        desk = self._hall.desk(self._live.address)
        if far and desk.working:
            return
        self.far = far
        if far:
            desk.room_closed()
            self._live.post(self._placed(self._board.whole().body))
        else:
            self._live.post(dict(_NOTHING))
            self._hall.opened(self._live)
            self._live.take_orders(self)

    def _give_up(self) -> None:
        """There is no way after all."""
        early, self._early = self._early, []
        for session, command in early:
            self._refuse(session, command.number, NO_WAY)

    def _belongs_far(self) -> bool:
        return self._known.runs_at_owners(self._live.address)

    def _placed(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What is told, with whose server runs the cells (HUBRUN-11)."""
        return {**body, "at": self._known.owner_of(self._live.address)}

    def _refuse(self, session: SessionId, number: int, reason: Reason) -> None:
        answer = refused_for(number, "unavailable", reason)
        # The room may be in the middle of handling the command.
        asyncio.get_running_loop().call_soon(self._answer, session, answer)

    def _answer(self, session: SessionId, answer: RunAnswer) -> None:
        if not self._live.closed:
            self._live.answer_run(session, answer)


class Crossings:
    """:class:`~jupyter_tandem.engine.federation.link.LinkRuns` of copies."""

    def __init__(self, known: KnownDocuments, hall: RunHall) -> None:
        """No copy is open."""
        self._known = known
        self._hall = hall
        self._crossings: dict[DocumentId, tuple[LiveRoom, Crossing]] = {}

    def opened(self, live: LiveRoom) -> bool:
        """A room has been opened; whether it is a copy, whose runs are looked after here."""
        for document_id, (other, _) in list(self._crossings.items()):
            if other.closed:
                del self._crossings[document_id]
        if not is_hub_file(live.address.file_id) or live.address.kind.type != "notebook":
            return False
        crossing = Crossing(live, self._known, self._hall)
        self._crossings[live.document_id] = (live, crossing)
        return True

    def review(self) -> None:
        """What is shared with this server's person has changed."""
        for live, crossing in list(self._crossings.values()):
            if not live.closed:
                crossing.review()

    def joined(self, link: Link) -> None:
        """See the protocol."""
        crossing = self._of(link.address)
        if crossing is not None:
            crossing.joined(link)

    def ended(self, link: Link) -> None:
        """See the protocol."""
        crossing = self._of(link.address)
        if crossing is not None:
            crossing.ended(link)

    def from_room(self, link: Link, message: Execution | RunAnswer) -> None:
        """See the protocol: what is run here is not told elsewhere."""

    def from_hub(self, link: Link, message: Execution | RunAnswer) -> None:
        """See the protocol."""
        crossing = self._of(link.address)
        if crossing is not None:
            take = crossing.told if isinstance(message, Execution) else crossing.answered
            # After the edits that came before it, which are dealt with at the end of this turn.
            asyncio.get_running_loop().call_soon(take, message.body)

    def asked(self, link: Link, message: Errand | Warrant) -> None:
        """See the protocol: nobody is sent here."""

    def _of(self, address: Address) -> Crossing | None:
        live, crossing = self._crossings.get(address.document_id, (None, None))
        return None if live is None or live.closed else crossing
