"""A run: one execution of one cell that somebody asked for (docs/spec/execution.md)."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, fields
from typing import Any, Final

from jupyter_tandem.errors import MalformedFrame


class RunState(str, enum.Enum):
    """Where a run stands; the specification says what each means."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    HELD = "held"


WAITING: Final = frozenset({RunState.QUEUED, RunState.HELD})
"""States of a run that was not started and may still be cancelled."""

ENDED: Final = frozenset(
    {RunState.FINISHED, RunState.FAILED, RunState.CANCELLED, RunState.INTERRUPTED}
)
"""States that nothing follows."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is kept of a run. Times are Unix seconds, for people; order is by ``id``.

    Attributes:
        id: 1, 2, 3 … within the document, in the order of acceptance.
        key: Of the command that asked for it, or ``""``.
        username: The authenticated person who asked.
        source_hash: sha256 of the source it was accepted with.
        count: The execution count, once it is known.
        reason: Why it ended as it did, or ``""``.
        why: The same as a code and its arguments (:mod:`.reason`), where it has one.
        left_out: Bytes of text that were printed and not kept.
        kernel: Id of the kernel that was asked, or ``""``.
        message: Id of the request it was asked with, or ``""``.
        timing: Whether times go into the cell's metadata.
        changed_by: Names of those who changed the cell's source since, as far as this is their person's newest run.
    """

    id: int
    key: str
    cell: str
    username: str
    display_name: str
    source_hash: str
    queued_at: float
    state: RunState = RunState.QUEUED
    started_at: float | None = None
    ended_at: float | None = None
    count: int | None = None
    reason: str = ""
    left_out: int = 0
    kernel: str = ""
    message: str = ""
    timing: bool = False
    why: tuple[str, ...] = ()
    changed_by: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing follows."""
        return self.state in ENDED

    def ending(self, state: RunState, at: float, reason: str, why: tuple[str, ...]) -> Run:
        """The same as it ends. Ten thousand may end at once, and :func:`dataclasses.replace` takes twice as long."""
        return Run(
            self.id,
            self.key,
            self.cell,
            self.username,
            self.display_name,
            self.source_hash,
            self.queued_at,
            state,
            self.started_at,
            at,
            self.count,
            reason,
            self.left_out,
            self.kernel,
            self.message,
            self.timing,
            why,
            self.changed_by,
        )

    def body(self) -> dict[str, Any]:
        """As Execution frames tell it."""
        return {
            "id": self.id,
            "cell": self.cell,
            "state": self.state.value,
            "user": {"username": self.username, "display_name": self.display_name},
            "source_hash": self.source_hash,
            "queued_at": self.queued_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "count": self.count,
            "reason": self.reason,
            "why": list(self.why),
            "left_out": self.left_out,
            "changed_by": list(self.changed_by),
        }

    def encode(self) -> str:
        """As stores keep it; the inverse of :func:`decode_run`."""
        held = {name: getattr(self, name) for name in _FIELDS}
        return _to_json({**held, "state": self.state.value})


_FIELDS: Final = tuple(field.name for field in fields(Run))
_to_json: Final = json.JSONEncoder(separators=(",", ":")).encode


def decode_run(text: str) -> Run:
    """Read what :meth:`Run.encode` wrote.

    Raises:
        MalformedFrame: it did not.
    """
    try:
        kept = json.loads(text)
        lists = {name: tuple(kept.get(name, ())) for name in ("why", "changed_by")}
        return Run(**{**kept, **lists, "state": RunState(kept["state"])})
    except (ValueError, TypeError, KeyError) as error:
        raise MalformedFrame("This is no run.") from error
