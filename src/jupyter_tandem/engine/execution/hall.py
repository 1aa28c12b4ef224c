"""All desks of one server: one for each document whose cells are run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from jupyter_tandem.engine.execution.desk import RunDesk
from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.errors import NotFound, TandemError
from jupyter_tandem.ports.execution import RunReceipt
from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.types import Address, DocumentId, User

_log = logging.getLogger(__name__)


class RunHall:
    """Opens a desk when a document is opened, and keeps it while something is to be done there."""

    def __init__(self, means: Means) -> None:
        """No document is open."""
        self._means = means
        self._desks: dict[DocumentId, RunDesk] = {}
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()

    def opened(self, live: LiveRoom) -> None:
        """A document that may be written has been opened."""
        if not self._closed and live.address.kind.type == "notebook":
            self.desk(live.address).opened(live)
            self._tidy()

    def begin(self) -> None:
        """This server has just come to write its documents: what another one knew is read anew."""
        desks, self._desks = list(self._desks.values()), {}
        self._spawn(self._recover(desks))

    async def _recover(self, former: list[RunDesk]) -> None:
        """Say of every run that was not ended what became of it (RUN-16)."""
        await asyncio.gather(*(desk.abandon() for desk in former))
        for document_id in await self._means.store.unfinished():
            await self._recover_one(document_id)

    async def _recover_one(self, document_id: DocumentId) -> None:
        try:
            await self.desk(Address.parse(document_id)).load()
        except (TandemError, ValueError) as error:
            _log.error("Runs of %s cannot be looked after: %s", document_id, error)

    async def run_cell(self, document_id: str, cell: str, user: User, grants: Grants) -> RunReceipt:
        """See :class:`jupyter_tandem.ports.execution.CellRunner`."""
        try:
            address = Address.parse(document_id)
        except ValueError as error:
            raise NotFound("There is no such document.") from error
        answer = await self.desk(address).run_cell(user, cell, grants)
        body = answer.body
        return RunReceipt(tuple(body["runs"]), body["code"], body["message"])

    async def close(self) -> None:
        """The server stops: what runs is told to be interrupted, what waits is held."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        desks, self._desks = list(self._desks.values()), {}
        # Whatever goes wrong here must not keep documents from being saved after it.
        for found in await asyncio.gather(*(d.close() for d in desks), return_exceptions=True):
            if isinstance(found, BaseException):
                _log.error("Runs could not be ended in order", exc_info=found)

    def desk(self, address: Address) -> RunDesk:
        """The desk of one document."""
        desk = self._desks.get(address.document_id)
        if desk is None:
            desk = self._desks[address.document_id] = RunDesk(address, self._means)
        return desk

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tidy(self) -> None:
        for document_id, desk in list(self._desks.items()):
            if desk.idle:
                del self._desks[document_id]
