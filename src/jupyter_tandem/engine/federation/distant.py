"""Documents whose file another server keeps: what people are told of it, and merging without it (HUB-10)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from jupyter_tandem.core.inputs import FileReport
from jupyter_tandem.engine.bridge import Seed
from jupyter_tandem.engine.file_bridge_notice import BUSY, NONSENSE, merge_answered, merge_refused
from jupyter_tandem.engine.file_bridge_work import merge_foreign
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.withholding import MERGE
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import DocumentError, StoreUnavailable
from jupyter_tandem.ports.clock import Entropy
from jupyter_tandem.types import Address, DocumentId

DURABLE_S: Final = 10.0
"""How long a merge waits for the journal before it is refused."""

_STATES: Final = frozenset({"in_file", "pending", "read_only", "missing", "unreadable", "failed"})
_LONGEST_REASON: Final = 500


class DistantFiles:
    """:class:`jupyter_tandem.engine.bridge.Elsewhere`: keeps what was last said about each file."""

    def __init__(
        self,
        keeps: Callable[[Address], bool],
        away: str,
        worker: Worker,
        entropy: Entropy,
        path_of: Callable[[Address], str] = lambda _address: "",
    ) -> None:
        """Stand in for the files of documents that ``keeps`` is true of.

        Args:
            keeps: Whether a document's file is elsewhere.
            away: The sentence for people while nobody says anything about a file.
            worker: Where merges are computed.
            entropy: Gives merges their client ids.
            path_of: Where this server's people find a document.
        """
        self._path_of = path_of
        self._keeps = keeps
        self._unknown = FileReport("pending", None, away, "", "")
        self._worker = worker
        self._entropy = entropy
        self._reports: dict[DocumentId, FileReport] = {}
        self._bridges: dict[DocumentId, DistantBridge] = {}

    def keeps(self, address: Address) -> bool:
        """See the protocol."""
        return self._keeps(address)

    def bridge(self, room: LiveRoom) -> DistantBridge:
        """See the protocol."""
        document_id = room.document_id
        bridge = DistantBridge(
            room,
            self._reports.get(document_id, self._unknown),
            self._worker,
            self._entropy,
            lambda: self._let_go(document_id, bridge),
            self._path_of,
        )
        self._bridges[document_id] = bridge
        return bridge

    def told(self, document_id: DocumentId, report: FileReport) -> None:
        """The server that keeps the file says how it stands."""
        self._reports[document_id] = report
        bridge = self._bridges.get(document_id)
        if bridge is not None:
            bridge.told(report)

    def silent(self, document_id: DocumentId, reason: str = "") -> None:
        """Nobody can say anything about the file now."""
        known = self._reports.pop(document_id, self._unknown)
        report = FileReport("pending", known.saved_at, reason or self._unknown.reason, "", "")
        bridge = self._bridges.get(document_id)
        if bridge is not None:
            bridge.told(report)

    def moved(self, document_id: DocumentId) -> None:
        """This server's people find a document elsewhere now."""
        bridge = self._bridges.get(document_id)
        if bridge is not None:
            bridge.tell()

    def report(self, document_id: DocumentId) -> FileReport:
        """What was last said."""
        return self._reports.get(document_id, self._unknown)

    def _let_go(self, document_id: DocumentId, bridge: DistantBridge) -> None:
        if self._bridges.get(document_id) is bridge:
            del self._bridges[document_id]


class DistantBridge:
    """:class:`jupyter_tandem.engine.bridge.Bridge` of one document without a file here."""

    def __init__(
        self,
        room: LiveRoom,
        report: FileReport,
        worker: Worker,
        entropy: Entropy,
        on_closed: Callable[[], None],
        path_of: Callable[[Address], str],
    ) -> None:
        """Begin with ``report``; people find the document at ``path_of``."""
        self._path_of = path_of
        self._room = room
        self._report = report
        self._worker = worker
        self._entropy = entropy
        self._on_closed = on_closed
        self._turn = asyncio.Lock()
        self._closed = False

    @property
    def settled(self) -> bool:
        """The journal has everything, and there is nothing else."""
        return not self._turn.locked()

    async def start(self, seed: Seed | None) -> None:  # noqa: ARG002
        """Tell the room what is known of the file."""
        self.tell()

    def tell(self) -> None:
        """Tell the room what is known of the file, and where its people find the document."""
        if not self._closed:
            shown_path = self._path_of(self._room.address)
            self._room.report(replace(self._report, shown_path=shown_path))

    def told(self, report: FileReport) -> None:
        """There is news of the file."""
        if not self._closed and report != self._report:
            self._report = report
            self.tell()

    def content_changed(self) -> None:
        """Until the server that keeps the file says otherwise, it lacks the edit."""
        if self._report.state == "in_file":
            self.told(FileReport("pending", self._report.saved_at, "", "", ""))

    def touched(self) -> None:
        """There is nothing to look at here."""

    async def save_now(self) -> str:
        """The file is written elsewhere, by itself."""
        return "success" if self._report.state == "in_file" else "skipped"

    async def merge(self, body: dict[str, Any], author: str) -> dict[str, Any]:
        """Bring in edits of another lineage; durable on return.

        Raises:
            StoreUnavailable: they are in the document but not durable yet; merging again does no harm.
        """
        if self._turn.locked() or self._closed:
            return merge_refused(BUSY)
        if not isinstance(body.get("lineage"), str) or body.get("ours") is None:
            return merge_refused(NONSENSE)
        async with self._turn:
            try:
                return await self._merge(body.get("base"), body["ours"], author)
            except DocumentError as error:
                return merge_refused(f"The edits cannot be merged: {error}")

    async def close(self) -> None:
        """Let go."""
        self.abandon()

    def abandon(self) -> None:
        """Let go."""
        self._closed = True
        self._on_closed()

    async def _merge(self, base: Any, ours: Any, author: str) -> dict[str, Any]:
        room = self._room
        _, state = await room.state()
        client_id = self._entropy.client_id()
        kind = room.address.kind
        merged = await self._worker.run(merge_foreign, kind, state, base, ours, client_id)
        if merged.update is not None:
            room.incorporate(merged.update, author=author, cause=MERGE)
        try:
            await asyncio.wait_for(room.durable(room.sequence), DURABLE_S)
        except asyncio.TimeoutError:
            raise StoreUnavailable("the journal cannot be written at the moment") from None
        return merge_answered(changed=merged.update is not None, conflicts=merged.conflicts)


def report_from(body: dict[str, Any]) -> FileReport:
    """What another server says about a file, made fit to be passed on.

    Path and hash are left out: they mean something at that server only.
    """
    state, saved_at, reason = body.get("state"), body.get("saved_at"), body.get("reason")
    return FileReport(
        state if isinstance(state, str) and state in _STATES else "pending",
        float(saved_at) if isinstance(saved_at, int | float) else None,
        reason[:_LONGEST_REASON] if isinstance(reason, str) else "",
        "",
        "",
    )
