"""Keeps what documents leave behind from growing without end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context

from jupyter_tandem.engine.compaction import compact
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.resident import Resident
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import TandemError
from jupyter_tandem.ports.store import Journal
from jupyter_tandem.types import Address

_log = logging.getLogger(__name__)


class Upkeep:
    """Shortens journals, and lets go of big outputs that no version needs.

    That is looked to soon after a document was opened, and, while it stays open, whenever many edits have come.
    """

    def __init__(
        self,
        journal: Journal,
        settings: RoomSettings,
        worker: Worker,
        shelf: Callable[[Address], OutputShelf | None],
    ) -> None:
        """``shelf`` tells where a document's big outputs are kept, if they are kept beside it."""
        self._journal = journal
        self._settings = settings
        self._worker = worker
        self._shelf = shelf
        self._open: dict[Resident, Recall] = {}
        self._looked: dict[Resident, int] = {}
        self._busy: set[Resident] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def begin(self, resident: Resident, recall: Recall, long: bool | None) -> None:
        """Look after a document that was opened; whether its journal is ``long``, ``None``: it has just begun."""
        if self._closed:
            return
        self._open[resident], self._looked[resident] = recall, recall.live.sequence
        if long is not None:
            loop, delay_s = asyncio.get_running_loop(), self._settings.compact_after_s
            loop.call_later(delay_s, self._look_if_open, resident, long, context=Context())
        self._wait()

    def end(self, resident: Resident) -> None:
        """The document is being closed. What has begun goes on: whoever closes it waits for that."""
        self._open.pop(resident, None)
        self._looked.pop(resident, None)

    def close(self) -> None:
        """Look after nothing any more, whatever is still being opened."""
        self._closed = True
        self._open.clear()
        self._looked.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- inside ----------------------------------------------------------------

    def _wait(self) -> None:
        if self._timer is None and self._open:
            loop, delay_s = asyncio.get_running_loop(), self._settings.look_s
            # One for all: five hundred documents in which nothing happens cost nothing.
            self._timer = loop.call_later(delay_s, self._look_round, context=Context())

    def _look_round(self) -> None:
        self._timer = None
        for resident, recall in list(self._open.items()):
            # Since it was looked last, not since that helped: what cannot be shortened now is not tried all the time.
            if recall.live.sequence - self._looked[resident] >= self._settings.open_entries:
                self._look_if_open(resident, long=True)
        self._wait()

    def _look_if_open(self, resident: Resident, long: bool) -> None:
        recall = self._open.get(resident)
        if recall is not None and resident not in self._busy:
            self._busy.add(resident)
            self._looked[resident] = recall.live.sequence
            resident.spawn(self._look_back(resident, recall, long))

    async def _look_back(self, resident: Resident, recall: Recall, long: bool) -> None:
        """Shorten the journal where it is ``long``, or where big outputs of earlier versions weigh too much."""
        live, address = recall.live, recall.live.address
        outputs = self._shelf(address)
        try:
            if live.outputs is not None:
                await live.outputs.tidy()
            sizes: dict[str, int] = {}
            if outputs is not None:
                sizes = await outputs.weigh_history(address.document_id, recall.state)
            if long or sum(sizes.values()) > self._settings.history_bytes:
                durable = live.room.durable
                if await compact(address, self._journal, self._settings, self._worker, sizes):
                    live.shortened_at = durable
            if outputs is not None:
                await outputs.collect(address.document_id, self._journal)
        except TandemError as error:
            _log.error("No snapshot of %s: %s", address.document_id, error)
        finally:
            self._busy.discard(resident)
