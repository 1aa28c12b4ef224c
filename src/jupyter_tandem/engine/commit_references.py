"""Documents whose entries wait until what they refer to can be kept. Nobody else waits with them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from jupyter_tandem.engine.commit_batch import Batch
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)


class Settling(Protocol):
    """Keeps what entries refer to."""

    @property
    def unsettled(self) -> Collection[DocumentId]:
        """Documents with something that is not durable yet."""

    async def settle(self) -> None:
        """Return when all of it is durable.

        Raises:
            StoreUnavailable: it is not.
        """


class NothingKept:
    """:class:`Settling` where entries refer to nothing."""

    unsettled: Collection[DocumentId] = ()

    async def settle(self) -> None:
        """There is nothing to be kept."""


class HeldBack:
    """What is held back, and tried again.

    Attributes:
        batch: What waits.
        documents: Whose.
        size_bytes: Of the updates that wait.
    """

    def __init__(
        self, references: Settling, give_back: Callable[[Batch], None], delays_s: Sequence[float]
    ) -> None:
        """Nothing is. ``give_back`` takes all of it when it may be written, after one of ``delays_s`` at the earliest."""
        self._references = references
        self._give_back = give_back
        self._delays_s = delays_s
        self._failures = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._attempt: asyncio.Task[None] | None = None
        self.batch = Batch()
        self.documents: set[DocumentId] = set()
        self.size_bytes = 0

    def hold(self, documents: Collection[DocumentId], part: Batch, reason: str) -> None:
        """Keep ``part``, and whatever else is added for ``documents``, until what they refer to is kept."""
        self.documents.update(documents)
        self.add(part)
        self.batch.report(reason)
        self._try_later()

    def add(self, part: Batch) -> None:
        """Put ``part`` behind what waits."""
        self.batch.extend(part)
        self.size_bytes += part.size_bytes

    def abandon(self, reason: str) -> None:
        """Give none of it back."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        self.batch.refuse(reason)

    def _try_later(self) -> None:
        if self._alarm is None and self._attempt is None:
            delay_s = self._delays_s[min(self._failures, len(self._delays_s) - 1)]
            self._alarm = asyncio.get_running_loop().call_later(delay_s, self._try)

    def _try(self) -> None:
        self._alarm = None
        self._attempt = asyncio.ensure_future(self._references.settle())
        self._attempt.add_done_callback(self._tried)

    def _tried(self, attempt: asyncio.Task[None]) -> None:
        self._attempt = None
        if attempt.cancelled():
            return
        error = attempt.exception()
        if error is None:
            self._failures, self.size_bytes = 0, 0
            batch, self.batch = self.batch, Batch()
            self.documents.clear()
            self._give_back(batch)
            return
        if not isinstance(error, StoreUnavailable):
            _log.error("What the journal refers to cannot be kept", exc_info=error)
        self._failures += 1
        self.batch.report(str(error))
        self._try_later()
