"""The runs of one document with what the store knows of them, and everybody who is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from jupyter_tandem.core.execution.book import RunBook
from jupyter_tandem.errors import LeaseLost, StoreError
from jupyter_tandem.ports.runs import RunStore
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
"""Pause before a write that failed is tried again."""

Tell = Callable[[Sequence[Run], tuple[int, ...]], None]
"""Told of runs that are different now, and of those that are forgotten."""


class RunLedger:
    """A :class:`~jupyter_tandem.core.execution.book.RunBook` that becomes durable.

    Attributes:
        book: The runs as of now.
    """

    def __init__(self, document_id: DocumentId, store: RunStore, tell: Tell) -> None:
        """Empty before :meth:`load`."""
        self._document_id = document_id
        self._store = store
        self._tell = tell
        self._unsaved: dict[int, Run] = {}
        self._saving: asyncio.Task[None] | None = None
        self.book = RunBook()

    async def load(self) -> None:
        """Begin with what is stored.

        Raises:
            StoreError: it cannot be read.
        """
        self.book = RunBook(await self._store.load(self._document_id))

    async def enter(self, runs: Sequence[Run]) -> None:
        """Make ``runs`` durable with all that is not yet, and only then count them in.

        Raises:
            StoreError: nothing was written, and nothing counts.
        """
        unsaved = list(self._unsaved.values())
        forgotten = tuple(self.book.forget())
        await self._store.write(self._document_id, [*unsaved, *runs], forgotten)
        self._saved(unsaved)
        self.book.enter(runs)
        self._tell(runs, forgotten)

    def changed(self, runs: Sequence[Run]) -> None:
        """``runs`` are different in the book: tell it, and make it durable soon."""
        if not runs:
            return
        self._unsaved.update((run.id, run) for run in runs)
        self._tell(runs, ())
        if self._saving is None:
            self._saving = asyncio.get_running_loop().create_task(self._save())

    async def settle(self) -> None:
        """Return when all is durable, or cannot be made so at the first try."""
        if self._unsaved:
            await self._try()

    async def close(self) -> None:
        """Stop trying."""
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.wait({self._saving})

    async def _save(self) -> None:
        try:
            # What ends a run is often followed at once by the start of the next: one write for both.
            await asyncio.sleep(0)
            while not await self._try():  # noqa: ASYNC110  (a disk does not tell when it is well)
                await asyncio.sleep(RETRY_S)
        finally:
            self._saving = None

    async def _try(self) -> bool:
        unsaved = list(self._unsaved.values())
        try:
            await self._store.write(self._document_id, unsaved)
        except StoreError as error:
            _log.warning("Runs of %s are not recorded: %s", self._document_id, error)
            return isinstance(error, LeaseLost)
        self._saved(unsaved)
        return not self._unsaved

    def _saved(self, runs: Sequence[Run]) -> None:
        for run in runs:
            if self._unsaved.get(run.id) is run:
                del self._unsaved[run.id]
