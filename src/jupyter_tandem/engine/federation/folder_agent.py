"""At the server that has a shared folder: lists it, hands its documents over, sends its files (docs/spec/hub-folders.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from jupyter_tandem.engine.federation.refusal import refusal
from jupyter_tandem.errors import InvalidInput, LimitExceeded, NotFound, ServerFull, TandemError
from jupyter_tandem.ports.folders import FolderEntry, FolderFile, Folders
from jupyter_tandem.ports.sharing import Places
from jupyter_tandem.protocol.federation import Ask, Credit, FederationMessage, Piece, Reply
from jupyter_tandem.sharing import Target, TargetKind
from jupyter_tandem.types import FileId

MOST_ENTRIES: Final = 2_000
"""Of one folder in one answer; a file browser shows no more at a time, and each takes some 150 bytes."""

MOST_AT_ONCE: Final = 64
"""Questions that are being answered."""

PIECE_BYTES: Final = 64 * 1024
"""At most so many bytes go in one piece, so that edits are not kept waiting behind a file."""

CREDIT_S: Final = 60.0
"""How long somebody may read nothing before their file is let go of."""

_MOST_CREDIT: Final = 16 * 1024 * 1024
_GONE: Final = "The folder is not there any more."

Within = Mapping[str, str]
HandOver = Callable[[str], Awaitable[str]]
"""Hands the document at a path over to the service; its id there."""


class FolderAgent:
    """Answers for the folders that this server's person shares. Runs on the event loop's thread."""

    def __init__(
        self,
        folders: Folders,
        places: Places,
        post: Callable[[FederationMessage], None],
        most_bytes: int,
    ) -> None:
        """Read from ``folders``, whose paths ``places`` knows; no file of more than ``most_bytes`` goes out."""
        self._folders = folders
        self._places = places
        self._post = post
        self._most_bytes = most_bytes
        self._shared: dict[str, FileId] = {}
        self._sending: dict[int, _Sending] = {}
        self._hand_over: HandOver | None = None

    @property
    def available(self) -> bool:
        """Whether folders of this server can be shared."""
        return self._folders.available

    def hand_over_with(self, hand_over: HandOver) -> None:
        """This is how a document in a folder reaches the service."""
        self._hand_over = hand_over

    # -- which folders ---------------------------------------------------------------------------------

    def share(self, document: str, file_id: FileId) -> None:
        """Answer for a folder from now on."""
        self._shared[document] = file_id

    def shared(self, file_id: FileId) -> str | None:
        """A folder's id at the service; ``None`` while it was not shared there."""
        for document, known in self._shared.items():
            if known == file_id:
                return document
        return None

    def file_id(self, document: str) -> FileId | None:
        """The inverse of :meth:`shared`."""
        return self._shared.get(document)

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self._shared)

    async def within(self, file_id: FileId) -> Within:
        """The shared folders in which a document lies now, with its path in each."""
        found = await self._places.of(Target(TargetKind.DOCUMENT, file_id))
        if found is None:
            return {}
        lying: dict[str, str] = {}
        for document, folder_id in self._shared.items():
            if folder_id in found.place.folders:
                folder = f"{await self._path(document)}/"
                # By a link it is reached by another path, which leads to nothing in the folder.
                if found.path.startswith(folder):
                    lying[document] = found.path.removeprefix(folder)
        return lying

    # -- answering ---------------------------------------------------------------------------------------

    def take(self, message: Ask | Credit) -> None:
        """Take what the service asks."""
        match message:
            case Ask(number, body):
                if number in self._sending or len(self._sending) >= MOST_AT_ONCE:
                    busy = ServerFull("This server answers too many questions; try again.")
                    self._post(Reply(number, refusal(busy)))
                    return
                sending = self._sending[number] = _Sending(_whole(body, "credit"))
                sending.task = asyncio.get_running_loop().create_task(self._answer(number, body))
            case Credit(number, size):
                known = self._sending.get(number)
                if known is not None:
                    known.credited(size)

    def lost(self) -> None:
        """The connection has ended."""
        for sending in list(self._sending.values()):
            sending.credited(0)

    async def _answer(self, number: int, body: Mapping[str, Any]) -> None:
        sending = self._sending[number]
        try:
            await self._carry_out(number, body, sending)
        except TandemError as error:
            self._post(Reply(number, refusal(error)))
        finally:
            del self._sending[number]

    async def _carry_out(self, number: int, body: Mapping[str, Any], sending: _Sending) -> None:
        folder, inner = await self._path(_text(body, "folder")), _text(body, "path")
        match body.get("want"):
            case "list":
                listing = await self._folders.listing(folder, inner, MOST_ENTRIES)
                entries = [_entry_body(entry) for entry in listing.entries]
                self._post(Reply(number, {"entries": entries, "whole": listing.whole}))
            case "stat":
                entry = await self._folders.stat(folder, inner)
                self._post(Reply(number, {"entry": _entry_body(entry)}))
            case "document":
                entry = await self._folders.stat(folder, inner)
                if entry.type == "directory" or self._hand_over is None:
                    raise NotFound("There is no such document.")
                document = await self._hand_over(f"{folder}/{inner.strip('/')}")
                self._post(Reply(number, {"document": document}))
            case "file":
                await self._send(number, await self._folders.open(folder, inner), sending)
            case _:
                raise InvalidInput("There is no such question.")

    async def _send(self, number: int, file: FolderFile, sending: _Sending) -> None:
        try:
            entry = file.entry
            if (entry.size or 0) > self._most_bytes:
                raise LimitExceeded(_too_large(entry, self._most_bytes))
            self._post(Reply(number, {"entry": _entry_body(entry), "pieces": True}))
            while size := await sending.may_send(PIECE_BYTES):
                piece = await file.read(size)
                sending.kept(size - len(piece))
                self._post(Piece(number, piece))
                if not piece:
                    return
        finally:
            file.close()

    async def _path(self, document: str) -> str:
        """Where a shared folder is now.

        Raises:
            NotFound: it is not shared, or gone.
        """
        file_id = self._shared.get(document)
        if file_id is None:
            raise NotFound(_GONE)
        found = await self._places.of(Target(TargetKind.FOLDER, file_id))
        if found is None:
            raise NotFound(_GONE)
        return found.path


class _Sending:
    """One answer, and how much the other end has room for."""

    def __init__(self, credit: int) -> None:
        self._credit = min(credit, _MOST_CREDIT)
        self._stopped = False
        self._news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def credited(self, size: int) -> None:
        """There is room for so much more; 0: nothing more is wanted."""
        self._stopped = self._stopped or size == 0
        self._credit = min(self._credit + size, _MOST_CREDIT)
        self._news.set()

    def kept(self, size: int) -> None:
        """So much of what might have been sent was not: a disk may give less than it is asked for."""
        self._credit += size

    async def may_send(self, most: int) -> int:
        """How many bytes may be sent now, at most ``most``; waits for room. 0: nothing more is wanted."""
        while not self._credit and not self._stopped:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), CREDIT_S)
            except asyncio.TimeoutError:
                return 0
        if self._stopped:
            return 0
        size = min(most, self._credit)
        self._credit -= size
        return size


def _entry_body(entry: FolderEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "type": entry.type,
        "size": entry.size,
        "modified_at": entry.modified_at,
        "mimetype": entry.mimetype,
    }


def _too_large(entry: FolderEntry, most_bytes: int) -> str:
    have, most = (entry.size or 0) / 1_000_000, most_bytes / 1_000_000
    return (
        f"{entry.name} has {have:,.0f} MB; files of up to {most:,.0f} MB are sent across the Hub."
    )


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str):
        raise InvalidInput(f"`{name}` must be a string.")
    return found


def _whole(body: Mapping[str, Any], name: str) -> int:
    found = body.get(name)
    return found if isinstance(found, int) and found > 0 else 0
