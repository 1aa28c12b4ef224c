"""Keeps one document and its file together (docs/spec/file.md).

The journal is the truth about edits, the file is what other programs see. One bridge belongs to one live
room; everything it does to the file happens in *turns*, one after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from jupyter_tandem.core.inputs import FileReport
from jupyter_tandem.engine.bridge import Seed
from jupyter_tandem.engine.file_bridge_begun import Run
from jupyter_tandem.engine.file_bridge_exchange import FileExchange
from jupyter_tandem.engine.file_bridge_notice import BUSY, NONSENSE, merge_refused
from jupyter_tandem.engine.file_bridge_schedule import SaveSchedule
from jupyter_tandem.engine.file_bridge_settings import SaveSettings
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.outputs.shelf import OutputShelf
from jupyter_tandem.engine.recall import Recall
from jupyter_tandem.errors import (
    DocumentError,
    FileChanged,
    FileError,
    FileMissing,
    FileReadOnly,
    FileUnreadable,
    TandemError,
)
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.store import FileBaseStore

__all__ = ["FileBridge", "SaveSettings"]

_log = logging.getLogger(__name__)

_ROUNDS: Final = 5
"""Times a file that changes while it is written is merged and tried again before it counts as a failure."""

_REST: Final = 4.0
"""Rest after a look at the file, in times what it took: a log that grows all the time costs a fifth of a
core at most, while a file that changes now and then is looked at without delay."""

_REST_LIMIT_S: Final = 10.0

_CALLED_OFF_S: Final = 10.0
"""How long what was called off may go on: as long as one write takes on a slow disk."""


class _Wish(enum.Enum):
    """What a turn is to do."""

    WHAT_IS_DUE = "what is due"
    LAST = "save what is unsaved, there will be no other turn"
    ASKED_FOR = "save, also where the file is gone or holds no document"


class FileBridge:
    """Writes the document to its file, and merges what other programs write there into the document."""

    def __init__(
        self,
        room: LiveRoom,
        files: Files,
        bases: FileBaseStore,
        clock: Clock,
        settings: SaveSettings,
        run: Run,
        entropy: Entropy,
        tell: Callable[[str], None],
        outputs: OutputShelf | None = None,
        recall: Recall | None = None,
    ) -> None:
        """Nothing happens before :meth:`start`; ``tell`` hears ``save`` and ``overwrite`` when they happen.

        Big outputs are kept in ``outputs``; without it, in the document. ``recall`` gives the document's state.
        """
        self._room = room
        self._settings = settings
        self._schedule = SaveSchedule(clock, settings, self._save_due, self._only_runs)
        self._exchange = FileExchange(
            room,
            files,
            bases,
            clock,
            settings,
            run,
            entropy,
            self._schedule,
            self._publish,
            tell,
            outputs,
            recall,
        )
        self._facts = self._exchange.facts
        self._reported: FileReport | None = None
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._finishing: asyncio.Task[None] | None = None
        self._look_due = False
        self._clock = clock
        self._rested_at = 0.0
        self._rest: asyncio.TimerHandle | None = None
        self._first_look: asyncio.TimerHandle | None = None
        self._hurry = asyncio.Event()
        self._merges = 0
        self._closed = False

    @property
    def settled(self) -> bool:
        """Whether nothing is under way and nothing will happen to the file by itself: the room may go."""
        if self._turn.locked() or self._task is not None or self._look_due:
            return False
        return not self._schedule.unsaved or not self._facts.may_write

    # -- what the registry calls ---------------------------------------------

    async def start(self, seed: Seed | None) -> None:
        """Begin to look after the file. Nobody waits for that, but a save or a merge does.

        Args:
            seed: What the document was just made from; it is remembered as the common version.
                ``None``: the document was rebuilt from its journal; the file is read and, if it is none of the
                versions the journal knows, merged into the live document. What goes wrong with the file is
                reported to the room, not raised.

        Raises:
            StoreError: the remembered versions cannot be read.
        """
        if seed is None:
            await self._exchange.recall()
            self._look_due = True
            self._first_look = asyncio.get_running_loop().call_later(
                self._settings.first_look_s, self._attend_soon
            )
            return
        self._exchange.seeded(seed.stamp)
        self._publish()
        # Taken here, given back by the task: nothing may come between.
        await self._turn.acquire()
        self._task = asyncio.get_running_loop().create_task(self._begin(seed))
        self._task.add_done_callback(self._worked)

    async def _begin(self, seed: Seed) -> None:
        try:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._settings.remember_s)
            await self._exchange.settle_seed(seed)
            await self._attend(_Wish.WHAT_IS_DUE)
        except TandemError as error:
            self._fail(error)
        finally:
            self._turn.release()

    def content_changed(self) -> None:
        """The document is ahead of its file. Cheap; called for every edit."""
        if self._closed:
            return
        first = not self._schedule.unsaved
        self._schedule.changed()
        if first:
            self._publish()

    def touched(self) -> None:
        """Something may have happened to the file."""
        if not self._closed:
            self._look_due = True
            self._look_soon()

    async def save_now(self) -> str:
        """Write the file because somebody asked for it, also where it was deleted or holds no document.

        Returns:
            ``success`` when the file holds every edit made before the call, else ``failed``; the room has
            been told why.
        """
        self._hurry.set()
        async with self._turn:
            saved = not self._closed and await self._attend(_Wish.ASKED_FOR)
        return "success" if saved else "failed"

    async def merge(self, body: dict[str, Any], author: str) -> dict[str, Any]:
        """Bring in edits that were made in another lineage; durable on return.

        Args:
            body: ``base`` (content both sides once had, or ``None``), ``ours`` (the client's content),
                ``lineage`` (the client's).
            author: ``username`` the edits are recorded under.

        Returns:
            ``status`` (``merged`` or ``refused``), ``conflicts`` (how many places were changed on both
            sides) and ``message``, a sentence for the person.

        Raises:
            StoreError: the edits are in the document but not durable yet; merging them again does no harm.
        """
        if self._closed or self._merges >= self._settings.merges:
            return merge_refused(BUSY)
        if not isinstance(body.get("lineage"), str) or body.get("ours") is None:
            return merge_refused(NONSENSE)
        self._merges += 1
        self._hurry.set()
        try:
            async with self._turn:
                return await self._exchange.merge(body.get("base"), body["ours"], author)
        except DocumentError as error:
            return merge_refused(f"The edits cannot be merged: {error}")
        finally:
            self._merges -= 1

    async def close(self) -> None:
        """Save what is unsaved, within seconds, and let go of the file.

        After :meth:`abandon`, or when that is called meanwhile, only return when nothing is under way any more: a
        write in a thread cannot be called off.
        """
        if not self._closed:
            self._finishing = asyncio.get_running_loop().create_task(self._finish())
            done, _ = await asyncio.wait({self._finishing}, timeout=self._settings.close_s)
            if not done:
                _log.warning(
                    "%s was not saved in time; the journal has it.", self._room.document_id
                )
            self.abandon()
        under_way = {task for task in (self._task, self._finishing) if task is not None}
        if under_way:
            await asyncio.wait(under_way, timeout=_CALLED_OFF_S)
        if (
            self._finishing is not None
            and self._finishing.done()
            and not self._finishing.cancelled()
        ):
            self._finishing.result()

    def abandon(self) -> None:
        """Let go of the file at once; what is unsaved stays in the journal."""
        self._closed = True
        self._schedule.cancel()
        for timer in (self._first_look, self._rest):
            if timer is not None:
                timer.cancel()
        for task in (self._task, self._finishing):
            if task is not None:
                task.cancel()

    async def _finish(self) -> None:
        self._hurry.set()
        async with self._turn:
            if self._look_due or self._schedule.unsaved:
                await self._attend(_Wish.LAST)

    # -- turns ---------------------------------------------------------------

    def _save_due(self) -> None:
        if self._facts.failure:
            self._look_at_once()
        self._attend_soon()

    def _look_at_once(self) -> None:
        self._look_due, self._rested_at = True, 0.0

    def _look_soon(self) -> None:
        """Attend at once, or after the rest that the last look has earned."""
        rest_s = self._rested_at - self._clock.monotonic()
        if rest_s <= 0:
            self._attend_soon()
        elif self._rest is None:
            self._rest = asyncio.get_running_loop().call_later(rest_s, self._have_rested)

    def _have_rested(self) -> None:
        self._rest = None
        if self._look_due:
            self._look_soon()

    def _attend_soon(self) -> None:
        if self._task is None and not self._closed:
            self._task = asyncio.get_running_loop().create_task(self._work())
            self._task.add_done_callback(self._worked)

    async def _work(self) -> None:
        async with self._turn:
            await self._attend(_Wish.WHAT_IS_DUE)

    def _worked(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if task.cancelled() or self._closed:
            return
        fault = task.exception()
        if fault is not None:
            _log.error("Attending to %s failed", self._room.document_id, exc_info=fault)
            self._fail(FileError(f"an internal error ({type(fault).__name__})"))
        elif self._schedule.due:
            self._attend_soon()
        elif self._look_due:
            self._look_soon()

    async def _attend(self, wish: _Wish) -> bool:
        """Look at the file if something may have happened to it, then write it if it lacks something.

        Returns:
            Whether that went well; after ``ASKED_FOR`` the file holds every edit made before the call.
        """
        if wish is _Wish.ASKED_FOR and self._facts.unknown:
            self._look_due = True
        for _ in range(_ROUNDS):
            done = await self._attempt(wish)
            if done is not None:
                return done
        self._fail(FileError("another program changes the file all the time"))
        return False

    async def _attempt(self, wish: _Wish) -> bool | None:
        """One round of :meth:`_attend`; ``None``: the file changed under it, try again."""
        missing = self._facts.missing
        try:
            await self._look_if_due(wish)
            if self._wants_save(wish):
                await self._save()
                self._recovered()
            self._publish()
            await self._exchange.tidy()
        except FileChanged:
            self._look_at_once()
            return None
        except FileMissing as error:
            self._fail(error)
            return None if wish is _Wish.ASKED_FOR and not missing else False
        except TandemError as error:
            self._fail(error)
            return False
        return True

    async def _save(self) -> None:
        started = self._clock.monotonic()
        try:
            await self._exchange.save()
        finally:
            self._schedule.took(self._clock.monotonic() - started)

    def _only_runs(self) -> bool:
        """Whether cells run, and what the file lacks is what they wrote."""
        return self._room.busy and self._room.edited_sequence <= self._exchange.taken_sequence

    async def _look_if_due(self, wish: _Wish) -> None:
        started = self._clock.monotonic()
        resting = wish is _Wish.WHAT_IS_DUE and started < self._rested_at
        if not self._look_due or resting:
            return
        self._look_due = False
        try:
            await self._exchange.look()
        except (FileMissing, FileUnreadable) as error:
            if wish is not _Wish.ASKED_FOR:
                raise
            self._fail(error)
        finally:
            ended = self._clock.monotonic()
            self._rested_at = ended + min(_REST * (ended - started), _REST_LIMIT_S)
        if not self._schedule.unsaved:
            self._recovered()

    def _wants_save(self, wish: _Wish) -> bool:
        if wish is _Wish.ASKED_FOR:
            return True
        waiting = self._schedule.unsaved and self._facts.may_write
        return waiting and (wish is _Wish.LAST or self._schedule.due)

    def _recovered(self) -> None:
        self._schedule.succeeded()
        self._facts.failure = ""

    def _fail(self, error: TandemError) -> None:
        """Keep in mind what is in the way. What time may heal is tried again, the rest waits for an event."""
        facts = self._facts
        if isinstance(error, FileMissing):
            facts.stamp, facts.unreadable, facts.missing = None, "", True
            self._recovered()
        elif isinstance(error, FileUnreadable):
            facts.unreadable = str(error)
            self._recovered()
        elif isinstance(error, FileReadOnly) and facts.stamp is not None:
            facts.stamp = replace(facts.stamp, writable=False)
            self._recovered()
        else:
            facts.failure = str(error)
            self._schedule.failed()
        self._publish()

    def _publish(self) -> None:
        """Tell the room how the file stands, when that is news."""
        if self._closed:
            return
        self._schedule.enabled = self._facts.may_write
        report = self._facts.report(unsaved=self._schedule.unsaved)
        if report != self._reported:
            self._reported = report
            self._room.report(report)
