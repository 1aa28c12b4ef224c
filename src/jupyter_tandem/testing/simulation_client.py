"""Clients of a simulation: Tandem's dialect with acknowledgements, and the stock one."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from jupyter_tandem.core.document import Document
from jupyter_tandem.ports.reception import Call, Grants, Reception, Visitor
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.testing.simulation_loop import Process
from jupyter_tandem.testing.simulation_network import GONE, Link, Weather
from jupyter_tandem.types import Action, ClientId, DocumentId, DocumentKind, LineageId, User

_SILENCE_S: Final = 30.0
"""A client that hears nothing for so long gives the connection up (stock clients do the same)."""

_PING_S: Final = 10.0
_BACK_OFF_S: Final = (0.5, 2.0)
_EMPTY_UPDATE: Final = b"\x00\x00"

FINAL_CODES: Final = frozenset({4403, 4404, 4413, 4429})
"""Close codes after which a client does not come back by itself."""


class Site(Protocol):
    """Where the server of the moment can be found."""

    @property
    def process(self) -> Process | None:
        """The running server, if any."""

    @property
    def reception(self) -> Reception | None:
        """Its door, once it is open."""

    @property
    def lineage(self) -> LineageId | None:
        """The document's lineage, as a stock client asks for before it connects."""


class Observer(Protocol):
    """Who judges the server by what the clients see."""

    def acknowledged(self, client: SimulatedClient, updates: list[bytes]) -> None:
        """The server said that these are durable."""

    def shown(self, update: bytes) -> None:
        """The server passes this on."""

    def refused(self, client: SimulatedClient, code: int, reason: str) -> None:
        """The server closed for good."""

    def merged(self, client: SimulatedClient, base: Any, ours: Any) -> None:
        """The server brought in what the client had in another lineage: ``ours``, which had come from ``base``."""


@dataclass(slots=True)
class Person:
    """Somebody who opens the document.

    Attributes:
        user: Who it is.
        grants: What they may do.
        tandem: Whether they use Tandem's own front end.
        rogue: Whether their front end sends edits that they have no right to make.
    """

    user: User
    grants: Grants
    tandem: bool = True
    rogue: bool = False


@dataclass(slots=True)
class _Pending:
    """An edit that was not acknowledged; ``frame`` says which frame of this connection holds it."""

    update: bytes
    frame: int = 0


@dataclass(slots=True)
class _Session:
    """What is known of the present connection."""

    link: Link
    greeted: bool = False
    answered: bool = False
    merging: bool = False
    sent: int = 0
    heard_at: float = 0.0
    actions: frozenset[str] = field(default_factory=frozenset)


class SimulatedClient:
    """A person's front end: holds a copy of the document through breaks of the network and of the server.

    Attributes:
        document: The copy.
        lineage: The history it belongs to, once known.
        reloads: How often the copy was thrown away for a fresh one.
        barred: Whether the person was ever forbidden to read.
    """

    def __init__(
        self,
        person: Person,
        kind: DocumentKind,
        room: DocumentId,
        site: Site,
        observer: Observer,
        weather: Weather,
        chance: random.Random,
    ) -> None:
        """A front end that is not connected."""
        self.person = person
        self._kind = kind
        self._room = room
        self._site = site
        self._observer = observer
        self._weather = weather
        self._chance = chance
        self._loop = asyncio.get_running_loop()
        self._session: _Session | None = None
        self._pending: list[_Pending] = []
        self._online = False
        self._base: Any = None
        self._loaded = False
        self.reloads = 0
        self.barred = False
        self.lineage: LineageId | None = None
        self.document = self._fresh()

    def __repr__(self) -> str:
        return self.person.user.username

    # -- what the person does ------------------------------------------------

    def go_online(self) -> None:
        """Connect, and keep connecting."""
        if not self._online:
            self._online = True
            self._connect()

    def go_offline(self) -> None:
        """Close the connection and stay away."""
        self._online = False
        session, self._session = self._session, None
        if session is not None:
            session.link.hang_up()

    def edit(self, change: Callable[[Any], Any]) -> bytes | None:
        """Replace the content by what ``change`` makes of it; sent at once when there is a connection.

        Returns:
            The update that made, if anything changed.
        """
        content = self.document.content()
        if not self._pending:
            self._base = content
        update = self.document.update_to(change(content))
        if update is None:
            return None
        pending = _Pending(update)
        self._pending.append(pending)
        session = self._session
        if session is not None and session.answered:
            self._send_edit(session, f.Update(update))
            pending.frame = session.sent
        if not self.person.tandem:
            self._pending.clear()
        return update

    @property
    def link(self) -> Link | None:
        """The present connection."""
        return None if self._session is None else self._session.link

    @property
    def loaded(self) -> bool:
        """Whether the document has arrived, so that it can be edited."""
        return self._loaded

    @property
    def may_write(self) -> bool:
        """Whether the front end lets the person edit: rogues ask nobody."""
        if self.person.rogue or not self.person.tandem:
            return True
        session = self._session
        return session is None or ("write" in session.actions and not session.merging)

    @property
    def at_rest(self) -> bool:
        """Whether it is connected, synchronised, and everything it did is acknowledged."""
        session = self._session
        if session is None or not session.link.whole:
            return False
        return session.answered and self.loaded and not self._pending

    # -- Caller --------------------------------------------------------------

    def addressed(self, frame: bytes) -> None:
        """See :class:`~jupyter_tandem.testing.simulation_network.Caller`."""
        message = f.decode_server(frame)
        if isinstance(message, f.Update):
            self._observer.shown(message.update)

    def opened(self) -> None:
        """See :class:`~jupyter_tandem.testing.simulation_network.Caller`."""
        if not self.person.tandem and self._session is not None:
            self._send(f.SyncStep1(self.document.state_vector()))

    def take(self, frame: bytes) -> None:
        """See :class:`~jupyter_tandem.testing.simulation_network.Caller`."""
        session = self._session
        if session is None:
            return
        session.heard_at = self._loop.time()
        match f.decode_server(frame):
            case f.Hello(body):
                self._greeted(session, body)
            case f.SyncStep1() | f.SyncStep2() | f.Update() if session.merging:
                pass  # of another history: it comes again after the merge
            case f.SyncStep1(state_vector):
                self._asked(session, state_vector)
            case f.SyncStep2(update):
                self._changed(update)
                self._loaded = True
            case f.Update(update):
                self._changed(update)
            case f.Acknowledgement(count):
                self._acknowledged(session, count)
            case f.Status(body):
                self._told(session, frozenset(body["rights"]["actions"]))
            case f.MergeAnswer():
                self._observer.merged(self, self._base, self.document.content())
                self._reload()
            case _:
                pass

    def closed(self, code: int, reason: str) -> None:
        """See :class:`~jupyter_tandem.testing.simulation_network.Caller`."""
        self._session = None
        if code in FINAL_CODES:
            self._observer.refused(self, code, reason)
            self._online = False
        elif self._online:
            if code == 1003:
                self._start_over(LineageId(json.loads(reason)["sessionId"]))
            self._loop.call_later(self._chance.uniform(*_BACK_OFF_S), self._connect)

    # -- connecting ----------------------------------------------------------

    def _connect(self) -> None:
        if self._session is not None or not self._online:
            return
        if not self.person.tandem and self.lineage is None:
            self.lineage = self._site.lineage
            if self.lineage is None:  # the server would make the document first
                self._loop.call_later(self._chance.uniform(*_BACK_OFF_S), self._connect)
                return
        link = Link(self._loop, self._weather, self._chance, self)
        self._session = _Session(link, heard_at=self._loop.time())
        visitor = Visitor(self.person.user, f"peer-{self}")
        lineage = None if self.person.tandem else self.lineage
        call = Call(self._room, lineage, self.person.tandem, visitor, self.person.grants)
        link.connect(self._site.process, self._site.reception, call)
        self._loop.call_later(_PING_S, self._look_alive, self._session)

    def _look_alive(self, session: _Session) -> None:
        if session is not self._session:
            return
        if self._loop.time() - session.heard_at > _SILENCE_S:
            session.link.hang_up()
            self.closed(GONE, "Nothing was heard.")
            return
        if self.person.tandem and session.greeted:
            self._send(f.Ping())
        self._loop.call_later(_PING_S, self._look_alive, session)

    def _greeted(self, session: _Session, body: dict[str, Any]) -> None:
        session.greeted = True
        session.actions = frozenset(body["actions"])
        lineage = LineageId(body["lineage"])
        if self.lineage not in (None, lineage):
            self._meet_other_lineage()
            return
        self.lineage = lineage
        for pending in self._pending:
            pending.frame = 0
        self._send(f.SyncStep1(self.document.state_vector()))
        state = f.AwarenessState(self.document.client_id, session.sent, "{}")
        self._send(f.Awareness((state,)))

    def _meet_other_lineage(self) -> None:
        if not self._pending:
            self._reload()
            return
        if self._session is not None:
            self._session.merging = True
        body = {"base": self._base, "ours": self.document.content(), "lineage": self.lineage}
        self._send(f.MergeRequest.of(body))

    def _asked(self, session: _Session, state_vector: bytes) -> None:
        """Answer the server's question about what it lacks."""
        if not (self.person.rogue or self._may_answer(session)):
            session.answered = True
            return
        if self.person.tandem and not session.greeted:
            return
        self._send_edit(session, f.SyncStep2(self.document.encode(state_vector)))
        session.answered = True
        for pending in self._pending:
            pending.frame = 1

    def _may_answer(self, session: _Session) -> bool:
        return not self.person.tandem or Action.WRITE.value in session.actions

    # -- edits ---------------------------------------------------------------

    def _changed(self, update: bytes) -> None:
        if update != _EMPTY_UPDATE:
            self.document.apply([update])

    def _acknowledged(self, session: _Session, count: int) -> None:
        done = [p.update for p in self._pending if 0 < p.frame <= count]
        self._pending = [p for p in self._pending if not 0 < p.frame <= count]
        if count > session.sent:
            raise AssertionError(f"{self}: {count} frames acknowledged, {session.sent} sent")
        if done:
            self._observer.acknowledged(self, done)

    def _told(self, session: _Session, actions: frozenset[str]) -> None:
        session.actions = actions
        if Action.WRITE.value not in actions and self._pending and not self.person.rogue:
            # The edits are kept as a copy, for the person; the document is opened afresh.
            self._reload()

    def _reload(self) -> None:
        """The page is loaded again."""
        session, self._session = self._session, None
        if session is not None:
            session.link.hang_up()
        self._start_over(None)
        if self._online:
            self._loop.call_later(self._chance.uniform(*_BACK_OFF_S), self._connect)

    def _start_over(self, lineage: LineageId | None) -> None:
        self.reloads += 1
        self._pending.clear()
        self._loaded = False
        self.lineage = lineage
        self.document.close()
        self.document = self._fresh()

    def _fresh(self) -> Document:
        return Document(self._kind, ClientId(self._chance.getrandbits(32)))

    # -- sending -------------------------------------------------------------

    def _send_edit(self, session: _Session, message: f.SyncStep2 | f.Update) -> None:
        session.sent += 1
        self._send(message)

    def _send(self, message: f.ClientMessage) -> None:
        if self._session is not None:
            self._session.link.call_server(f.encode(message))
