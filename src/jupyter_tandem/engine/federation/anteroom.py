"""At the service: commands that wait for an owner's server to start (HUBRUN-7, HUBRUN-8)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from jupyter_tandem.core.execution.answer import accepted, refused_for
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.protocol.execution import Command, Interrupt, RunCells
from jupyter_tandem.protocol.frames import RunAnswer
from jupyter_tandem.protocol.reason import Reason, owner_crowded, owner_given_up, owner_starts
from jupyter_tandem.types import FileId, SessionId, User

MOST_WAITING: Final = 1_000
"""Commands of one document that wait, as many as may be under way to a server that is there; five hundred people who
each run two cells fit.
"""

MOST_CELLS: Final = 20_000
"""Cells that they name together: two hundred people run a notebook of a hundred cells. Each takes some 300 bytes."""


class Starting(Protocol):
    """Has owners' servers started."""

    async def objection(
        self, file_id: FileId, username: str, owner: str, *, was_let: bool
    ) -> Reason | None:
        """Why somebody cannot have it started; ``None``: they can.

        Who ``was_let`` before still can while nobody can say.
        """

    async def bring_up(self, file_id: FileId, user: User, owner: str) -> Reason:
        """Start it, until cancelled; on return why nobody needs to wait any more."""


@dataclass(slots=True, eq=False)
class _Waiting:
    session: SessionId
    user: User
    command: RunCells
    let: bool = False


class Anteroom:
    """The commands of one document. Each is handed on once or refused, and kept nowhere else."""

    def __init__(
        self,
        live: LiveRoom,
        starting: Starting,
        hand_on: Callable[[SessionId, User, Command], None],
        show: Callable[[Reason | None], None],
    ) -> None:
        """``hand_on`` takes commands when the server is there; ``show`` tells why it is waited for, or of no more."""
        self._live = live
        self._starting = starting
        self._hand_on = hand_on
        self._show = show
        self._waiting: list[_Waiting] = []
        self._start: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, session: SessionId, user: User, command: Command, owner: str) -> bool:
        """Keep a command, or let somebody give theirs up; ``False``: it is none that waits for ``owner``'s server."""
        match command:
            case RunCells(cells=(_, *_)):
                self._enter(_Waiting(session, user, command), owner)
                return True
            case Interrupt(number):
                return self._give_up(session, user, number, owner)
            case _:
                return False

    def open(self) -> None:
        """The server is there."""
        waiting, self._waiting = self._waiting, []
        self._stop()
        for one in waiting:
            if self._is_here(one):
                self._hand_on(one.session, one.user, one.command)

    def review(self, owner: str) -> None:
        """Rights have changed: who may not have it started any more does not wait any longer."""
        for one in self._waiting:
            if one.let:
                self._spawn(self._look_at(one, owner))

    def close(self) -> None:
        """Nobody is here any more."""
        self._waiting.clear()
        self._stop()
        for task in self._tasks:
            task.cancel()

    # -- inside ------------------------------------------------------------------------------------

    def _enter(self, one: _Waiting, owner: str) -> None:
        same = [other for other in self._waiting if one.command.key and _alike(one, other)]
        for other in same:
            # Their connection broke, and they ask again; nobody hears what became of the first.
            other.session = one.session
            other.command = replace(other.command, number=one.command.number)
        if same:
            return
        if not self._has_room(one.command):
            self._refuse(one, owner_crowded(owner))
            return
        self._waiting.append(one)
        self._spawn(self._look_at(one, owner))

    def _has_room(self, command: RunCells) -> bool:
        cells = sum(len(other.command.cells) for other in self._waiting) + len(command.cells)
        return len(self._waiting) < MOST_WAITING and cells <= MOST_CELLS

    async def _look_at(self, one: _Waiting, owner: str) -> None:
        reason = await self._starting.objection(
            self._live.address.file_id, one.user.username, owner, was_let=one.let
        )
        if one not in self._waiting:
            return
        if reason is not None:
            self._dismiss([one], reason)
            return
        one.let = True
        if self._start is None:
            self._show(owner_starts(owner))
            work = self._bring_up(one.user, owner)
            self._start = asyncio.get_running_loop().create_task(work)

    async def _bring_up(self, user: User, owner: str) -> None:
        reason = await self._starting.bring_up(self._live.address.file_id, user, owner)
        self._start = None
        self._dismiss(list(self._waiting), reason)
        self._show(None)

    def _give_up(self, session: SessionId, user: User, number: int, owner: str) -> bool:
        theirs = [one for one in self._waiting if one.user.username == user.username]
        if theirs:
            self._dismiss(theirs, owner_given_up(owner))
            self._answer(session, accepted(number))
        return bool(theirs)

    def _dismiss(self, these: list[_Waiting], reason: Reason) -> None:
        for one in these:
            self._waiting.remove(one)
            self._refuse(one, reason)
        if self._start is not None and not any(one.let for one in self._waiting):
            self._stop()
            self._show(None)

    def _stop(self) -> None:
        start, self._start = self._start, None
        if start is not None:
            start.cancel()

    def _is_here(self, one: _Waiting) -> bool:
        """Whether anybody would hear of it: who left was told that nobody knows what becomes of it."""
        return any(session.id == one.session for session in self._live.room.roster())

    def _refuse(self, one: _Waiting, reason: Reason) -> None:
        self._answer(one.session, refused_for(one.command.number, "unavailable", reason))

    def _answer(self, session: SessionId, answer: RunAnswer) -> None:
        # The room may be in the middle of handling the command.
        asyncio.get_running_loop().call_soon(self._say, session, answer)

    def _say(self, session: SessionId, answer: RunAnswer) -> None:
        if not self._live.closed:
            self._live.answer_run(session, answer)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _alike(one: _Waiting, other: _Waiting) -> bool:
    mine = (one.user.username, one.command.key)
    return mine == (other.user.username, other.command.key)
