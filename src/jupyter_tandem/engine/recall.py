"""Gives the present state of a document, of a large one without taking the event loop's time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jupyter_tandem.core.document import extended
from jupyter_tandem.engine.compaction import rebuild, replay_updates
from jupyter_tandem.engine.settings import LARGE_BYTES, RECALLED_ENTRIES
from jupyter_tandem.errors import StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from jupyter_tandem.engine.live_room import LiveRoom
    from jupyter_tandem.engine.worker import Worker
    from jupyter_tandem.ports.clock import Entropy
    from jupyter_tandem.ports.store import Journal, Replay
    from jupyter_tandem.types import Address


class Recall:
    """The state of one room's document. A large one's is read from the journal, which has it already.

    Attributes:
        live: The room.
        large_bytes: A document of less is encoded.
    """

    def __init__(
        self,
        live: LiveRoom,
        journal: Journal,
        worker: Worker,
        entropy: Entropy,
        durable_s: float = 5.0,
        large_bytes: int = LARGE_BYTES,
    ) -> None:
        """Read the state of ``live`` from ``journal``, put it together in ``worker``.

        ``durable_s`` is how long at most the journal is waited for. For ``large_bytes`` see the attribute.
        """
        self._durable_s = durable_s
        self.large_bytes = large_bytes
        self.live = live
        self._journal = journal
        self._worker = worker
        self._entropy = entropy

    async def state(self) -> tuple[int, bytes]:
        """The state as one update, and the sequence it covers: every edit that was made before the call.

        For a large document this waits until all of them are durable.

        Raises:
            StoreUnavailable: the journal cannot be written or read now, or the room was closed meanwhile.
            StoreCorrupt: the journal is damaged.
        """
        live = self.live
        entries = live.sequence - live.shortened_at
        if live.room.document.bytes_taken < self.large_bytes or entries > RECALLED_ENTRIES:
            return live.encode()
        # What came in this turn of the loop is dealt with at its end.
        await asyncio.sleep(0)
        await self._durable()
        replay = await self._journal.replay(live.document_id)
        if replay is None or replay.head.lineage != live.lineage:
            return live.encode()
        client_id = self._entropy.client_id()
        return replay.head.sequence, await self._worker.run(whole, live.address, replay, client_id)

    async def seed(self) -> bytes | None:
        """What the document was made of when it was read from its file, as one update.

        ``None``: the journal does not have it any more, or began with something else.

        Raises:
            StoreUnavailable: the journal cannot be read now.
        """
        try:
            first = await self._journal.history(self.live.document_id, limit=1)
        except StoreCorrupt:
            # A snapshot may stand for what is damaged; who opens the document hears of it where none does.
            return None
        if not first or first[0].sequence != 1 or first[0].cause != "seed":
            return None
        return first[0].update

    async def _durable(self) -> None:
        live = self.live
        try:
            await asyncio.wait_for(live.durable(live.sequence), self._durable_s)
        except asyncio.TimeoutError:
            raise StoreUnavailable("the journal cannot be written at the moment") from None


def whole(address: Address, replay: Replay, client_id: int) -> bytes:
    """What a replay describes, as one update.

    Raises:
        DocumentError: an update cannot be applied.
    """
    first, *later = replay_updates(replay)
    state = extended(first, later)
    return rebuild(address, replay, client_id).encode() if state is None else state
