"""Keeps what documents leave behind from growing without end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from jupyter_tandem.engine.compaction import compact
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import TandemError
from jupyter_tandem.ports.store import Journal
from jupyter_tandem.types import Address

_log = logging.getLogger(__name__)


class Upkeep:
    """Shortens journals, and lets go of big outputs that no version needs."""

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

    async def look_back(self, recall: Recall, long: bool) -> None:
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
                await compact(address, self._journal, self._settings, self._worker, sizes)
            if outputs is not None:
                await outputs.collect(address.document_id, self._journal)
        except TandemError as error:
            _log.error("No snapshot of %s: %s", address.document_id, error)
