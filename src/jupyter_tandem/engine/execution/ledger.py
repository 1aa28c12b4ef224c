"""The runs of one document with what the store knows of them, and everybody who is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from jupyter_tandem.core.execution.book import RunBook
from jupyter_tandem.engine.execution.news import RunNews, Tell
from jupyter_tandem.errors import LeaseLost, StoreError
from jupyter_tandem.ports.runs import RunStore
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
"""Pause before a write that failed is tried again."""

OVER: Final = "This server does not keep the document any more."
"""Why nothing is taken any more."""

T = TypeVar("T")

Settle = Callable[[Sequence[Run]], Awaitable[bool]]
"""Makes runs durable together with the outputs they left; ``False``: there is no room to do so in."""


class RunLedger:
    """A :class:`~jupyter_tandem.core.execution.book.RunBook` that becomes durable.

    Nobody is told of anything that a crash could undo: first it is written, then it is told (RUN-9).

    Attributes:
        book: The runs as of now.
        news: What is told of them.
        over: Whether nothing is to be changed any more.
    """

    def __init__(self, document_id: DocumentId, store: RunStore, tell: Tell) -> None:
        """Empty before :meth:`load`."""
        self._document_id = document_id
        self._store = store
        self._unsaved: dict[int, Run] = {}
        self._ending: dict[int, Run] = {}
        self._saving: asyncio.Task[None] | None = None
        self._entering = 0
        self._entered = asyncio.Event()
        self._entered.set()
        self.book = RunBook()
        self.news = RunNews(tell)
        self.over = False

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
        await self.enter_and(runs, lambda: None)

    async def enter_and(self, runs: Sequence[Run], then: Callable[[], T]) -> T:
        """As :meth:`enter`; ``then`` is called when they count, before anybody is told.

        Returns:
            What ``then`` gave.

        Raises:
            StoreError: as :meth:`enter`; ``then`` was not called.
        """
        self.check()
        self._entering += 1
        self._entered.clear()
        try:
            return await self._enter(runs, then)
        finally:
            self._entering -= 1
            if not self._entering:
                self._entered.set()

    def check(self) -> None:
        """Anything may still be changed here.

        Raises:
            LeaseLost: nothing may, see :meth:`refuse`.
        """
        if self.over:
            raise LeaseLost(OVER)

    async def refuse(self) -> None:
        """Take no more runs from now on; return when those that are being written are entered, or were not written."""
        self.over = True
        await self._entered.wait()

    async def _enter(self, runs: Sequence[Run], then: Callable[[], T]) -> T:
        unsaved = list(self._unsaved.values())
        forgotten = tuple(self.book.forget())
        await self._store.write(self._document_id, [*unsaved, *runs], forgotten)
        self.book.enter(runs)
        try:
            return then()
        finally:
            self.news.add([*self._saved(unsaved), *runs], forgotten)

    def changed(self, runs: Sequence[Run]) -> None:
        """``runs`` are different in the book: make it durable soon, and then tell it; the last of them by :meth:`settle`."""
        if not runs:
            return
        self._unsaved.update((run.id, run) for run in runs)
        if self._saving is None and not self.over:
            self._saving = asyncio.get_running_loop().create_task(self._save())

    async def conclude(self, runs: Sequence[Run], settle: Settle) -> None:
        """``runs`` have ended: return when that is durable with their outputs, and told.

        Raises:
            LeaseLost: another server writes now.
        """
        # Apart from what is unsaved: no other write may say that they have ended before their outputs are there.
        self._ending.update((run.id, run) for run in runs)
        try:
            settled = await settle(runs)
        except Exception:
            # Whoever stopped waiting for their end is another matter: see :meth:`close`.
            self._written_apart(runs)
            raise
        if settled:
            for run in runs:
                del self._ending[run.id]
            self.news.add(runs)
        else:
            self._written_apart(runs)

    def _written_apart(self, runs: Sequence[Run]) -> None:
        """Their end is written without their outputs: there is no way to write both."""
        for run in runs:
            del self._ending[run.id]
        self.changed(runs)

    @property
    def told(self) -> list[Run]:
        """The runs, but for those of which something is to be written yet."""
        untold = self.untold
        return [run for run in self.book.runs if run.id not in untold]

    @property
    def untold(self) -> set[int]:
        """Numbers of the runs of which something is to be written yet."""
        return self._unsaved.keys() | self._ending.keys()

    async def settle(self) -> None:
        """Return when all is durable and told, or cannot be made so at the first try; nothing may be ending."""
        if self._unsaved:
            await self._try()
        await self.news.told()

    async def close(self) -> None:
        """Stop trying."""
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.wait({self._saving})
        # Whoever waited for their end has been stopped.
        self._unsaved.update(self._ending)
        self._ending.clear()

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
        self._tell_saved(unsaved)
        return not self._unsaved

    def _tell_saved(self, runs: Sequence[Run]) -> None:
        saved = self._saved(runs)
        if saved:
            self.news.add(saved)

    def _saved(self, runs: Sequence[Run]) -> list[Run]:
        """Those of ``runs`` that nobody has been told of, and that have not changed since."""
        saved = [run for run in runs if self._unsaved.get(run.id) is run]
        for run in saved:
            del self._unsaved[run.id]
        return saved
