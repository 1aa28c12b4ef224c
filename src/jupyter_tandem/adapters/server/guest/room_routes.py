"""``api/collaboration`` for guests: the rooms of what was shared, and a lobby where nobody else is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.web import HTTPError
from tornado.websocket import WebSocketHandler

from jupyter_tandem.adapters.server.conversation import Conversation
from jupyter_tandem.adapters.server.guest.route import (
    GuestRoute,
    identify,
    room_user,
    still_there,
)
from jupyter_tandem.adapters.server.heartbeat import Heartbeat
from jupyter_tandem.adapters.server.line import take_over
from jupyter_tandem.adapters.server.sharing.places import clean_path
from jupyter_tandem.errors import NotFound, TandemError
from jupyter_tandem.ports.desks import Office, Opened
from jupyter_tandem.ports.outputs import Outputs
from jupyter_tandem.ports.reception import Call, Reception, Visitor
from jupyter_tandem.sharing import Person, TargetKind
from jupyter_tandem.types import Action, Address, DocumentKind, LineageId

LOBBY: Final = "JupyterLab:globalAwareness"
NOTEBOOK: Final = DocumentKind("json", "notebook")
TEXT: Final = DocumentKind("text", "file")


class SharedSessionRoute(GuestRoute):
    """``PUT api/collaboration/session/<path>``: as for everybody, for what is shared (HOST-1)."""

    actions: ClassVar[Mapping[str, Action]] = {"PUT": Action.READ}

    def initialize(self, office: Office, reception: Reception) -> None:  # type: ignore[override]
        """Ask ``reception``."""
        super().initialize(office)
        self._reception = reception

    @allow_unauthenticated
    async def put(self, path: str) -> None:
        """Answer 200, or 201 when nobody had asked for the document before."""
        kind = self.kind(self.body())
        with self.refusing():
            opened = await self.office.shelf.find(self.person, clean_path(path))
            if not isinstance(opened, Opened) or not fits(opened, kind):
                raise NotFound("There is no such document.")
            guest = Visitor(room_user(self, self.guest), self.request.remote_ip or "")
            invitation = await self._reception.invite(opened.found.path, kind, guest)
            self.set_status(200 if invitation.known else 201)
            self.finish(
                {
                    "format": kind.format,
                    "type": kind.type,
                    "fileId": invitation.address.file_id,
                    "sessionId": invitation.lineage,
                }
            )


async def shared_document(office: Office, room: str, person: Person) -> Address:
    """The shared document with this room id.

    Raises:
        NotFound: it is none.
    """
    try:
        address = Address.parse(room)
    except ValueError as error:
        raise NotFound("There is no such document.") from error
    opened = await office.shelf.document(person, address.file_id)
    if not fits(opened, address.kind):
        raise NotFound("There is no such document.")
    return address


class SharedOutputRoute(GuestRoute):
    """``GET api/collaboration/output/<room id>/<name>``: a big output of what is shared (BIG-6)."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, office: Office, outputs: Outputs) -> None:  # type: ignore[override]
        """Ask ``outputs``."""
        super().initialize(office)
        self._outputs = outputs

    @allow_unauthenticated
    async def get(self, room: str, name: str) -> None:
        """Answer as for everybody."""
        with self.refusing():
            address = await shared_document(self.office, room, self.person)
            who = still_there(self, self.office, self.person)
            rights = self.office.shelf.rights(who, address.file_id)
            user = room_user(self, self.guest)
            call = Call(
                room=room,
                lineage=None,
                tandem=True,
                visitor=Visitor(user, self.request.remote_ip or ""),
                grants=rights,
                parting=rights.parting,
            )
            found = await self._outputs.read(call, name)
            self.set_header("Content-Type", "application/json")
            self.finish(found)


class GuestSocket(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """A WebSocket of the guest view."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """Refuse the handshake with one line: a page would set a cookie for the whole origin."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{self._reason}\n")


class SharedRoomSocket(GuestSocket):
    """``api/collaboration/room/<room id>``: a document that is shared, or the lobby. Forks, previews and
    what belongs to others are not there.
    """

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(
        self,
        office: Office,
        reception: Reception,
        lobby: Reception,
        heartbeat: Heartbeat,
        limit: int,
    ) -> None:
        """Let ``reception`` decide who comes in, and ``lobby`` who waits outside."""
        self._office = office
        self._reception = reception
        self._lobby = lobby
        self._heartbeat = heartbeat
        self._limit = limit

    @allow_unauthenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Shake hands, after it is known who it is (403) and that the document is theirs (404)."""
        found = identify(self, self._office)
        if found is None:
            raise HTTPError(403)
        guest, self._person = found
        self._visitor = Visitor(room_user(self, guest), self.request.remote_ip or "")
        try:
            self._call = await self._make_call(str(args[0]), self._person)
        except TandemError as error:
            raise HTTPError(404, "Nothing is shared with you here.") from error
        await super().get(*args, **kwargs)

    async def open(self, *_args: str) -> None:
        """Let a conversation take over the connection."""
        self.set_nodelay(True)
        if self.ws_connection is None or self.ws_connection.stream is None:
            return
        reception = self._lobby if self._call.room == LOBBY else self._reception
        line = await take_over(self.ws_connection.stream)
        if line is None:
            return
        await Conversation(line, reception, self._heartbeat, self._limit).run(self._call)

    async def _make_call(self, room: str, person: Person) -> Call:
        lineage = self.get_argument("sessionId", "")
        who = still_there(self, self._office, person)
        address = None if room == LOBBY else await shared_document(self._office, room, person)
        rights = self._office.shelf.rights(who, None if address is None else address.file_id)
        return Call(
            room=room,
            lineage=LineageId(lineage) if lineage else None,
            tandem=self.get_argument("tandem", "") == "1",
            visitor=self._visitor,
            grants=rights,
            parting=rights.parting,
            fetches=self.get_argument("outputs", "") == "fetch",
        )

    @property
    def ping_interval(self) -> int:
        """No pings by tornado or jupyter_server: one heartbeat looks after all connections."""
        return 0

    def on_message(self, message: str | bytes) -> None:
        """Tornado reads nothing before :meth:`open` has returned, and then it has no connection any more."""

    def get_compression_options(self) -> None:
        """No compression, as for everybody."""


class MuteSocket(GuestSocket):
    """``api/events/subscribe``: nothing of the server's events is for guests, but a JupyterLab that is
    refused there asks again every second.
    """

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, office: Office) -> None:
        """Know guests by ``office``."""
        self._office = office

    @allow_unauthenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Shake hands with somebody known; 403 for anybody else."""
        if identify(self, self._office) is None:
            raise HTTPError(403)
        await super().get(*args, **kwargs)

    def on_message(self, message: str | bytes) -> None:  # noqa: ARG002  (tornado's signature)
        """Nobody listens: whoever speaks is shown out."""
        self.close(1008)


def fits(opened: Opened, kind: DocumentKind) -> bool:
    """Whether a guest may open the file as ``kind``: as JupyterLab does. One who opened it as another would keep its
    owner from opening it (HOST-15), and begin a journal for each that they invent (GUEST-12).
    """
    if opened.found.place.target.kind is not TargetKind.DOCUMENT:
        return False
    return kind == (NOTEBOOK if opened.found.name.endswith(".ipynb") else TEXT)
