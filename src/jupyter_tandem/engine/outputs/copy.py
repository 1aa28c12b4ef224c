"""Copies of documents that hold their big outputs, for other server extensions.

Such a copy must never be merged back: its outputs are edits of its own.
"""

from __future__ import annotations

from jupyter_tandem.core.big_output_plan import brought_in
from jupyter_tandem.core.content import Family, family
from jupyter_tandem.core.stand_in import STAND_IN
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.clock import Entropy

_MARK = STAND_IN.encode()


class WholeCopies:
    """Makes them. What is copied stays as it is."""

    def __init__(self, shelf: OutputShelf, worker: Worker, entropy: Entropy) -> None:
        """Take big outputs from ``shelf``."""
        self._shelf = shelf
        self._worker = worker
        self._entropy = entropy

    async def state(self, live: LiveRoom) -> bytes:
        """The room's document as it is now, as one update, with its big outputs.

        Raises:
            StoreUnavailable: they cannot be read now.
        """
        _, state = await live.state()
        kind = live.address.kind
        if family(kind) is not Family.NOTEBOOK or _MARK not in state:
            return state
        fetch = self._shelf.getter(live.document_id)
        return await self._worker.run(brought_in, kind, state, self._entropy.client_id(), fetch)
