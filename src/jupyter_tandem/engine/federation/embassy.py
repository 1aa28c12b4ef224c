"""One single-user server at the service: its channels, and who speaks through them (docs/spec/hub.md)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from jupyter_tandem.engine.federation.catalogue import Catalogue, address_of
from jupyter_tandem.engine.federation.courier import Courier
from jupyter_tandem.engine.federation.distant import DistantFiles
from jupyter_tandem.engine.federation.exchange import Counterpart, Exchange
from jupyter_tandem.engine.federation.relay import Relay
from jupyter_tandem.engine.federation.teller import Teller
from jupyter_tandem.engine.federation.title import HeldGrants
from jupyter_tandem.errors import (
    AccessDenied,
    HubUnreachable,
    MalformedFrame,
    NotFound,
    TandemError,
)
from jupyter_tandem.ports.desks import Shelf
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_desk import Line
from jupyter_tandem.ports.reception import Call, Reception, Seat, Visitor
from jupyter_tandem.protocol.federation import (
    Ask,
    Carried,
    Credit,
    FederationMessage,
    News,
    Open,
    Outcome,
    Piece,
    Reply,
    Report,
    Shut,
    Told,
    Warrant,
    Welcome,
    decode_federation,
    encode_federation,
)
from jupyter_tandem.sharing import Delegate, Person, Subject, SubjectKind
from jupyter_tandem.types import DocumentId, FileId, LineageId, Role, Voice

_log = logging.getLogger(__name__)

MOST_CHANNELS: Final = 5_000
"""Open documents of one server; as many as one server has rooms."""

_GONE: Final = "{owner}'s server was stopped meanwhile."
_NOT_THERE: Final = "There is no such document, or it is not shared with you."


class Embassy:
    """A server's connection from its welcome to its end. Runs on the event loop's thread.

    Attributes:
        delegate: Whose server it is, as the Hub said last.
        server: The server's name.
    """

    def __init__(
        self,
        delegate: Delegate,
        server: str,
        line: Line,
        reception: Reception,
        shelf: Shelf,
        catalogue: Catalogue,
        files: DistantFiles,
        on_located: Callable[[str, object, object], None],
        relay_of: Callable[[DocumentId], Relay | None],
        exchange: Exchange,
        guests: Role | None = None,
    ) -> None:
        """Let ``delegate``'s server in through ``reception``.

        ``on_located`` hears, of a document by its id, what its file is called and in which shared folders it lies;
        ``relay_of`` has what is run of an open document; ``exchange`` answers about folders; ``guests`` is what people
        without an account are at most.
        """
        self._guests = guests
        self._on_located = on_located
        self._relay_of = relay_of
        self.delegate: Delegate | None = delegate
        self.server = server
        self._user = delegate.user
        self._line = line
        self._reception = reception
        self._shelf = shelf
        self._catalogue = catalogue
        self._files = files
        self._rooms: dict[int, _Room] = {}
        self.courier = Courier(self._post)
        self._counterpart = Counterpart(exchange, self._person, self._post)

    # -- the connection ------------------------------------------------------

    @property
    def username(self) -> str:
        """Whose server it is."""
        return self._user.username

    @property
    def place(self) -> tuple[str, str] | None:
        """See :class:`jupyter_tandem.engine.federation.exchange.FolderKeeper`."""
        return None if self.delegate is None else (self._user.username, self.server)

    def welcome(self, protocol: int) -> None:
        """Say who the server is to us, and which files it keeps."""
        kept = self._catalogue.kept_by(self._user.username, self.server)
        body = {
            "protocol": protocol,
            "user": self._user.username,
            "server": self.server,
            "guests": None if self._guests is None else self._guests.value,
            "documents": [
                {
                    "id": document.id,
                    "file_id": document.file_id,
                    "format": document.kind.format,
                    "type": document.kind.type,
                }
                for document in kept
                if not document.is_folder
            ],
            "folders": [
                {"id": document.id, "file_id": document.file_id}
                for document in kept
                if document.is_folder
            ],
        }
        self._line.send(encode_federation(Welcome(body)))

    def news(self) -> None:
        """Tell the server that what is shared with its person has changed."""
        self._line.send(encode_federation(News()))

    def take(self, data: bytes) -> None:
        """Take one message.

        Raises:
            MalformedFrame: it is none that may come now; the connection has to end (HUB-14).
        """
        match decode_federation(data):
            case Open() as wish:
                self._open(wish)
            case (
                Carried(channel)
                | Shut(channel)
                | Report(channel)
                | Outcome(channel)
                | Told(channel)
                | Warrant(channel)
            ) as message:
                # What was sent before its sender heard that the channel is shut may still come.
                room = self._rooms.get(channel)
                if room is not None:
                    room.take(message)
            case Ask() | Credit() as message:
                self._counterpart.take(message)
            case Reply() | Piece() as message:
                self.courier.take(message)
            case _:
                raise MalformedFrame("Only the service says this.")

    def end(self) -> None:
        """The connection has ended."""
        self.delegate = None
        self._counterpart.end()
        self.courier.lost(HubUnreachable(_GONE.format(owner=self._user.display_name)))
        for room in list(self._rooms.values()):
            room.leave()

    def same_server(self, other: Embassy) -> bool:
        """Whether ``other`` is a connection of the same server."""
        mine = (self._user.username, self.server)
        return self is not other and mine == (other._user.username, other.server)

    def supersede(self) -> None:
        """The server has come back over another connection."""
        self.end()
        self._line.close(4408, "You are connected again; this connection seemed to be broken.")

    def farewell(self) -> None:
        """The service is going away."""
        self._line.close(1001, "The service is going away.")

    def revoke(self, reason: str) -> None:
        """The Hub does not know the token any more: everything ends now."""
        self.delegate = None
        self._counterpart.end()
        for room in list(self._rooms.values()):
            room.close(AccessDenied.close_code, reason)
        self._line.close(AccessDenied.close_code, reason)

    def _post(self, message: FederationMessage) -> None:
        self._line.send(encode_federation(message))

    # -- channels ------------------------------------------------------------

    def _open(self, wish: Open) -> None:
        if wish.channel in self._rooms or len(self._rooms) >= MOST_CHANNELS:
            raise MalformedFrame("The channel is open already, or there are too many.")
        room = _Room(wish.channel, self._line, self._shut)
        self._rooms[wish.channel] = room
        document = self._catalogue.get(wish.document)
        if document is None or document.is_folder:
            room.close(NotFound.close_code, _NOT_THERE)
            return
        room.begin(self._enter(room, document, wish.lineage))

    def _shut(self, channel: int) -> None:
        self._rooms.pop(channel, None)

    async def _enter(self, room: _Room, document: HubDocument, lineage: str) -> None:
        call = self._call(document, lineage)
        try:
            seat = await self._reception.enter(call, room)
        except (AccessDenied, NotFound):
            room.close(NotFound.close_code, _NOT_THERE)
        except TandemError as error:
            room.close(error.close_code, str(error))
        else:
            teller = self._teller(room.channel, document) if call.voice is Voice.AGENT else None
            room.sit(seat, teller)

    def _call(self, document: HubDocument, lineage: str) -> Call:
        keeps = (document.owner, document.server) == (self._user.username, self.server)
        grants = HeldGrants(lambda: self.delegate, document.owner)
        rights = self._shelf.rights(self._person, FileId(document.id), grants)
        return Call(
            room=address_of(document).document_id,
            lineage=LineageId(lineage) if lineage else None,
            tandem=True,
            visitor=Visitor(self._user, f"{self._user.username}/{self.server}"),
            grants=grants.bounding(rights),
            parting=rights.parting,
            voice=Voice.AGENT if keeps else Voice.SERVER,
        )

    def _person(self) -> Person | None:
        delegate = self.delegate
        if delegate is None:
            return None
        subject = Subject(SubjectKind.USER, delegate.user.username)
        return Person(subject, delegate.user.display_name, delegate.groups)

    def _teller(self, channel: int, document: HubDocument) -> Teller:
        document_id = address_of(document).document_id
        return Teller(
            self._files,
            document_id,
            channel,
            self._user.display_name or document.owner,
            self._post,
            lambda name, within: self._on_located(document.id, name, within),
            self._relay_of(document_id),
        )


class _Room:
    """One channel: the room's :class:`~jupyter_tandem.ports.channel.Channel`, and the server's seat.

    Attributes:
        channel: Its number on the connection.
    """

    def __init__(self, channel: int, line: Line, on_shut: Callable[[int], None]) -> None:
        self.channel = channel
        self._line = line
        self._on_shut = on_shut
        self._seat: Seat | None = None
        self._teller: Teller | None = None
        self._entering: asyncio.Task[None] | None = None
        self._over = False

    # -- Channel -------------------------------------------------------------

    @property
    def backlog_bytes(self) -> int:
        return self._line.backlog_bytes

    def send(self, frame: bytes) -> None:
        if not self._over:
            self._line.send(encode_federation(Carried(self.channel, frame)))

    def close(self, code: int, reason: str) -> None:
        if self._over:
            return
        self._line.send(encode_federation(Shut(self.channel, code, reason)))
        self.leave()

    # -- from the server -----------------------------------------------------

    def begin(self, entering: Coroutine[Any, Any, None]) -> None:
        self._entering = asyncio.get_running_loop().create_task(entering)

    def sit(self, seat: Seat, teller: Teller | None) -> None:
        self._seat, self._teller = seat, teller
        if self._over:
            self._stand_up()

    def take(self, message: Carried | Shut | Report | Outcome | Told | Warrant) -> None:
        match message:
            case Carried(_, frame):
                if self._seat is not None:
                    self._seat.receive(frame)
            case Shut():
                self.leave()
            case _:
                if self._teller is not None:
                    self._teller.take(message)

    def leave(self) -> None:
        self._over = True
        self._on_shut(self.channel)
        self._stand_up()

    def _stand_up(self) -> None:
        seat, self._seat = self._seat, None
        teller, self._teller = self._teller, None
        if seat is not None:
            seat.leave()
        if teller is not None:
            teller.gone()
