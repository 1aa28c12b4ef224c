"""Brings documents into memory: from the journal, or from their file when they have none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from jupyter_tandem.core.content import Family, family, normalise
from jupyter_tandem.core.document import Document, grow_normal
from jupyter_tandem.core.inputs import FileReport
from jupyter_tandem.core.room import Room
from jupyter_tandem.engine.bridge import Bridge, Elsewhere, Seed
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.compaction import reopen, tail_is_long
from jupyter_tandem.engine.events import RoomEvents
from jupyter_tandem.engine.file_bridge import FileBridge, SaveSettings
from jupyter_tandem.engine.late_answer import PATIENCE_S, LateAnswers
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.keeper import OutputKeeper
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.resident import Resident
from jupyter_tandem.engine.settings import LARGE_BYTES, RoomSettings
from jupyter_tandem.engine.teaching import TEACH_BYTES
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.store import Entry, FileBaseStore, Head, Journal
from jupyter_tandem.protocol.frames import SyncStep2, encode
from jupyter_tandem.types import Address, DocumentKind, LineageId


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is to be done later for a document that is in memory now.

    Attributes:
        new: Whether its history has just begun, from its file.
        lesson: What its history is still to be taught (:mod:`jupyter_tandem.engine.teaching`), or ``None``.
        long: Whether its journal is to be shortened; ``None`` where there was none before.
        recall: Gives its state.
    """

    new: bool
    lesson: bytes | None
    long: bool | None
    recall: Recall


class RoomLoader:
    """Builds rooms with all that belongs to them."""

    def __init__(
        self,
        *,
        journal: Journal,
        bases: FileBaseStore,
        files: Files,
        clock: Clock,
        entropy: Entropy,
        events: RoomEvents,
        committer: Committer,
        worker: Worker,
        settings: RoomSettings,
        save_settings: SaveSettings,
        elsewhere: Elsewhere | None,
        outputs: OutputShelf | None,
        on_open: Callable[[LiveRoom], None],
    ) -> None:
        """See :class:`jupyter_tandem.engine.rooms.Rooms`; ``on_open`` hears of a room before anybody is in it."""
        self._journal = journal
        self._bases = bases
        self._files = files
        self._clock = clock
        self._entropy = entropy
        self._events = events
        self._committer = committer
        self._worker = worker
        self._settings = settings
        self._save_settings = save_settings
        self._elsewhere = elsewhere
        self._outputs = outputs
        self._on_open = on_open

    async def load(self, resident: Resident) -> Loaded:
        """Build the room and the bridge of ``resident``, and hand them over.

        Raises:
            FileMissing, FileUnreadable, FileError: the file cannot be read and there is no journal.
            StoreError: the journal cannot be read or written.
        """
        address = resident.address
        document_id = address.document_id
        replay = await self._journal.replay(document_id)
        seed: Seed | None = None
        long: bool | None = None
        if replay is None or replay.head.sequence == 0:
            head, document, seed = await self._found(address, replay.head if replay else None)
            whole = seed.update
        else:
            head, long = replay.head, tail_is_long(replay.tail, self._settings)
            document, whole = await self._worker.run(
                reopen, address, replay, self._entropy.client_id()
            )
        # It holds a large document a second time.
        del replay
        lesson = document.begin_teaching(TEACH_BYTES, whole)
        answer = await self._answer(whole)
        large_bytes = self._settings.large_bytes
        room = Room(
            document_id,
            document,
            head.lineage,
            head.sequence,
            self._settings.limits,
            answer,
            large_bytes,
        )
        live = LiveRoom(address, room, self._committer, self._clock, resident)
        recall = self._recall(live, self._save_settings.durable_s)
        live.whole = LateAnswers(live, self._recall(live, PATIENCE_S), self._worker)
        self._keep_outputs(live, recall)
        bridge = self._bridge(live, recall)
        resident.furnish(live, bridge)
        self._on_open(live)
        await bridge.start(seed)
        return Loaded(seed is not None, lesson, long, recall)

    def shelf(self, address: Address) -> OutputShelf | None:
        """Where the document's big outputs are kept, if they are kept beside it."""
        if self._elsewhere is not None and self._elsewhere.keeps(address):
            return None
        return self._outputs

    # -- inside --------------------------------------------------------------

    def _recall(self, live: LiveRoom, durable_s: float) -> Recall:
        large_bytes = self._settings.large_bytes
        return Recall(live, self._journal, self._worker, self._entropy, durable_s, large_bytes)

    def _bridge(self, live: LiveRoom, recall: Recall) -> Bridge:
        if self._elsewhere is not None and self._elsewhere.keeps(live.address):
            return self._elsewhere.bridge(live)
        return FileBridge(
            live,
            self._files,
            self._bases,
            self._clock,
            self._save_settings,
            self._worker.run,
            self._entropy,
            lambda action: self._events.room(live.address, action, ""),
            self._outputs,
            recall,
        )

    async def _answer(self, whole: bytes) -> bytes:
        message = SyncStep2(whole)
        if len(whole) < LARGE_BYTES:
            return encode(message)
        return await self._worker.run(encode, message)

    def _keep_outputs(self, live: LiveRoom, recall: Recall) -> None:
        outputs = self.shelf(live.address)
        if outputs is not None and family(live.address.kind) is Family.NOTEBOOK:
            OutputKeeper(live, outputs, self._worker, self._entropy, recall=recall)

    async def _found(self, address: Address, empty: Head | None) -> tuple[Head, Document, Seed]:
        """Begin a document's first history from its file."""
        found = await self._files.read(address.file_id, address.kind)
        # It takes more memory than the document: nothing holds it while that is made.
        stamp, held = found.stamp, [found.content]
        del found
        take_out = _itself
        outputs = self.shelf(address)
        if outputs is not None and family(address.kind) is Family.NOTEBOOK:
            take_out = partial(outputs.take_out_of, address.document_id)
        state = FileReport("", None, "", stamp.path, stamp.file_hash).shared
        document, update = await self._worker.run(
            _grown, address.kind, held, take_out, self._entropy.client_id(), state
        )
        document_id = address.document_id
        if empty is None:
            empty = await self._journal.create(document_id, LineageId(self._entropy.token()))
        seed_entry = Entry(document_id, 1, "", self._clock.wall(), "seed", update)
        await self._journal.append([seed_entry])
        return Head(document_id, empty.lineage, 1), document, Seed(stamp, update)


def _grown(
    kind: DocumentKind,
    held: list[Any],
    take_out: Callable[[Any], Any],
    client_id: int,
    state: dict[str, Any],
) -> tuple[Document, bytes]:
    """A new document of what is ``held``, which is let go of on the way, but for what ``take_out`` leaves beside it."""
    return grow_normal(kind, take_out(normalise(kind, held.pop())), client_id, state)


def _itself(normal: Any) -> Any:
    return normal
