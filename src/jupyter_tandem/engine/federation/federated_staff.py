"""Forks, versions, outputs and runs of a server that goes through the Hub: of what others share for its person
alone (HUB-5), with the role that they have there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from jupyter_tandem.engine.federation.federated_door import KnownGrants
from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.engine.federation.threshold import Threshold
from jupyter_tandem.ports.execution import CellRunner, RunReceipt
from jupyter_tandem.ports.history import Fork, Forks, History, Timeline
from jupyter_tandem.ports.outputs import Outputs
from jupyter_tandem.ports.reception import Call, Grants, Visitor
from jupyter_tandem.types import DocumentKind, User

_NO_FORK: Final = "There is no such fork."
_NO_PREVIEW: Final = "Fork document not found"
_NO_FILE: Final = "Room not found"


class FederatedForks:
    """:class:`~jupyter_tandem.ports.history.Forks` that pass on to others."""

    def __init__(self, forks: Forks, threshold: Threshold) -> None:
        """Pass on to ``forks`` whoever passes ``threshold``."""
        self._forks = forks
        self._threshold = threshold

    def of(self, root: str, visitor: Visitor) -> Mapping[str, Fork]:
        """See the port."""
        self._threshold.pass_document(root, visitor.user)
        return self._forks.of(root, visitor)

    async def create(
        self, root: str, *, title: str, description: str, synchronize: bool, visitor: Visitor
    ) -> Fork:
        """See the port."""
        address = self._threshold.pass_document(root, visitor.user)
        if address is not None:
            await self._threshold.ready(address)
        return await self._forks.create(
            root, title=title, description=description, synchronize=synchronize, visitor=visitor
        )

    async def delete(self, fork_id: str, *, merge: bool, visitor: Visitor) -> Fork:
        """See the port."""
        address = self._threshold.pass_room(fork_id, visitor.user, _NO_FORK)
        if address is not None and merge:
            self._threshold.check_may_write(address)
        return await self._forks.delete(fork_id, merge=merge, visitor=visitor)


class FederatedHistory:
    """:class:`~jupyter_tandem.ports.history.History` that passes on to another."""

    def __init__(self, history: History, threshold: Threshold) -> None:
        """Pass on to ``history`` whoever passes ``threshold``."""
        self._history = history
        self._threshold = threshold

    async def timeline(self, path: str, kind: DocumentKind, visitor: Visitor) -> Timeline:
        """See the port."""
        self._threshold.pass_path(path, visitor.user, _NO_FILE)
        return await self._history.timeline(path, kind, visitor)

    async def step(self, preview: str, steps: int, visitor: Visitor) -> bool:
        """See the port."""
        self._threshold.pass_room(preview, visitor.user, _NO_PREVIEW)
        return await self._history.step(preview, steps, visitor)

    async def restore(self, root: str, preview: str, visitor: Visitor) -> None:
        """See the port."""
        for room in (preview, root):
            address = self._threshold.pass_room(room, visitor.user, _NO_PREVIEW)
            if address is not None:
                self._threshold.check_may_write(address)
        await self._history.restore(root, preview, visitor)


class FederatedRunner:
    """A :class:`~jupyter_tandem.ports.execution.CellRunner` that passes on to another."""

    def __init__(self, runner: CellRunner, threshold: Threshold, known: KnownDocuments) -> None:
        """Pass on to ``runner`` whoever passes ``threshold``."""
        self._runner = runner
        self._threshold = threshold
        self._known = known

    async def run_cell(self, document_id: str, cell: str, user: User, grants: Grants) -> RunReceipt:
        """See the port."""
        address = self._threshold.pass_document(document_id, user)
        if address is not None:
            grants = KnownGrants(self._known, await self._threshold.ready(address))
        return await self._runner.run_cell(document_id, cell, user, grants)


class FederatedOutputs:
    """:class:`~jupyter_tandem.ports.outputs.Outputs` that pass on to others."""

    def __init__(self, outputs: Outputs, threshold: Threshold, known: KnownDocuments) -> None:
        """Pass on to ``outputs`` whoever passes ``threshold``."""
        self._outputs = outputs
        self._threshold = threshold
        self._known = known

    async def read(self, call: Call, name: str) -> bytes:
        """See the port."""
        address = self._threshold.pass_document(call.room, call.visitor.user)
        if address is not None:
            grants = KnownGrants(self._known, self._known.of_address(address))
            call = replace(call, grants=grants)
        return await self._outputs.read(call, name)
