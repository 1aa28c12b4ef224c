"""Documents whose entries wait until what they refer to is kept. Nobody else waits with them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
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

    async def settle(self, document_id: DocumentId) -> None:
        """Return when all is durable that was handed in before for this document.

        Raises:
            StoreUnavailable: it is not.
        """


class NothingKept:
    """:class:`Settling` where entries refer to nothing."""

    unsettled: Collection[DocumentId] = ()

    async def settle(self, document_id: DocumentId) -> None:
        """There is nothing to be kept."""


@dataclass(slots=True)
class _Held:
    """What is held back of one document.

    Attributes:
        tried: What may be written when the attempt succeeds that is under way, or comes next.
        later: What came since that began: it may refer to more.
        size_bytes: Of the updates in both.
        failures: Of attempts, one after the other.
    """

    tried: Batch = field(default_factory=Batch)
    later: Batch = field(default_factory=Batch)
    size_bytes: int = 0
    failures: int = 0
    alarm: asyncio.TimerHandle | None = None
    attempt: asyncio.Task[None] | None = None

    def report(self, reason: str) -> None:
        self.tried.report(reason)
        self.later.report(reason)


class HeldBack:
    """What is held back, each document by itself, and tried again."""

    def __init__(
        self, references: Settling, give_back: Callable[[Batch], None], delays_s: Sequence[float]
    ) -> None:
        """Nothing is. ``give_back`` takes what may be written; a failed attempt is repeated after ``delays_s``."""
        self._references = references
        self._give_back = give_back
        self._delays_s = delays_s
        self._held: dict[DocumentId, _Held] = {}

    def __contains__(self, document_id: object) -> bool:
        """Whether whatever comes of this document has to wait, if only for its turn."""
        return document_id in self._held

    @property
    def documents(self) -> Collection[DocumentId]:
        """Of which something waits."""
        return self._held.keys()

    @property
    def attempts(self) -> list[asyncio.Task[None]]:
        """Those under way."""
        return [held.attempt for held in self._held.values() if held.attempt is not None]

    def add(self, document_id: DocumentId, part: Batch) -> None:
        """Have ``part`` wait, behind what waits of this document, until all is kept that was handed in before."""
        held = self._held.setdefault(document_id, _Held())
        held.later.extend(part)
        held.size_bytes += part.size_bytes
        if held.attempt is None and held.alarm is None:
            self._try(document_id)

    def size_bytes(self, document_id: DocumentId) -> int:
        """Of the updates that wait with this document's: what cannot be kept is counted together."""
        held = self._held[document_id]
        if not held.failures:
            return held.size_bytes
        return sum(other.size_bytes for other in self._held.values() if other.failures)

    def report(self, reason: str) -> None:
        """Tell the rooms of what waits that nothing can be made durable now."""
        for held in self._held.values():
            held.report(reason)

    def try_now(self) -> None:
        """Repeat failed attempts without a rest."""
        for document_id, held in self._held.items():
            if held.alarm is not None:
                held.alarm.cancel()
                self._try(document_id)

    def abandon(self, reason: str) -> None:
        """Give none of it back."""
        abandoned, self._held = self._held, {}
        for held in abandoned.values():
            if held.alarm is not None:
                held.alarm.cancel()
            if held.attempt is not None:
                held.attempt.cancel()
            held.tried.refuse(reason)
            held.later.refuse(reason)

    def _try(self, document_id: DocumentId) -> None:
        held = self._held[document_id]
        held.alarm = None
        held.tried.extend(held.later)
        held.later = Batch()
        held.attempt = asyncio.ensure_future(self._references.settle(document_id))
        held.attempt.add_done_callback(partial(self._tried, document_id))

    def _tried(self, document_id: DocumentId, attempt: asyncio.Task[None]) -> None:
        held = self._held.get(document_id)
        if attempt.cancelled() or held is None or held.attempt is not attempt:
            return
        held.attempt = None
        error = attempt.exception()
        if error is None:
            self._kept(document_id, held)
            return
        if not isinstance(error, StoreUnavailable):
            _log.error("What the journal refers to cannot be kept", exc_info=error)
        elif not held.failures:
            _log.warning("What %s refers to cannot be kept; it waits: %s", document_id, error)
        delay_s = self._delays_s[min(held.failures, len(self._delays_s) - 1)]
        held.failures += 1
        held.report(str(error))
        held.alarm = asyncio.get_running_loop().call_later(delay_s, self._try, document_id)

    def _kept(self, document_id: DocumentId, held: _Held) -> None:
        ready, held.tried = held.tried, Batch()
        held.size_bytes -= ready.size_bytes
        held.failures = 0
        if held.later:
            self._try(document_id)
        else:
            del self._held[document_id]
        self._give_back(ready)
