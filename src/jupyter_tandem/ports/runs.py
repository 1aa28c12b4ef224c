"""What the engine needs to remember of runs, so that a crash can be told truthfully (RUN-6, RUN-9, RUN-16)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import DocumentId


class RunStore(Protocol):
    """Keeps runs by document and number. One server writes it at a time (see :class:`.store.Lease`)."""

    async def load(self, document_id: DocumentId) -> Sequence[Run]:
        """All runs of a document that are kept, in order.

        Raises:
            StoreUnavailable, StoreCorrupt: they cannot be read.
        """

    async def write(
        self, document_id: DocumentId, changed: Sequence[Run], forgotten: Collection[int] = ()
    ) -> None:
        """Keep ``changed`` in place of what was kept under their numbers, and drop the ``forgotten``.

        **Durable (fsync) on return**, all or nothing; writes take effect in the order in which they were asked for.

        Raises:
            StoreUnavailable: nothing was written; may be repeated. LeaseLost: another server holds the store.
        """

    async def unfinished(self) -> Sequence[DocumentId]:
        """Documents with a run that is under way or waits, as far as the store knows.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
