"""Fetches the whole of a large document for those who open it late (ROOM-40), and for those who copy it (ROOM-42)."""

from __future__ import annotations

import asyncio
import logging
from contextvars import Context
from typing import TYPE_CHECKING, Final

from jupyter_tandem.errors import StoreUnavailable, TandemError
from jupyter_tandem.protocol.frames import SyncStep2, encode

if TYPE_CHECKING:
    from jupyter_tandem.engine.live_room import LiveRoom
    from jupyter_tandem.engine.recall import Recall
    from jupyter_tandem.engine.worker import Worker

_log = logging.getLogger(__name__)

PATIENCE_S: Final = 2.0
"""How long edits are waited for to be durable: it is a person who waits, and the document can be had in another way."""

READING_S: Final = 10.0
"""How long all of it may take. A journal that is slow is better waited for: to encode keeps everybody waiting."""


class LateAnswers:
    """See :class:`jupyter_tandem.engine.room_partners.Whole`. Once asked it always answers, unless the room closes."""

    def __init__(
        self, live: LiveRoom, recall: Recall, worker: Worker, reading_s: float = READING_S
    ) -> None:
        """Fetch what ``live`` wants with ``recall``, for ``reading_s`` at most."""
        self._reading_s = reading_s
        self._live = live
        self._recall = recall
        self._worker = worker
        self._tasks: set[asyncio.Task[None]] = set()

    async def state(self) -> tuple[int, bytes]:
        """See the protocol."""
        try:
            return await asyncio.wait_for(self._recall.state(), self._reading_s)
        except asyncio.TimeoutError:
            raise StoreUnavailable("the journal cannot be read at the moment") from None

    async def have(self) -> None:
        """See the protocol. Any number who ask share one reading."""
        self._live.want_whole()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def wanted(self) -> None:
        """The room asks for it."""
        # In no context, or it keeps the request of whoever came late.
        task = asyncio.get_running_loop().create_task(self._fetch(), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """The room takes nothing any more."""
        for task in self._tasks:
            task.cancel()

    async def _fetch(self) -> None:
        sequence, answer = 0, None
        try:
            sequence, state = await self.state()
            answer = await self._worker.run(encode, SyncStep2(state))
        except TandemError as error:
            document_id = self._live.document_id
            _log.warning("%s is encoded for whoever opened it: %s", document_id, error)
        finally:
            self._live.recalled(sequence, answer)
