"""Has the history of a large document read before the first edit comes, which would wait for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jupyter_tandem.engine.live_room import LiveRoom
    from jupyter_tandem.engine.resident import Resident
    from jupyter_tandem.engine.worker import Worker

TEACH_BYTES: Final = 256 * 1024
"""The history of a smaller document is read in milliseconds, and takes memory that a document which is only
looked at does not need."""


async def teach(live: LiveRoom, worker: Worker, state: bytes) -> None:
    """Read the history in a worker; an edit that comes before that is done reads it itself.

    Args:
        live: Where the document is.
        worker: Reads.
        state: What :meth:`~jupyter_tandem.core.document.Document.begin_teaching` gave.
    """
    document = live.room.document
    if not live.closed and not document.taught:
        history = await worker.run(document.make_history, state)
        if not live.closed:
            document.teach(history)


def teach_later(resident: Resident, worker: Worker, state: bytes, delay_s: float) -> None:
    """The same after ``delay_s``: who has just opened the document needs not wait for it."""
    loop = asyncio.get_running_loop()
    loop.call_later(delay_s, lambda: resident.spawn(teach(resident.live, worker, state)))
