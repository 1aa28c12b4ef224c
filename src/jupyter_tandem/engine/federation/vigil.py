"""Asks the Hub about those who are connected, again and again: it tells nothing by itself (HUB-12).

Two kinds of questions, because the Hub knows two kinds of answers. Groups, and whether somebody is still there, it tells of everybody
whose server runs, in one list. Whether a token still counts it tells of one token at a time, and of no other
to whoever may not read everybody's tokens; so each is asked about by itself, at its own moment.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from jupyter_tandem.engine.federation.embassy import Embassy
from jupyter_tandem.errors import AccessDenied, HubUnreachable
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.ports.federation import Hub
from jupyter_tandem.sharing import Delegate

_log = logging.getLogger(__name__)

WITHIN_S: Final = 60.0
"""Within how many seconds what changes at the Hub acts (HUB-12)."""

SPREAD: Final = (0.65, 0.8)
"""When the next question is due, as a part of that time. The rest is the Hub's, which may take 10 s to answer."""

AT_ONCE: Final = 20
"""Questions to the Hub that are under way together; it answers some 360 a second."""

_LOOK_S: Final = 0.5


@dataclass(slots=True)
class Present:
    """A connection, as far as the Hub has to be asked about it.

    Attributes:
        token: What its server came with.
        due: When the Hub is to be asked about it next, on the monotonic clock.
        settled: When the Hub had told what counts of its groups.
        asking: Whether a question about it is under way.
        listed: Whether its person was on the last list.
    """

    token: str
    due: float
    settled: float
    asking: bool = False
    listed: bool = False


class Vigil:
    """Knows the connections and keeps asking about them. Everything happens on the event loop's thread."""

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        admit: Callable[[str], Awaitable[Delegate]],
        on_changed: Callable[[], None],
        within_s: float = WITHIN_S,
    ) -> None:
        """Nothing is asked before somebody comes.

        Args:
            hub: Knows groups.
            clock: Says when to ask.
            admit: Whom a token speaks for, asked now; raises AccessDenied and HubUnreachable.
            on_changed: Hears when somebody is in other groups, or may do other things.
            within_s: Within how many seconds a change at the Hub acts.
        """
        self._hub = hub
        self._clock = clock
        self._admit = admit
        self._on_changed = on_changed
        self._within_s = within_s
        self._here: dict[Embassy, Present] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._list_due = 0.0
        self._listing = False
        self._silent = False
        self._task: asyncio.Task[None] | None = None
        self._questions: set[asyncio.Task[None]] = set()

    @property
    def here(self) -> Iterable[Embassy]:
        """Those who are connected."""
        return self._here.keys()

    def begin(self, embassy: Embassy, token: str) -> None:
        """Ask about a connection from now on; it has just been asked about."""
        now = self._clock.monotonic()
        # Many come at the same moment, when the service was away: their next questions are to be spread.
        first = random.uniform(0, SPREAD[1]) * self._within_s  # noqa: S311  (spreads load, hides nothing)
        self._here[embassy] = Present(token, now + first, now)
        if self._task is None:
            self._list_due = self._next_due()
            self._task = asyncio.get_running_loop().create_task(self._keep_asking())

    def end(self, embassy: Embassy) -> None:
        """Ask about it no more."""
        self._here.pop(embassy, None)

    async def close(self) -> None:
        """Ask nothing any more."""
        tasks = {task for task in (self._task, *self._questions) if task is not None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    # -- again and again -----------------------------------------------------

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(min(_LOOK_S, self._within_s / 8))
            now = self._clock.monotonic()
            if self._here and self._list_due <= now and not self._listing:
                self._listing = True
                self._spawn(self._ask_for_list())
            for embassy, present in self._here.items():
                if present.due <= now and not present.asking:
                    present.asking = True
                    self._spawn(self._ask_about(embassy, present))

    def _spawn(self, question: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(question)
        self._questions.add(task)
        task.add_done_callback(self._questions.discard)

    def _next_due(self) -> float:
        part = random.uniform(*SPREAD)  # noqa: S311  (spreads load, hides nothing)
        return self._clock.monotonic() + part * self._within_s

    # -- one token -----------------------------------------------------------

    async def _ask_about(self, embassy: Embassy, present: Present) -> None:
        async with self._room:
            present.due = self._next_due()
            asked = self._clock.monotonic()
            try:
                if embassy in self._here:
                    self._take(embassy, present, await self._admit(present.token), asked)
                    self._answered()
            except AccessDenied as error:
                self._answered()
                embassy.revoke(str(error))
            except HubUnreachable as error:
                self._unanswered(error)
            finally:
                present.asking = False

    def _take(self, embassy: Embassy, present: Present, delegate: Delegate, asked: float) -> None:
        known = embassy.delegate
        if embassy not in self._here or known is None:
            return
        if self._overtaken(present, asked, delegate.groups, known.groups):
            delegate = replace(delegate, groups=known.groups)
        if delegate != known:
            embassy.delegate = delegate
            self._on_changed()

    # -- everybody -----------------------------------------------------------

    async def _ask_for_list(self) -> None:
        self._list_due = self._next_due()
        asked = self._clock.monotonic()
        try:
            found = await self._hub.groups_of_active()
            self._answered()
            if found is not None:
                self._compare(found, asked)
        except HubUnreachable as error:
            self._unanswered(error)
        finally:
            self._listing = False

    def _compare(self, found: Mapping[str, frozenset[str]], asked: float) -> None:
        changed = [self._differs(*one, found, asked) for one in list(self._here.items())]
        if any(changed):
            self._on_changed()

    def _differs(
        self,
        embassy: Embassy,
        present: Present,
        found: Mapping[str, frozenset[str]],
        asked: float,
    ) -> bool:
        known = embassy.delegate
        if known is None:
            return False
        groups = found.get(known.user.username)
        if groups is None:
            # Deleted, or without a server, or between two pages of a list that changed: their token tells.
            present.due = asked if present.listed else present.due
            present.listed = False
            return False
        present.listed = True
        if self._overtaken(present, asked, groups, known.groups):
            return False
        embassy.delegate = replace(known, groups=groups)
        return groups != known.groups

    def _overtaken(
        self,
        present: Present,
        asked: float,
        groups: frozenset[str],
        known: frozenset[str],
    ) -> bool:
        """Whether something that came after the question was asked says other groups: either may be older.

        Then neither is believed more than the other, and the Hub is asked once more.
        """
        if asked < present.settled and groups != known:
            present.due = self._clock.monotonic()
            return True
        present.settled = self._clock.monotonic()
        return False

    # -- whether the Hub answers -----------------------------------------------

    def _answered(self) -> None:
        if self._silent:
            _log.info("The Hub answers again.")
        self._silent = False

    def _unanswered(self, error: HubUnreachable) -> None:
        # Who is here stays: a Hub that restarts must not close everybody's documents.
        if not self._silent:
            _log.warning("Who is here stays, as nobody can be asked about: %s", error)
        self._silent = True
