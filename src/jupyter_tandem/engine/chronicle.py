"""Earlier versions of a document: looked at in a preview, restored as a new edit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from jupyter_tandem.core.version import Stamp, Version, versions
from jupyter_tandem.engine.annex import Annex
from jupyter_tandem.engine.fork_desk import copy_of, document_of, parse_root
from jupyter_tandem.engine.house import Landlord, open_room
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import FileMissing, NotFound
from jupyter_tandem.ports.clock import Entropy
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.history import Timeline
from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.ports.store import Entry, Journal, Replay
from jupyter_tandem.types import Address, DocumentId, DocumentKind


@dataclass(slots=True)
class _Preview:
    root: DocumentId
    kind: DocumentKind
    live: LiveRoom
    versions: Sequence[Version]
    position: int
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Chronicle:
    """Keeps :class:`jupyter_tandem.ports.history.History`."""

    def __init__(
        self,
        landlord: Landlord,
        annex: Annex,
        journal: Journal,
        files: Files,
        entropy: Entropy,
        worker: Worker,
    ) -> None:
        """No preview is open."""
        self._landlord = landlord
        self._annex = annex
        self._journal = journal
        self._files = files
        self._entropy = entropy
        self._worker = worker
        self._previews: dict[str, _Preview] = {}

    async def timeline(self, path: str, kind: DocumentKind, visitor: Visitor) -> Timeline:  # noqa: ARG002
        """See the port."""
        address = await self._address(path, kind)
        live = await open_room(self._landlord, address)
        await live.durable(live.sequence)
        found = await self._versions(live)
        preview_id = self._entropy.token()
        original = await copy_of(live, self._worker, self._entropy.client_id())
        room = self._annex.open(preview_id, live.address, original, live.lineage)
        self._previews[preview_id] = _Preview(live.document_id, kind, room, found, len(found) - 1)
        self._annex.end_when_idle(preview_id, lambda: self._forget(preview_id))
        timestamps = [version.at for version in found]
        return Timeline(live.document_id, preview_id, live.lineage, timestamps)

    async def step(self, preview: str, steps: int, visitor: Visitor | None = None) -> bool:  # noqa: ARG002
        """See the port. Whoever asks, it is done."""
        shown = self._preview(preview)
        async with shown.turn:
            wanted = min(max(shown.position + steps, 0), len(shown.versions) - 1)
            if wanted == shown.position:
                return False
            await self._show(shown, shown.versions[wanted])
            shown.position = wanted
            return True

    async def restore(self, root: str, preview: str, visitor: Visitor) -> None:
        """See the port."""
        shown = self._preview(preview)
        if shown.root != root:
            raise NotFound("This preview shows another document.")
        async with shown.turn:
            live = await open_room(self._landlord, parse_root(root))
            if live.lineage != shown.live.lineage:
                raise NotFound("The document has another history now.")
            _, update = shown.live.encode(live.room.document.state_vector())
            live.incorporate(update, author=visitor.user.username, cause="restore")
            await live.durable(live.sequence)
        self._annex.end(preview, 1001, "The version was restored.")

    # -- inside --------------------------------------------------------------

    async def _address(self, path: str, kind: DocumentKind) -> Address:
        try:
            return Address(kind, await self._files.identify(path))
        except FileMissing as error:
            raise NotFound("Room not found") from error

    def _preview(self, preview: str) -> _Preview:
        shown = self._previews.get(preview)
        if shown is None:
            raise NotFound("Fork document not found")
        return shown

    def _forget(self, preview: str) -> None:
        self._previews.pop(preview, None)

    async def _versions(self, live: LiveRoom) -> list[Version]:
        """What can be shown: every version whose entries, or a snapshot before it, are still kept."""
        entries = await self._entries(live.document_id)
        first = await self._first_shown(live.document_id, [e.sequence for e in entries[:1]])
        stamps = [
            Stamp(e.sequence, e.author, e.at)
            for e in entries
            if e.sequence >= first and e.cause != "state"
        ]
        return versions(stamps) or [Version(live.sequence, 0.0)]

    async def _first_shown(self, document_id: DocumentId, oldest: list[int]) -> int:
        if oldest == [1]:
            return 1
        replay = await self._journal.replay(document_id)
        return replay.snapshot.sequence if replay is not None and replay.snapshot else 1

    async def _show(self, shown: _Preview, version: Version) -> None:
        past = await self._updates(shown.root, version.sequence)
        _, state = await shown.live.state()
        client_id = self._entropy.client_id()
        update = await self._worker.run(_turn_back, shown.kind, state, past, client_id)
        if update is not None:
            shown.live.incorporate(update, author="", cause="restore")

    async def _updates(self, document_id: DocumentId, sequence: int) -> list[bytes]:
        """Updates that make the document as it was after ``sequence``."""
        entries = await self._entries(document_id)
        if entries and entries[0].sequence == 1:
            return [e.update for e in entries if e.sequence <= sequence]
        replay = await self._journal.replay(document_id)
        if replay is None or (replay.snapshot and replay.snapshot.sequence > sequence):
            raise NotFound("This version is not kept any more.")
        return _since_snapshot(replay, sequence)

    async def _entries(self, document_id: DocumentId) -> list[Entry]:
        """All entries that are kept, page by page."""
        found: list[Entry] = []
        after = 0
        while page := await self._journal.history(document_id, after=after):
            found.extend(page)
            after = found[-1].sequence
        return found


def _since_snapshot(replay: Replay, sequence: int) -> list[bytes]:
    tail = [e.update for e in replay.tail if e.sequence <= sequence]
    return [replay.snapshot.state, *tail] if replay.snapshot else tail


def _turn_back(
    kind: DocumentKind, state: bytes, past: Sequence[bytes], client_id: int
) -> bytes | None:
    """The edit that makes a document with the history ``state`` look like one with ``past``."""
    earlier = document_of(kind, past[0], client_id)
    earlier.load(past[1:])
    now = document_of(kind, state, client_id)
    update = now.update_to(earlier.content())
    earlier.close()
    now.close()
    return update
