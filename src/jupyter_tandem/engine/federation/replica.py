"""A copy of somebody else's document in this server's journal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from jupyter_tandem.core.document import Document, unite
from jupyter_tandem.core.federation.naming import hub_lineage, next_copy
from jupyter_tandem.engine.house import Landlord
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import (
    AccessDenied,
    HubUnreachable,
    NotFound,
    StoreUnavailable,
    TandemError,
)
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.store import Entry, Journal
from jupyter_tandem.protocol.frames import (
    SYNC,
    TANDEM,
    Hello,
    ServerMessage,
    SyncStep1,
    SyncStep2,
    Update,
    decode_server,
    encode,
)
from jupyter_tandem.types import Address, DocumentKind, LineageId

FETCH_S: Final = 60.0
"""How long a document may take to arrive; a hundred megabytes over a slow network."""

_NOTHING_KNOWN: Final = b"\x00"
"""The state vector of an empty document."""


class Fetch:
    """Collects a document's whole state from the service's room.

    Attributes:
        done: Has the lineage and all updates, in order, when all is there; fails with what the service said.
    """

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.done: asyncio.Future[tuple[LineageId, Sequence[bytes]]]
        self.done = asyncio.get_running_loop().create_future()
        self._lineage = LineageId("")
        self._updates: list[bytes] = []

    def take(self, frame: bytes) -> bytes | None:
        """Take a frame; the one to answer with, if any."""
        if self.done.done() or len(frame) < 2:
            return None
        if frame[0] == TANDEM and frame[1] == 0:
            match decode_server(frame):
                case Hello(body):
                    self._lineage = LineageId(str(body.get("lineage", "")))
                    return encode(SyncStep1(_NOTHING_KNOWN))
                case _:
                    return None
        if frame[0] == SYNC:
            self._receive(decode_server(frame))
        return None

    def _receive(self, message: ServerMessage) -> None:
        """Nobody's edits come before what was asked for, and that ends with the SyncStep2 (WIRE-5)."""
        match message:
            case Update(update):
                self._updates.append(update)
            case SyncStep2(update):
                self.done.set_result((self._lineage, (*self._updates, update)))
            case _:
                pass

    def fail(self, error: TandemError) -> None:
        """It will not come."""
        if not self.done.done():
            self.done.set_exception(error)

    def shut(self, code: int, reason: str) -> None:
        """The service has shut the channel."""
        gone = code in {AccessDenied.close_code, NotFound.close_code}
        self.fail(NotFound("There is no such document.") if gone else HubUnreachable(reason))

    async def wait(self) -> tuple[LineageId, Sequence[bytes]]:
        """Lineage, and the updates that make up the state.

        Raises:
            NotFound: it is not shared with this server's person. HubUnreachable: it does not come.
        """
        try:
            return await asyncio.wait_for(self.done, FETCH_S)
        except asyncio.TimeoutError:
            raise HubUnreachable("The document does not arrive from the Hub.") from None


class Replicas:
    """Makes, renews and wipes copies."""

    def __init__(
        self, journal: Journal, landlord: Landlord, clock: Clock, entropy: Entropy, worker: Worker
    ) -> None:
        """Keep copies in ``journal``."""
        self._journal = journal
        self._landlord = landlord
        self._clock = clock
        self._entropy = entropy
        self._worker = worker

    async def unite(self, updates: Sequence[bytes]) -> bytes:
        """The state that ``updates`` make up, as one."""
        return await self._worker.run(unite, updates)

    async def exists(self, address: Address) -> bool:
        """Whether there is a copy."""
        head = await self._journal.head(address.document_id)
        return head is not None and head.sequence > 0

    async def sequence(self, address: Address) -> int:
        """The copy's last sequence in the journal; 0 when there is none."""
        head = await self._journal.head(address.document_id)
        return 0 if head is None else head.sequence

    async def plant(self, address: Address, lineage: LineageId, state: bytes) -> None:
        """Make a copy where there is none. Durable on return.

        Raises:
            StoreError: it cannot be written.
        """
        local = next_copy(await self._lineage(address), lineage)
        await self._journal.create(address.document_id, local)
        entry = Entry(address.document_id, 1, "", self._clock.wall(), "seed", state)
        await self._journal.append([entry])

    async def renew(self, address: Address, lineage: LineageId, state: bytes) -> None:
        """Begin a copy anew, under a lineage that no front end has.

        Raises:
            StoreError: it cannot be written.
        """
        local = next_copy(await self._lineage(address), lineage)
        await (await self._rooms()).replant(address, local, state)

    async def adopt(self, address: Address, lineage: LineageId, state: bytes) -> None:
        """Go on with the service's history of a document whose file is here.

        Raises:
            StoreError: it cannot be written.
        """
        await (await self._rooms()).replant(address, lineage, state)

    async def wipe(self, address: Address) -> None:
        """Let nothing of a copy remain.

        Raises:
            StoreError: it cannot be written.
        """
        if await self.exists(address):
            empty = LineageId(self._entropy.token())
            await (await self._rooms()).replant(address, empty, None)

    async def content(self, address: Address) -> object:
        """What the document holds here now, for the Contents API.

        Raises:
            TandemError: it cannot be opened.
        """
        house = await self._landlord.house()
        _, state = (await house.open(address)).encode()
        client_id = self._entropy.client_id()
        return await self._worker.run(_content, address.kind, state, client_id)

    async def _lineage(self, address: Address) -> LineageId:
        head = await self._journal.head(address.document_id)
        return LineageId("") if head is None else head.lineage

    async def _rooms(self) -> Rooms:
        house = await self._landlord.house()
        if not isinstance(house, Rooms):
            raise StoreUnavailable("Another Jupyter server of yours has these documents.")
        return house


def same_history(local: LineageId, lineage: LineageId) -> bool:
    """Whether a copy goes on with ``lineage``."""
    return hub_lineage(local) == lineage


def _content(kind: DocumentKind, state: bytes, client_id: int) -> object:
    document = Document(kind, client_id)
    try:
        document.load([state])
        return document.content()
    finally:
        document.close()
