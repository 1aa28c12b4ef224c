"""At the service: hands questions about shared folders on to the server that has them, and answers back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.courier import WINDOW_BYTES, Courier, Delivery
from jupyter_tandem.engine.federation.refusal import refusal
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.errors import HubUnreachable, InvalidInput, NotFound, ServerFull, TandemError
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.protocol.federation import Ask, Credit, FederationMessage, Piece, Reply
from jupyter_tandem.sharing import Person, Place, Standing, Target, TargetKind
from jupyter_tandem.types import FileId

MOST_OF_ONE: Final = 64
"""Questions of one server that are open."""

MOST_KNOWN: Final = 2_000
"""Documents that are listed of a folder whose owner's server is stopped."""

IDLE_S: Final = 60.0
"""How long a server may take nothing of a file before it is let go of."""

_WANTS: Final = frozenset({"list", "stat", "document", "file"})
_NOT_THERE: Final = "There is no such file or folder."
_AWAY: Final = (
    "{owner}'s server is stopped; what nobody has opened yet is there again when it starts."
)
_OVER: Final = "This is not shared with you any more. Ask its owner if you need it."

Describe = Callable[[HubDocument, Standing], Mapping[str, Any]]
"""A document as servers are told of it."""


class FolderKeeper(Protocol):
    """A connected server."""

    @property
    def place(self) -> tuple[str, str] | None:
        """Whose it is and what it is called; ``None`` when its connection has ended."""

    @property
    def courier(self) -> Courier:
        """Asks it."""


class Exchange:
    """Everything that is asked about folders. Keeps nothing of what passes."""

    def __init__(
        self,
        catalogue: Catalogue,
        book: Callable[[], Book],
        now: Callable[[], float],
        everybody: Callable[[], Iterable[FolderKeeper]],
        describe: Describe,
    ) -> None:
        """Decide by ``book``; ask those of ``everybody`` who have the folders."""
        self._catalogue = catalogue
        self._book = book
        self._now = now
        self._everybody = everybody
        self._describe = describe

    def standing(self, person: Person, document: HubDocument) -> Standing | None:
        """What somebody is to a folder or to a document in one, by what was shared with them now."""
        folders = tuple(FileId(folder) for folder in document.within)
        kind = TargetKind.FOLDER if document.is_folder else TargetKind.DOCUMENT
        place = Place(Target(kind, FileId(document.id)), folders)
        return self._book().effective_role(person, place, self._now())

    def folder(self, person: Person | None, folder_id: object) -> HubDocument:
        """A folder that is shared with somebody.

        Raises:
            NotFound: there is none, or none of theirs: the answer is the same.
        """
        document = self._catalogue.get(folder_id) if isinstance(folder_id, str) else None
        if person is None or document is None or not document.is_folder:
            raise NotFound(_NOT_THERE)
        if self.standing(person, document) is None:
            raise NotFound(_NOT_THERE)
        return document

    def keeper(self, folder: HubDocument) -> FolderKeeper | None:
        """The server that has a folder, while it is connected."""
        for embassy in self._everybody():
            if embassy.place == (folder.owner, folder.server):
                return embassy
        return None

    def known(self, person: Person, folder: HubDocument) -> list[Mapping[str, Any]]:
        """The documents of a folder that the service holds, and somebody may open."""
        found = []
        for document in self._catalogue.within(folder.id)[:MOST_KNOWN]:
            standing = self.standing(person, document)
            if standing is not None:
                found.append(self._describe(self.as_seen(person, document), standing))
        return found

    def described(
        self, person: Person, folder: HubDocument, document_id: object
    ) -> Mapping[str, Any]:
        """A document that has just been handed over.

        Raises:
            NotFound: it does not lie in that folder, or is not for this person.
        """
        document = self._catalogue.get(document_id) if isinstance(document_id, str) else None
        if document is None or folder.id not in document.within:
            raise NotFound(_NOT_THERE)
        standing = self.standing(person, document)
        if standing is None:
            raise NotFound(_NOT_THERE)
        return self._describe(self.as_seen(person, document), standing)

    def as_seen(self, person: Person, document: HubDocument) -> HubDocument:
        """A document that lies in the shared folders that somebody knows, and in no others."""
        seen = {
            folder_id: path
            for folder_id, path in document.within.items()
            if (folder := self._catalogue.get(folder_id)) is not None
            and self.standing(person, folder) is not None
        }
        return replace(document, within=seen)


class Counterpart:
    """The questions of one server."""

    def __init__(
        self,
        exchange: Exchange,
        who: Callable[[], Person | None],
        post: Callable[[FederationMessage], None],
    ) -> None:
        """Ask in the name of ``who``, answer over ``post``."""
        self._exchange = exchange
        self._who = who
        self._post = post
        self._passages: dict[int, _Passage] = {}

    def take(self, message: Ask | Credit) -> None:
        """Take what the server asks."""
        match message:
            case Ask(number, body):
                if number in self._passages or len(self._passages) >= MOST_OF_ONE:
                    self._post(Reply(number, refusal(ServerFull("Too many questions at once."))))
                    return
                passage = self._passages[number] = _Passage()
                task = asyncio.get_running_loop().create_task(self._answer(number, body, passage))
                passage.task = task
            case Credit(number, size):
                known = self._passages.get(number)
                if known is not None:
                    known.credited(size)

    def end(self) -> None:
        """The server is gone."""
        for passage in list(self._passages.values()):
            if passage.task is not None:
                passage.task.cancel()

    async def _answer(self, number: int, body: Mapping[str, Any], passage: _Passage) -> None:
        try:
            await self._carry_out(number, body, passage)
        except TandemError as error:
            self._post(Reply(number, refusal(error)))
        finally:
            del self._passages[number]

    async def _carry_out(self, number: int, body: Mapping[str, Any], passage: _Passage) -> None:
        want, path = body.get("want"), body.get("path")
        if want not in _WANTS or not isinstance(path, str):
            raise InvalidInput("There is no such question.")
        person = self._who()
        folder = self._exchange.folder(person, body.get("folder"))
        if person is None:
            raise NotFound(_NOT_THERE)
        keeper = self._exchange.keeper(folder)
        if keeper is None:
            self._without(number, str(want), person, folder)
            return
        question = {"want": want, "folder": folder.id, "path": path}
        if want == "file":
            await self._pass_on(number, keeper, question, passage)
            return
        answer = await keeper.courier.ask(question)
        if want == "document":
            answer = {"document": self._exchange.described(person, folder, answer.get("document"))}
        self._post(Reply(number, answer))

    def _without(self, number: int, want: str, person: Person, folder: HubDocument) -> None:
        away = _AWAY.format(owner=folder.owner)
        if want != "list":
            raise HubUnreachable(away)
        known = self._exchange.known(person, folder)
        self._post(Reply(number, {"entries": [], "whole": True, "away": away, "known": known}))

    async def _pass_on(
        self, number: int, keeper: FolderKeeper, question: Mapping[str, Any], passage: _Passage
    ) -> None:
        """Hand pieces on as there is room for them; look at the right again before each (HUBDIR-6)."""
        delivery = await keeper.courier.fetch(question)
        try:
            self._post(Reply(number, delivery.reply.result()))
            await self._hand_on(number, delivery, question, passage)
        finally:
            keeper.courier.close(delivery)

    async def _hand_on(
        self, number: int, delivery: Delivery, question: Mapping[str, Any], passage: _Passage
    ) -> None:
        while await passage.room(1):
            piece = await delivery.read()
            if not await passage.room(len(piece)):
                return
            try:
                self._exchange.folder(self._who(), question["folder"])
            except NotFound as error:
                raise NotFound(_OVER) from error
            passage.spent(len(piece))
            self._post(Piece(number, piece))
            if not piece:
                return


class _Passage:
    """How much room the asking server has for one file."""

    def __init__(self) -> None:
        self._credit = WINDOW_BYTES
        self._stopped = False
        self._news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def credited(self, size: int) -> None:
        self._stopped = self._stopped or size == 0
        self._credit = min(self._credit + size, WINDOW_BYTES)
        self._news.set()

    def spent(self, size: int) -> None:
        self._credit -= size

    async def room(self, size: int) -> bool:
        """Wait until so many bytes may be sent; ``False``: nobody wants them."""
        while self._credit < size and not self._stopped:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), IDLE_S)
            except asyncio.TimeoutError:
                return False
        return not self._stopped
