"""One document's way between the room here and the room at the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from jupyter_tandem.core.federation.naming import hub_lineage
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.protocol.federation import (
    Carried,
    Errand,
    FederationMessage,
    Open,
    Report,
    Shut,
    Warrant,
)
from jupyter_tandem.protocol.frames import (
    AWARENESS,
    SYNC,
    TANDEM,
    Acknowledgement,
    Execution,
    Hello,
    RunAnswer,
    RunCommand,
    Status,
    SyncStep2,
    decode_server,
    encode,
)
from jupyter_tandem.protocol.update import inspect
from jupyter_tandem.types import Action, Address, Rights, Role, SessionId, User, Voice

HUB: Final = User("hub:", "Others on the Hub", "Others on the Hub", "H")
"""Whose name the journal here gives to edits that come from the service, which knows who made them."""

MOST_HELD: Final = 200
"""Awareness frames that are kept until the edits before them have been handed over."""

_STEP_1: Final = 0
_STEP_2: Final = 1
_KINDS_READ: Final = frozenset({0, 1, 2, 9, 10})
"""Tandem's frames that mean something to a link: Hello, Acknowledgement, Status, Run answer, Execution."""


class Surroundings(Protocol):
    """What a link needs of the connection and of the server around it."""

    @property
    def backlog_bytes(self) -> int:
        """Bytes that wait to be sent to the service."""

    def post(self, message: FederationMessage) -> None:
        """Send a message to the service."""

    def rights_told(self, link: Link, actions: frozenset[Action]) -> None:
        """The service says what the person may do."""

    def file_told(self, link: Link, body: Mapping[str, Any]) -> None:
        """The service says how the file stands."""

    def file_stands(self, link: Link, body: dict[str, Any]) -> None:
        """The file here stands like this; to be told with :meth:`Link.report`."""

    def diverged(self, link: Link) -> None:
        """The room here holds edits that the service does not take."""

    def broken(self, link: Link, code: int, reason: str, *, by_hub: bool) -> None:
        """The link has ended by itself: the service shut it, or the room here was closed."""


class LinkRuns(Protocol):
    """What goes over a link about kernel and runs."""

    def joined(self, link: Link) -> None:
        """The service has let the link in."""

    def ended(self, link: Link) -> None:
        """It is over."""

    def from_room(self, link: Link, message: Execution | RunAnswer) -> None:
        """The room here tells it."""

    def from_hub(self, link: Link, message: Execution | RunAnswer) -> None:
        """The service's room tells it."""

    def asked(self, link: Link, message: Errand | Warrant) -> None:
        """The service asks it of the server that keeps the file."""


class Link:
    """Passes frames on, both ways. Both rooms check what they get as from anybody.

    Attributes:
        document: Its id at the service.
        address: Its address here.
        keeps: Whether its file is here.
        channel: Its number on the connection.
        live: The room here.
    """

    def __init__(
        self,
        document: str,
        live: LiveRoom,
        channel: int,
        around: Surroundings,
        runs: LinkRuns,
        *,
        keeps: bool,
    ) -> None:
        """A way between ``live`` and the document at the service; :meth:`open` begins.

        Where ``live`` keeps big outputs beside its document, it is needed whole until the link ends.
        """
        self._runs = runs
        self.document = document
        self.address: Address = live.address
        self.live = live
        self.channel = channel
        self.keeps = keeps
        self._around = around
        self._session: SessionId | None = None
        self._may_write = False
        self._handed_over = False
        self._held: list[bytes] = []
        self._reported: dict[str, Any] | None = None
        self._sent = 0
        self._acknowledged = 0
        self._over = False
        self._caught_up = False
        self._errands: list[Errand] = []

    @property
    def synchronised(self) -> bool:
        """Whether the service has made durable all that was edited here."""
        return self._handed_over and self._acknowledged >= self._sent

    @property
    def people(self) -> int:
        """How many connections of people the room here has."""
        return sum(not session.voice.many for session in self.live.room.roster())

    def open(self) -> None:
        """Ask the service to be let in."""
        self._around.post(Open(self.channel, self.document, hub_lineage(self.live.lineage)))

    def end(self, *, tell: bool) -> None:
        """Leave the room here; with ``tell`` the service is told."""
        if self._over:
            return
        self._over = True
        if tell:
            self._around.post(Shut(self.channel, 1001, ""))
        session, self._session = self._session, None
        if session is not None:
            self._runs.ended(self)
            self.live.leave(session)
        if self.live.outputs is not None:
            self.live.outputs.need_no_more()

    # -- from the service ----------------------------------------------------

    def from_hub(self, frame: bytes) -> None:
        """Take a frame of the service's room.

        Raises:
            MalformedFrame: it is none.
        """
        if self._over or not frame:
            return
        if frame[0] in (SYNC, AWARENESS):
            if self._session is not None:
                self.live.receive(self._session, frame)
                if frame[0] == SYNC and len(frame) > 1 and frame[1] == _STEP_2:
                    self._catch_up()
        elif frame[0] == TANDEM and len(frame) > 1 and frame[1] in _KINDS_READ:
            self._hear(frame)

    def shut(self, code: int, reason: str) -> None:
        """The service has shut the channel."""
        if not self._over:
            self.end(tell=False)
            self._around.broken(self, code, reason, by_hub=True)

    def _hear(self, frame: bytes) -> None:
        match decode_server(frame):
            case Hello(body):
                self._learn_rights(body)
                self._join()
            case Acknowledgement(count):
                self._acknowledged = count
            case Status(body):
                rights, file = body.get("rights"), body.get("file")
                if isinstance(rights, dict):
                    self._learn_rights(rights)
                if isinstance(file, dict) and not self.keeps:
                    self._around.file_told(self, file)
            case Execution() | RunAnswer() as message:
                self._runs.from_hub(self, message)
            case _:
                pass

    def _learn_rights(self, body: Mapping[str, Any]) -> None:
        told = body.get("actions")
        actions = frozenset(a for a in Action if isinstance(told, list) and a.value in told)
        could_write, self._may_write = self._may_write, Action.WRITE in actions
        self._around.rights_told(self, actions)
        if could_write and not self._may_write and not self.synchronised:
            # What is on its way will be dropped there.
            self._around.diverged(self)

    def _join(self) -> None:
        if self._session is not None or self.live.closed:
            return
        rights = Rights.of(Role.EDITOR)
        inward = _Inward(self, self._around)
        lineage = self.live.lineage
        self._session = self.live.join(HUB, rights, Dialect.TANDEM, lineage, inward, Voice.HUB)
        self._runs.joined(self)

    # -- from the room here --------------------------------------------------

    def from_room(self, frame: bytes) -> None:
        """Take a frame of the room here."""
        if self._over:
            return
        if frame[0] == SYNC:
            self._sync_from_room(frame)
        elif frame[0] == AWARENESS:
            self._presence_from_room(frame)
        elif self.keeps and frame[:2] == _STATUS:
            self._file_from_room(frame)
        elif frame[:2] == _EXECUTION:
            self._runs_from_room(frame)

    def room_closed(self, code: int, reason: str) -> None:
        """The room here has closed the link's connection."""
        self._runs.ended(self)
        self._session = None
        if not self._over:
            self.end(tell=True)
            self._around.broken(self, code, reason, by_hub=False)

    def _sync_from_room(self, frame: bytes) -> None:
        step = frame[1]
        if step == _STEP_1:
            self._pass_on(frame)
            return
        if self._may_write:
            self._sent += 1
            self._pass_on(frame)
        elif step != _STEP_2 or _holds_edits(frame):
            self._around.diverged(self)
            return
        if step == _STEP_2:
            self._handed_over = True
            held, self._held = self._held, []
            for waiting in held:
                self._pass_on(waiting)

    def _presence_from_room(self, frame: bytes) -> None:
        """Presence binds client ids at the service, so the edits of those who are here go first (HUB-6)."""
        if self._handed_over:
            self._pass_on(frame)
        elif len(self._held) < MOST_HELD:
            self._held.append(frame)

    def _file_from_room(self, frame: bytes) -> None:
        match decode_server(frame):
            case Status({"file": dict(file)}):
                body = {name: file.get(name) for name in ("state", "saved_at", "reason")}
                body["name"] = str(file.get("path") or "").rpartition("/")[2]
                self._reported = body
                self.report_again()
            case _:
                pass

    def report_again(self) -> None:
        """Tell the service once more how the file stands."""
        if self._reported is not None and not self._over:
            self._around.file_stands(self, self._reported)

    def report(self, body: dict[str, Any]) -> None:
        """Tell the service how the file stands."""
        if not self._over:
            self._around.post(Report(self.channel, body))

    def _runs_from_room(self, frame: bytes) -> None:
        match decode_server(frame):
            case Execution() as message:
                self._runs.from_room(self, message)
            case _:
                pass

    # -- runs ------------------------------------------------------------------

    def command(self, command: RunCommand) -> None:
        """Ask the server that keeps the file, behind the edits made here before."""
        self._pass_on(encode(command))

    def tell_of_runs(self, message: FederationMessage) -> None:
        """Tell the service, unless the link is over."""
        if not self._over:
            self._around.post(message)

    def asked(self, message: Errand | Warrant) -> None:
        """The service asks the server that keeps the file."""
        if self._session is None:
            return
        if isinstance(message, Errand) and not self._caught_up:
            # It is about cells that are still on their way here.
            self._errands.append(message)
        else:
            self._runs.asked(self, message)

    def _catch_up(self) -> None:
        """The service has sent all that was not here."""
        self._caught_up = True
        errands, self._errands = self._errands, []
        for errand in errands:
            self._runs.asked(self, errand)

    def _pass_on(self, frame: bytes) -> None:
        self._around.post(Carried(self.channel, frame))


class _Inward:
    """:class:`jupyter_tandem.ports.channel.Channel` of a link in the room here."""

    def __init__(self, link: Link, around: Surroundings) -> None:
        self._link = link
        self._around = around

    def send(self, frame: bytes) -> None:
        self._link.from_room(frame)

    def close(self, code: int, reason: str) -> None:
        self._link.room_closed(code, reason)

    @property
    def backlog_bytes(self) -> int:
        return self._around.backlog_bytes


_STATUS: Final = bytes((TANDEM, 2))
_EXECUTION: Final = bytes((TANDEM, 10))


def _holds_edits(frame: bytes) -> bool:
    match decode_server(frame):
        case SyncStep2(update):
            return bool(inspect(update).blocks)
        case _:
            return False
