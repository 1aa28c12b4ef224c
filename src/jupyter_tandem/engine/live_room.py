"""A room with its connections: collects frames of a loop turn, asks the core, carries effects out."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from contextvars import Context
from typing import Any, Final

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.execution.answer import refused_for
from jupyter_tandem.core.room import Room
from jupyter_tandem.engine.committer import Committer
from jupyter_tandem.engine.delivery import Delivery
from jupyter_tandem.engine.room_partners import BigOutputs, Orders, RoomListener, Whole
from jupyter_tandem.errors import DocumentError, StoreError, StoreUnavailable
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.protocol.execution import Command
from jupyter_tandem.protocol.frames import RunAnswer
from jupyter_tandem.protocol.reason import COPY
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import Address, LineageId, Rights, SessionId, User, Voice

_log = logging.getLogger(__name__)

RUN: Final = "run"
"""Cause of what runs write."""

TICK_S: Final = 5.0
TICK_STEP_S: Final = 0.25

_session_numbers = itertools.count(1)


class LiveRoom:
    """One document's people, connections and pending frames, on the event loop's thread.

    Attributes:
        address: Of the document.
        document_id: The same in short.
        shortened_at: The journal has few entries up to this sequence: it was read or shortened then.
        outputs: What sees to its big outputs, if anything does.
        whole: Gives the whole of it without taking the loop's time, if that can be.
        closed: Whether the room takes nothing any more.
    """

    def __init__(
        self,
        address: Address,
        room: Room,
        committer: Committer,
        clock: Clock,
        listener: RoomListener,
    ) -> None:
        """Put ``room`` to work; its entries go to ``committer``."""
        self.address = address
        self.document_id = address.document_id
        self._room = room
        self._committer = committer
        self._clock = clock
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._delivery = Delivery(
            room, clock, self._give_up, self._failed, lasting=committer.lasting
        )
        self._frames: list[tuple[SessionId, bytes]] = []
        self._ticker: asyncio.TimerHandle | None = None
        self._durable_waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._orders: Orders | None = None
        self._held = 0
        self._edited_sequence = room.content_sequence
        self.shortened_at = room.sequence
        self.outputs: BigOutputs | None = None
        self.whole: Whole | None = None
        self.closed = False

    # -- what the room holds -------------------------------------------------

    @property
    def lineage(self) -> LineageId:
        """The history the document belongs to."""
        return self._room.lineage

    @property
    def sequence(self) -> int:
        """The last sequence handed out."""
        return self._room.sequence

    @property
    def content_sequence(self) -> int:
        """The last sequence that may have changed what belongs into the file."""
        return self._room.content_sequence

    @property
    def edited_sequence(self) -> int:
        """The same, but for what runs wrote."""
        return self._edited_sequence

    @property
    def busy(self) -> bool:
        """Whether something is going on for which the room is kept (:meth:`hold`)."""
        return self._held > 0

    @property
    def empty(self) -> bool:
        """Whether nobody is here and nothing is going on."""
        return self._room.empty and not self._held

    def hold(self) -> None:
        """Keep the room in memory until it is released as often, although nobody is here."""
        self._held += 1

    def release(self) -> None:
        """What was going on has ended."""
        self._held -= 1
        if self.empty and not self.closed:
            self._listener.emptied()

    @property
    def room(self) -> Room:
        """The core, for reading."""
        return self._room

    # -- connections ---------------------------------------------------------

    def join(
        self,
        user: User,
        rights: Rights,
        dialect: inputs.Dialect,
        lineage: LineageId | None,
        channel: Channel,
        voice: Voice = Voice.PERSON,
    ) -> SessionId:
        """Add an authenticated connection. A wrong lineage closes it at once."""
        session = SessionId(next(_session_numbers))
        # Before anything else it is told is what greets it.
        self._drain_turn()
        self._delivery.add(session, channel)
        self._handle(inputs.Join(session, user, rights, dialect, lineage, voice))
        self._start_ticking()
        return session

    def receive(self, session: SessionId, frame: bytes, *, alone: bool = False) -> None:
        """Take one frame; it is dealt with at the end of this turn of the loop.

        One that came ``alone``, while no others wait, is dealt with at once: a turn of the loop costs as much as it does.
        """
        first = not self._frames
        self._frames.append((session, frame))
        if first and alone:
            self._drain_turn()
        elif first:
            self._loop.call_soon(self._drain_turn)

    def leave(self, session: SessionId) -> None:
        """A connection ended. What it sent before is taken first."""
        self._drain_turn()
        if self._delivery.remove(session) is None:
            return
        self._handle(inputs.Leave(session))
        if self.empty and not self.closed:
            self._listener.emptied()

    def set_rights(self, session: SessionId, rights: Rights, reason: str) -> None:
        """Change what a session may do; frames it sent before count by its former rights."""
        self._drain_turn()
        self._handle(inputs.RightsChanged(session, rights, reason))

    def close(self, code: int, reason: str) -> None:
        """Close every connection; nothing is taken afterwards."""
        self._drain_turn()
        self.closed = True
        if self._ticker is not None:
            self._ticker.cancel()
        self._delivery.close(code, reason)
        for _, waiter in self._durable_waiters:
            if not waiter.done():
                waiter.set_exception(StoreUnavailable("The room was closed."))
        self._durable_waiters.clear()
        if self._orders is not None:
            self._orders.room_closed()
        if self.outputs is not None:
            self.outputs.close()
        if self.whole is not None:
            self.whole.close()

    def dispose(self) -> None:
        """Free the document's memory, in a thread; the room was closed before and is not used any more."""
        self._room.document.close()

    # -- from the engine -----------------------------------------------------

    def incorporate(self, update: bytes, *, author: str, cause: str) -> None:
        """Apply, journal and fan out an update the server made."""
        self._drain_turn()
        self._handle(inputs.Incorporate(update, author, cause))

    def write_cells(
        self, write: Callable[[RunCells], None], *, author: str, cause: str = RUN
    ) -> None:
        """Let ``write`` change cells in one transaction; journal and fan out what it changed."""
        self._drain_turn()
        try:
            update = self._room.document.write_cells(write)
        except DocumentError as error:
            self._listener.rebuild(str(error))
            return
        if update is not None:
            self._handle(inputs.Written(update, author, cause))

    def report(self, report: inputs.FileReport) -> None:
        """Tell everybody how the file stands."""
        self._handle(report)

    def tell(self, code: str, message: str) -> None:
        """Show everybody a sentence."""
        self._handle(inputs.Told(code, message))

    def answer_save(self, session: SessionId, number: int, status: str) -> None:
        """Answer a save request: ``success``, ``skipped`` or ``failed``."""
        self._handle(inputs.SaveAnswered(session, number, status))

    def answer_merge(self, session: SessionId, body: dict[str, Any]) -> None:
        """Answer a merge request."""
        self._handle(inputs.MergeAnswered(session, body))

    def take_orders(self, orders: Orders) -> None:
        """Let ``orders`` carry out what people want done with the kernel; without, it is refused."""
        self._orders = orders

    def note_runners(self, usernames: Iterable[str]) -> None:
        """These, too, have run cells."""
        self._room.runners.update(usernames)

    def answer_run(self, session: SessionId, answer: RunAnswer) -> None:
        """Answer a run command."""
        self._handle(inputs.RunAnswered(session, answer.body))

    def post(self, body: dict[str, Any], forgotten: tuple[int, ...] = ()) -> None:
        """Tell everybody news of the kernel and of runs."""
        self._handle(inputs.Posted(body, forgotten))

    def want_whole(self) -> None:
        """Have the room fetch its document, if it is large and not at hand."""
        if not self.closed:
            self._drain_turn()
            self._handle(inputs.WholeWanted())

    def recalled(self, sequence: int, answer: bytes | None) -> None:
        """Answer what the room asked :attr:`whole` for; see :class:`jupyter_tandem.core.inputs.Recalled`."""
        if not self.closed:
            self._drain_turn()
            self._handle(inputs.Recalled(sequence, answer))

    def encode(self, since: bytes | None = None) -> tuple[int, bytes]:
        """The present state as one update, and the sequence it covers; frames at hand are taken first.

        Of a large document it takes the loop's time, unless only what a holder of the state vector ``since`` lacks is
        wanted: :meth:`state` does not.
        """
        self._drain_turn()
        return self._room.sequence, self._room.document.encode(since)

    async def state(self) -> tuple[int, bytes]:
        """As :meth:`encode`, of a large document from the journal: every edit made before, and maybe later ones.

        Raises:
            StoreUnavailable: the room was closed meanwhile.
        """
        found = None if self.whole is None else await self._read_whole(self.whole)
        if self.closed:
            raise StoreUnavailable("The room was closed.")
        return self.encode() if found is None else found

    async def _read_whole(self, whole: Whole) -> tuple[int, bytes] | None:
        self.hold()
        try:
            return await whole.state()
        except (StoreError, DocumentError) as error:
            _log.warning("%s is encoded to be copied: %s", self.document_id, error)
            return None
        finally:
            self.release()

    def present(self) -> tuple[int, Document]:
        """The document, for reading now, and the sequence it covers; frames at hand are taken first."""
        self._drain_turn()
        self._room.document.settle()
        return self._room.sequence, self._room.document

    async def durable(self, sequence: int) -> None:
        """Return when everything up to ``sequence`` is durable, which is seen to at once.

        Raises:
            StoreUnavailable: the room was closed before.
        """
        if self._room.durable >= sequence:
            return
        self._committer.hurry()
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._durable_waiters.append((sequence, waiter))
        await waiter

    async def settle(self, runs: Sequence[Run]) -> None:
        """Return when ``runs``, and all that was written so far, are durable: together or not at all.

        Raises:
            LeaseLost: this server may write no more.
        """
        await self._committer.settle(self.document_id, runs)

    def entries_durable(self, sequence: int) -> None:
        """The committer's word: everything up to ``sequence`` is on disk."""
        try:
            self._delivery.durable(sequence)
        finally:
            self._told_durable(sequence)

    def _told_durable(self, sequence: int) -> None:
        self._handle(inputs.Durable(sequence))
        due = [w for s, w in self._durable_waiters if s <= sequence]
        self._durable_waiters = [(s, w) for s, w in self._durable_waiters if s > sequence]
        for waiter in due:
            if not waiter.done():
                waiter.set_result(None)

    def journal_failed(self, reason: str) -> None:
        """The committer's word: nothing can be made durable now."""
        self._handle(inputs.JournalFailed(reason))

    # -- turns ---------------------------------------------------------------

    def _drain_turn(self) -> None:
        if not self._frames or self.closed:
            self._frames.clear()
            return
        frames, self._frames = tuple(self._frames), []
        if self._committer.saturated(self.document_id):
            self._turn_away({session for session, _ in frames})
            return
        self._handle(inputs.Turn(frames))

    def _turn_away(self, sessions: set[SessionId]) -> None:
        """The journal is stuck and enough waits for it: browsers keep their edits and come back."""
        for session in sessions:
            self._close_channel(session, 1013, "The server cannot save at the moment; try again.")

    def _handle(self, event: inputs.Input) -> None:
        before = self._room.content_sequence
        self._carry_out(self._room.handle(event, self._clock.monotonic(), self._clock.wall()))
        if self._room.content_sequence != before:
            if not (isinstance(event, inputs.Written) and event.cause == RUN):
                self._edited_sequence = self._room.content_sequence
            self._listener.content_changed()

    def _carry_out(self, effects: list[fx.Effect]) -> None:
        entries = [
            Entry(self.document_id, e.sequence, e.author, e.at, e.cause, e.update)
            for e in effects
            if isinstance(e, fx.Append)
        ]
        logged = hasty = False
        try:
            if entries:
                # Before anybody sees them; handing them over comes after, since it keeps people waiting.
                logged = self._committer.log(entries)
                hasty = self._delivery.entries(entries, logged=logged)
            self._perform(effects)
        finally:
            # The document has them: a journal without one would take nothing more.
            if entries:
                self._delivery.wrote(entries)
                self._committer.add(self, entries, logged=logged)
            if hasty:
                self._committer.hurry()

    def _perform(self, effects: list[fx.Effect]) -> None:  # noqa: C901  (one case an effect)
        for effect in effects:
            match effect:
                case fx.Fanout(frame, but, deaf):
                    self._delivery.fan_out(frame, but, deaf)
                case fx.Send(session, frame):
                    self._delivery.send(session, frame)
                case fx.Append():
                    if self.outputs is not None:
                        self.outputs.noticed(effect.update)
                case fx.Close(session, code, reason, strike):
                    # At once, whatever is kept back: who has lost their rights has no time left.
                    self._close_by_core(session, code, reason, strike)
                case fx.Presence(user, action):
                    self._listener.presence(user, action)
                case fx.SaveRequested(session, number):
                    self._listener.save_requested(session, number)
                case fx.MergeRequested(session, user, body):
                    self._listener.merge_requested(session, user, body)
                case fx.Commanded(session, user, command):
                    self._command(session, user, command)
                case fx.SourcesChanged(user, cells):
                    if self._orders is not None:
                        self._orders.edited(user, cells)
                case fx.Recall():
                    self._recall()
                case fx.Rebuild(reason):
                    self._listener.rebuild(reason)

    def _recall(self) -> None:
        if self.whole is not None:
            self.whole.wanted()
            return
        self._loop.call_soon(self.recalled, 0, None)

    def _command(self, session: SessionId, user: User, command: Command) -> None:
        if self._orders is not None:
            self._orders.command(session, user, command)
            return
        answer = refused_for(command.number, "unavailable", COPY)
        self._loop.call_soon(self.answer_run, session, answer)

    def _close_by_core(self, session: SessionId, code: int, reason: str, strike: bool) -> None:
        channel = self._delivery.get(session)
        if strike and channel is not None:
            self._listener.struck(channel)
        self._close_channel(session, code, reason)

    def _close_channel(self, session: SessionId, code: int, reason: str) -> None:
        if not self._delivery.end(session, code, reason):
            return
        self._handle(inputs.Leave(session))
        if self.empty and not self.closed:
            self._listener.emptied()

    def _failed(self, session: SessionId) -> None:
        self._close_channel(session, 1011, "Something went wrong with this connection.")

    def _give_up(self, session: SessionId) -> None:
        self._close_channel(session, 4408, "The connection was too slow for too long.")

    # -- time ----------------------------------------------------------------

    def _start_ticking(self) -> None:
        if self._ticker is None and not self.empty:
            # Rooms share a few ticks a second: waking up costs more than what one room has to do.
            due = math.ceil((self._loop.time() + TICK_S) / TICK_STEP_S) * TICK_STEP_S
            # In no context, or the room keeps the request of whoever came first.
            self._ticker = self._loop.call_at(due, self._tick, context=Context())

    def _tick(self) -> None:
        self._ticker = None
        self._handle(inputs.Tick())
        self._start_ticking()
