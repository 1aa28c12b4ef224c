"""At the service: records what was run across the Hub, each run once (HUBRUN-10)."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any, Final, TypeVar

from jupyter_tandem.engine.federation.distant_board import MOST_RUNS
from jupyter_tandem.engine.federation.run_audit import KIND, Ended, RunAudit
from jupyter_tandem.errors import StoreError
from jupyter_tandem.ports.audit import AuditQuery
from jupyter_tandem.protocol.run import ENDED
from jupyter_tandem.sharing import AuditEntry, Detail, Subject, SubjectKind
from jupyter_tandem.types import FileId, User

_log = logging.getLogger(__name__)

PAGE: Final = 2_000
"""Entries of the log that are read together; the log does nothing else meanwhile, for some 30 ms."""

MOST_READ: Final = 1_000_000
"""Entries about one document that are looked through for runs that were recorded before: those of years. They take some
15 s, between which the log does what else there is to do.
"""

REST: Final = 10
"""The next look into the log waits so many times as long as the last one took: whatever an owner's server tells, the log
is there for everybody.
"""

SKEW_S: Final = 86_400.0
"""How far the clock of an owner's server may be ahead: a run is looked for where it began by that clock, or later."""

MOST_ASKED: Final = 20_000
"""Runs that were asked for and have not ended; two queues as long as they may be."""

MOST_KNOWN: Final = 40_000
"""Runs that are known to be recorded; twice as many as an owner's server tells of again when it comes back."""

LONGEST_TEXT: Final = 256
"""Of what an owner's server says of a run; ids, hashes and names are shorter."""

_ENDED: Final = frozenset(state.value for state in ENDED)

_Name = tuple[int, float]
_Key = TypeVar("_Key")


class RunRecord:
    """The runs of one document that people elsewhere asked for.

    Attributes:
        reading: Learns what was recorded before this process was started; ``None`` until there is need.
    """

    def __init__(self, audit: RunAudit, file_id: FileId, owner: str) -> None:
        """Record in ``audit`` what is told of the document of ``owner``, by username."""
        self._audit = audit
        self._file_id = file_id
        self._owner = owner
        self._asked: dict[int, User] = {}
        # Whatever was told or recorded longest ago comes first, and is forgotten first.
        self._known: dict[_Name, None] = {}
        self._has_read = False
        self._rest_s = 0.0
        self._due: dict[_Name, Mapping[str, Any]] = {}
        self.reading: asyncio.Task[None] | None = None

    def asked(self, user: User, runs: object, most: int) -> None:
        """The owner's server has taken these runs, in the name of ``user`` as the service knows them, who asked for
        ``most``.
        """
        for run in runs[:most] if isinstance(runs, list) else ():
            if isinstance(run, int):
                self._asked[run] = user
        _shorten(self._asked, MOST_ASKED)

    def told(self, runs: Iterable[Mapping[str, Any]], *, whole: bool = False) -> None:
        """The owner's server tells how runs stand; ``whole``: all that it knows of, as whenever it comes back."""
        for run in runs:
            started = _number(run.get("started_at"))
            if run["state"] not in _ENDED or not started or not self._is_across(run):
                continue
            name = (run["id"], started)
            if name in self._known:
                self._learn(name)
            elif name in self._due or not self._has_read:
                self._wait_for_reading(name, run)
            elif whole and run["id"] not in self._asked:
                # It may be one of before that was not told of at first.
                self._wait_for_reading(name, run)
            else:
                self._record(name, run)
        if self._due and (self.reading is None or self.reading.done()):
            self.reading = asyncio.get_running_loop().create_task(self._read())

    def close(self) -> None:
        """Nothing more is told."""
        if self.reading is not None:
            self.reading.cancel()

    # -- inside ------------------------------------------------------------------------------------

    def _is_across(self, run: Mapping[str, Any]) -> bool:
        return run["id"] in self._asked or run["user"]["username"] != self._owner

    def _wait_for_reading(self, name: _Name, run: Mapping[str, Any]) -> None:
        if name in self._due or len(self._due) < MOST_RUNS:
            self._due[name] = run
        else:
            self._audit.leave_out(self._owner)

    async def _read(self) -> None:
        """Learn which of those that are due were recorded before the service was started, then record the others."""
        await self._audit.flush()
        clock = asyncio.get_running_loop().time
        try:
            # More of them become due meanwhile.
            while self._due:
                await asyncio.sleep(self._rest_s)
                due, begun = list(self._due), clock()
                recorded = await self._recorded(due)
                self._rest_s = REST * (clock() - begun)
                for name in due:
                    run = self._due.pop(name)
                    if name in recorded:
                        self._learn(name)
                    else:
                        self._record(name, run)
        except StoreError as error:
            # The next word of the owner's server tries again.
            _log.error("Nobody can say which runs were recorded: %s", error)
            return
        self._has_read = True

    async def _recorded(self, due: Collection[_Name]) -> set[_Name]:
        """Which of those that are ``due`` the log has, back to where the oldest one that is missing may be.

        Raises:
            StoreError: nobody can say.
        """
        missing, recorded = set(due), set[_Name]()
        before: int | None = None
        for _ in range(MOST_READ // PAGE):
            query = AuditQuery(kind=KIND, about=self._file_id, before=before)
            entries = await self._audit.log.find(query, limit=PAGE, newest_first=True)
            found = missing.intersection(map(_name, entries))
            recorded |= found
            missing -= found
            if not missing or len(entries) < PAGE:
                break
            if entries[-1].event.at < min(started for _, started in missing) - SKEW_S:
                break
            before = entries[-1].sequence
        return recorded

    def _learn(self, name: _Name) -> None:
        self._known.pop(name, None)
        self._known[name] = None
        _shorten(self._known, MOST_KNOWN)

    def _record(self, name: _Name, run: Mapping[str, Any]) -> None:
        self._learn(name)
        number, started = name
        asked = self._asked.pop(number, None)
        # Who asked is the service's word where it handed the command on, and the owner's server's otherwise.
        username = run["user"]["username"] if asked is None else asked.username
        shown = run["user"].get("display_name") if asked is None else asked.display_name
        ended = _number(run.get("ended_at")) or started
        details: dict[str, Detail] = {
            "name": _text(shown),
            "run": number,
            "cell": _text(run.get("cell")),
            "state": run["state"],
            "started": started,
            "seconds": round(ended - started, 3),
            "source": _text(run.get("source_hash")),
            "server": self._owner,
        }
        if asked is None:
            details["told_by"] = self._owner
        actor = str(Subject(SubjectKind.USER, _text(username)))
        self._audit.record(self._owner, Ended(actor, self._file_id, asked is None, details))


def _shorten(kept: dict[_Key, Any], most: int) -> None:
    """Forget what was entered first."""
    for key in list(islice(kept, max(0, len(kept) - most))):
        del kept[key]


def _name(entry: AuditEntry) -> _Name:
    details = entry.event.details
    return int(_number(details.get("run"))), _number(details.get("started"))


def _number(found: object) -> float:
    """A finite number; 0 for anything else."""
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return 0.0
    return float(found)


def _text(found: object) -> str:
    return found[:LONGEST_TEXT] if isinstance(found, str) else ""
