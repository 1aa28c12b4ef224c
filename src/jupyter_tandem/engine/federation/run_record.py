"""At the service: records what was run across the Hub, each run once (HUBRUN-10)."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from jupyter_tandem.errors import StoreError
from jupyter_tandem.ports.audit import AuditLog, AuditQuery
from jupyter_tandem.protocol.run import ENDED
from jupyter_tandem.sharing import AuditEntry, Detail, Subject, SubjectKind
from jupyter_tandem.types import FileId, User

_log = logging.getLogger(__name__)

KIND: Final = "cell.run"

MOST_READ: Final = 10_000
"""Entries about one document that are looked through for runs that were recorded before; as many as may wait there."""

LONGEST_TEXT: Final = 256
"""Of what an owner's server says of a run; ids, hashes and names are shorter."""

_ENDED: Final = frozenset(state.value for state in ENDED)

_Name = tuple[int, float]


class Audit(Protocol):
    """The audit log, with what waits to be written."""

    def record(self, kind: str, actor: str, file_id: str = "", **details: Detail) -> None:
        """Record an event soon."""

    async def flush(self) -> None:
        """Return when what was recorded before is durable, or cannot be made so."""

    @property
    def log(self) -> AuditLog:
        """The log."""


class RunRecord:
    """The runs of one document that people elsewhere asked for.

    Attributes:
        reading: Learns what was recorded before this process was started; ``None`` until there is need.
    """

    def __init__(self, audit: Audit, file_id: FileId, owner: str) -> None:
        """Record in ``audit`` what is told of the document of ``owner``, by username."""
        self._audit = audit
        self._file_id = file_id
        self._owner = owner
        self._asked: dict[int, User] = {}
        self._known: set[_Name] | None = None
        self._due: dict[_Name, Mapping[str, Any]] = {}
        self.reading: asyncio.Task[None] | None = None

    def asked(self, user: User, runs: object) -> None:
        """The owner's server has taken these runs, in the name of ``user`` as the service knows them."""
        for run in runs if isinstance(runs, list) else ():
            if isinstance(run, int):
                self._asked[run] = user

    def told(self, runs: Iterable[Mapping[str, Any]]) -> None:
        """The owner's server tells how runs stand. They are told again whenever it comes back."""
        for run in runs:
            started = _number(run.get("started_at"))
            if run["state"] not in _ENDED or not started or not self._is_across(run):
                continue
            name = (run["id"], started)
            if self._known is None:
                self._due[name] = run
            elif name not in self._known:
                self._record(name, run)
        if self._due and self.reading is None:
            self.reading = asyncio.get_running_loop().create_task(self._read())

    def close(self) -> None:
        """Nothing more is told."""
        if self.reading is not None:
            self.reading.cancel()

    # -- inside ------------------------------------------------------------------------------------

    def _is_across(self, run: Mapping[str, Any]) -> bool:
        return run["id"] in self._asked or run["user"]["username"] != self._owner

    async def _read(self) -> None:
        """Learn which runs were recorded before the service was started, then record the others."""
        await self._audit.flush()
        query = AuditQuery(kind=KIND, about=self._file_id)
        try:
            entries = await self._audit.log.find(query, limit=MOST_READ, newest_first=True)
        except StoreError as error:
            # The next word of the owner's server tries again.
            _log.error("Nobody can say which runs were recorded: %s", error)
            self.reading = None
            return
        self._known = set(map(_name, entries))
        due, self._due = self._due, {}
        for name, run in due.items():
            if name not in self._known:
                self._record(name, run)

    def _record(self, name: _Name, run: Mapping[str, Any]) -> None:
        if self._known is not None:
            self._known.add(name)
        number, started = name
        asked = self._asked.pop(number, None)
        # Who asked is the service's word where it handed the command on, and the owner's server's otherwise.
        username = run["user"]["username"] if asked is None else asked.username
        shown = run["user"].get("display_name") if asked is None else asked.display_name
        told_by = {} if asked is not None else {"told_by": self._owner}
        ended = _number(run.get("ended_at")) or started
        self._audit.record(
            KIND,
            str(Subject(SubjectKind.USER, _text(username))),
            self._file_id,
            name=_text(shown),
            run=number,
            cell=_text(run.get("cell")),
            state=run["state"],
            started=started,
            seconds=round(ended - started, 3),
            source=_text(run.get("source_hash")),
            server=self._owner,
            **told_by,
        )


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
