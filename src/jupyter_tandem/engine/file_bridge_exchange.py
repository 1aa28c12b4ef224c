"""How content goes from a document to its file and back (docs/spec/file.md).

Nothing here decides *when*: :class:`~.file_bridge.FileBridge` does, and calls one method at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from jupyter_tandem.core.reconcile import Reconciled
from jupyter_tandem.engine.bridge import Seed
from jupyter_tandem.engine.file_bridge_begun import BegunWrites, Run
from jupyter_tandem.engine.file_bridge_cells import CellMemory
from jupyter_tandem.engine.file_bridge_notice import merge_answered, merged_from_file
from jupyter_tandem.engine.file_bridge_schedule import SaveSchedule
from jupyter_tandem.engine.file_bridge_settings import SaveSettings
from jupyter_tandem.engine.file_bridge_standing import FileFacts
from jupyter_tandem.engine.file_bridge_work import (
    Comparison,
    Export,
    compare,
    export_changed,
    export_document,
    merge_foreign,
    remember,
)
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.engine.settings import LARGE_BYTES
from jupyter_tandem.engine.withholding import FILE, MERGE
from jupyter_tandem.errors import (
    DocumentError,
    FileError,
    FileMissing,
    FileUnreadable,
    StoreUnavailable,
)
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.files import FileContent, Files, FileStamp, Patch
from jupyter_tandem.ports.store import FileBase, FileBases, FileBaseStore

_log = logging.getLogger(__name__)

NOTICE_S: Final = 10.0
"""Pause between two notices that a file's changes were brought in; conflicts are told every time."""


class FileExchange:
    """Reads, merges, writes and remembers versions of one file.

    Attributes:
        facts: What is known of the file.
        taken_sequence: Up to where the last write took the document; 0 before the first one.
    """

    def __init__(
        self,
        room: LiveRoom,
        files: Files,
        bases: FileBaseStore,
        clock: Clock,
        settings: SaveSettings,
        run: Run,
        entropy: Entropy,
        schedule: SaveSchedule,
        publish: Callable[[], None],
        tell: Callable[[str], None],
        outputs: OutputShelf | None = None,
        recall: Recall | None = None,
    ) -> None:
        """Count unsaved edits in ``schedule``; call ``publish`` when the facts have changed.

        ``tell`` hears ``save`` when the file was written, ``overwrite`` when the document took edits from it.
        Big outputs of the document are in ``outputs``; those of the file are in it. The document's state is
        taken from ``recall`` where there is one.
        """
        self.facts = FileFacts()
        self._room = room
        self._files = files
        self._bases = bases
        self._clock = clock
        self._settings = settings
        self._run = run
        self._entropy = entropy
        self._schedule = schedule
        self._publish = publish
        self._tell = tell
        self._kind = room.address.kind
        self._file_id = room.address.file_id
        self._common_digest = ""
        self._common_hash = ""
        self._settled_sequence = -1
        self.taken_sequence = 0
        self._quiet_until = 0.0
        self._outputs = outputs
        self._recall = recall
        self._big = False
        self._cells = CellMemory(room, LARGE_BYTES if recall is None else recall.large_bytes)
        self._complete = True
        self._begun = BegunWrites(room.address, files, bases)

    # -- beginning -----------------------------------------------------------

    async def recall(self) -> None:
        """Learn which version journal and file had in common.

        Raises:
            StoreError: it cannot be read.
        """
        bases = await self._bases.bases(self._room.document_id)
        self._begun.in_doubt = bases.intended is not None
        if bases.common is not None:
            self._remember(bases.common)

    def seeded(self, stamp: FileStamp) -> None:
        """The document was just made from this version of the file."""
        self._holds(stamp)

    async def settle_seed(self, seed: Seed) -> None:
        """Remember what the document was just made from as the common version.

        Raises:
            StoreError: it could not be remembered.
        """
        digest, base_bytes = await self._run(
            remember, self._kind, seed.update, self._entropy.client_id()
        )
        base = FileBase(digest, base_bytes, 1, seed.stamp.file_hash)
        await self._bases.settle(self._room.document_id, base)
        self._remember(base)

    async def tidy(self) -> None:
        """Count what the room wrote about the file itself as being in the file.

        Else every document would look as if its file lacked something, and be opened after a crash.

        Raises:
            StoreError: it could not be remembered.
        """
        if self._big and self._room.outputs is not None:
            self._big = False
            await self._room.outputs.tidy()
        in_step = not self._schedule.unsaved and self.facts.stamp and not self.facts.unreadable
        if not in_step or self._room.sequence <= self._settled_sequence:
            return
        common = (await self._bases.bases(self._room.document_id)).common
        if common is not None and not self._schedule.unsaved:
            await self._settle(replace(common, sequence=self._room.sequence))

    # -- from the file -------------------------------------------------------

    async def look(self) -> None:
        """See which version the file is, and merge it when it is a foreign one.

        Raises:
            FileMissing, FileUnreadable, FileError: it cannot be read.
            StoreError: what was merged could not be made durable, or not be remembered.
        """
        try:
            await self._look()
        except (FileMissing, FileUnreadable):
            await self._begun.call_off()
            raise
        await self._begun.call_off()

    async def _look(self) -> None:
        stamp = await self._calm_stamp()
        known = self.facts.stamp
        if known is not None and stamp.same_version(known):
            self.facts.moved(stamp)
            return
        if stamp.file_hash and stamp.file_hash == self._common_hash:
            self._holds(stamp)
            self._catch_up()
            return
        # First: of half a notebook Jupyter's contents manager makes one of its own when it reads it as such.
        if self._begun.in_doubt and await self._is_stump():
            return
        try:
            found = await self._files.read(self._file_id, self._kind)
        except FileUnreadable:
            self.facts.saw(stamp)
            raise
        await self._bring_in(found)

    async def _is_stump(self) -> bool:
        """Whether the file is what a write has left that was cut short; then it is to be written again."""
        bases = await self._versions()
        left = await self._begun.left(bases, self._run)
        if left is None:
            return False
        stamp, content = left
        base = FileBase("", content, 0, stamp.file_hash)
        if stamp.file_hash:
            await self._settle(base)
        else:
            self._remember(base)
        self.facts.saw(stamp)
        self._catch_up()
        _log.warning("A write of %s was cut short; it is written again.", self._room.document_id)
        return True

    async def _calm_stamp(self) -> FileStamp:
        """The stamp of a file that nobody is just writing."""
        stamp = await self._files.stamp(self._file_id)
        latest = self._clock.monotonic() + self._settings.calm_latest_s
        known = self.facts.stamp
        while known is None or not stamp.same_version(known):
            await asyncio.sleep(self._settings.calm_s)
            again = await self._files.stamp(self._file_id)
            if again.same_version(stamp) or self._clock.monotonic() >= latest:
                return again
            stamp = again
        return stamp

    async def _bring_in(self, found: FileContent) -> None:
        bases = await self._versions()
        client_id = self._entropy.client_id()
        try:
            content = await self._lightened(found)
            _, state = await self._present()
            comparison: Comparison = await self._run(
                compare, self._kind, state, bases, content, client_id
            )
        except FileUnreadable:
            self.facts.saw(found.stamp)
            raise
        if comparison.update is not None:
            self._room.incorporate(comparison.update, author="", cause=FILE)
            self._tell("overwrite")
        await self._durable(self._room.sequence)
        # Not the present sequence: the journal may hold edits that this version lacks.
        earlier = comparison.known or bases.common
        sequence = earlier.sequence if earlier is not None else 0
        base = FileBase(comparison.digest, comparison.base, sequence, found.file_hash)
        await self._settle(base)
        self._holds(found.stamp)
        self._catch_up()
        self._announce(comparison)

    async def _versions(self) -> FileBases:
        """The versions that journal and file may have in common.

        Until one was remembered it is what the document was made of (FILE-60): a merge without a base takes what
        was deleted here for something that another program wrote.
        """
        bases = await self._bases.bases(self._room.document_id)
        seed = None
        if bases.common is None and self._recall is not None:
            seed = await self._recall.seed()
        if seed is None:
            return bases
        try:
            digest, content = await self._run(remember, self._kind, seed, self._entropy.client_id())
        except DocumentError:
            return bases
        return replace(bases, common=FileBase(digest, content, 1, ""))

    def _announce(self, comparison: Comparison) -> None:
        """Tell the people in the room; of a file that changes all the time only now and then."""
        now = self._clock.monotonic()
        news = comparison.update is not None and now >= self._quiet_until
        if news or comparison.conflicts:
            self._quiet_until = now + NOTICE_S
            self._room.tell(*merged_from_file(comparison.conflicts))

    def _holds(self, stamp: FileStamp) -> None:
        """This version of the file is in the document, if not the other way round."""
        self.facts.held(stamp, stamp.modified_at or self._clock.wall())

    def _catch_up(self) -> None:
        """Write what the journal has and the file lacks."""
        if self._room.sequence > self._settled_sequence:
            self._schedule.changed()

    # -- to the file ---------------------------------------------------------

    async def save(self) -> None:
        """Write the document to the file, unless the file holds the same already.

        Raises:
            FileChanged: another program was faster; look first. Nothing was written.
            FileError, StoreError, DocumentError: it could not be written; the former file is intact.
        """
        since = self._schedule.take()
        saved = False
        try:
            sequence = await self._save_changed()
            if sequence is None:
                sequence = await self._save_whole()
            saved = True
            self.taken_sequence = sequence
        finally:
            if not saved:
                self._schedule.give_back(since)

    async def _save_changed(self) -> int | None:
        """Save by the cells that changed; ``None``: that cannot be done, and nothing was written."""
        changed = self._cells.take(self._common_digest)
        facts = self.facts
        if changed is None or facts.missing or facts.unreadable:
            return None
        export: Export | None = await self._run(export_changed, changed, self._big_bytes)
        if export is None or not await self._put(export, changed.sequence):
            return None
        return changed.sequence

    async def _save_whole(self) -> int:
        self._cells.begin()
        sequence, state = await self._present()
        cells = self._cells.cells
        export: Export = await self._run(
            export_document, self._kind, state, self._entropy.client_id(), self._big_bytes, cells
        )
        await self._put(export, sequence)
        return sequence

    async def _put(self, export: Export, sequence: int) -> bool:
        """Bring what was exported into the file; whether that could be done."""
        facts = self.facts
        self._big = export.big
        base = FileBase(export.digest, export.base, sequence, "")
        await self._durable(sequence)
        if export.digest != self._common_digest or facts.missing or facts.unreadable:
            written = await self._write(export.content, base)
            if written is None:
                return False
            facts.held(written, self._clock.wall())
            facts.failure = ""
            self._remember(replace(base, sequence=-1, file_hash=written.file_hash))
            self._publish()
            self._tell("save")
        if not self._schedule.unsaved:
            # What came after the edits is only what the room wrote about the file itself.
            sequence = self._room.sequence
        if sequence != self._settled_sequence:
            file_hash = facts.stamp.file_hash if facts.stamp is not None else ""
            await self._settle(replace(base, sequence=sequence, file_hash=file_hash))
        if self._complete:
            self._cells.keep(export.saved, export.digest)
        return True

    async def _write(self, content: Any, base: FileBase) -> FileStamp | None:
        """``None``: the file cannot be patched."""
        stamp = self.facts.stamp
        if isinstance(content, Patch):
            return None if stamp is None else await self._patch(content, base, stamp)
        whole, self._complete = await self._whole(content)
        write = partial(self._files.write, self._file_id, self._kind, whole, expected=stamp)
        return await self._begun.carry_out(base, stamp, write)

    async def _patch(self, patch: Patch, base: FileBase, stamp: FileStamp) -> FileStamp | None:
        changed = [cell for cell in patch.cells if not isinstance(cell, int)]
        whole, complete = await self._whole({**patch.frame, "cells": changed})
        if not complete:
            return None
        cells = iter(whole["cells"])
        filled = [cell if isinstance(cell, int) else next(cells) for cell in patch.cells]
        patch = replace(patch, cells=filled)
        write = partial(self._files.patch, self._file_id, self._kind, patch, expected=stamp)
        return await self._begun.carry_out(base, stamp, write)

    # -- big outputs -----------------------------------------------------------

    @property
    def _big_bytes(self) -> int | None:
        return None if self._outputs is None else self._outputs.limit_bytes

    async def _lightened(self, found: FileContent) -> Any:
        """What the file holds, without its big outputs."""
        if self._outputs is None:
            return found.content
        return await self._outputs.take_out(self._room.document_id, self._kind, found.content)

    async def _whole(self, content: Any) -> tuple[Any, bool]:
        """The document's content with its big outputs, and whether none is missing.

        Those that are lost beside the document may still be in the file that is about to be written.

        Raises:
            StoreUnavailable: they cannot be read now.
        """
        if self._outputs is None:
            return content, True
        document_id = self._room.document_id
        whole, missing = await self._outputs.bring_back(document_id, self._kind, content)
        if missing and self.facts.stamp is not None:
            with contextlib.suppress(FileError):
                await self._lightened(await self._files.read(self._file_id, self._kind))
            whole, missing = await self._outputs.bring_back(document_id, self._kind, content)
        if missing:
            _log.error("%d big outputs of %s are lost", len(missing), document_id)
        return whole, not missing

    async def _settle(self, base: FileBase) -> None:
        await self._durable(base.sequence)
        await self._bases.settle(self._room.document_id, base)
        self._begun.in_doubt = False
        self._remember(base)

    def _remember(self, common: FileBase) -> None:
        self._common_digest = common.digest
        self._common_hash = common.file_hash
        self._settled_sequence = common.sequence

    async def _present(self) -> tuple[int, bytes]:
        """The document's state as one update, and the sequence it covers."""
        return self._room.encode() if self._recall is None else await self._recall.state()

    async def _durable(self, sequence: int) -> None:
        """Journal first: wait until everything up to ``sequence`` is in it."""
        if self._room.room.durable >= sequence:
            return
        try:
            await asyncio.wait_for(self._room.durable(sequence), self._settings.durable_s)
        except asyncio.TimeoutError:
            raise StoreUnavailable("the journal cannot be written at the moment") from None

    # -- from another lineage ------------------------------------------------

    async def merge(self, base: Any, ours: Any, author: str) -> dict[str, Any]:
        """Bring in what ``author`` changed from ``base`` (or ``None``) to ``ours``; durable on return.

        Returns:
            The body of the answer.

        Raises:
            DocumentError: one of the two is no document of this kind.
            StoreError: it could not be made durable yet.
        """
        _, state = await self._present()
        client_id = self._entropy.client_id()
        merged: Reconciled = await self._run(
            merge_foreign, self._kind, state, base, ours, client_id
        )
        if merged.update is not None:
            self._room.incorporate(merged.update, author=author, cause=MERGE)
        await self._durable(self._room.sequence)
        return merge_answered(changed=merged.update is not None, conflicts=merged.conflicts)
