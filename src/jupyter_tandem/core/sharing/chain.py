"""The audit log's chain: every entry's digest covers the one before (docs/spec/audit.md)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from typing import Final

from jupyter_tandem.protocol.lib0 import well_formed
from jupyter_tandem.sharing import AuditEntry, AuditEvent, Detail

ORIGIN: Final = "0" * 64
"""What the first entry follows."""

LONGEST_DETAIL: Final = 1_000
"""Characters kept of one detail; a log must not be a place to store things."""

LONGEST_KIND: Final = 64
LONGEST_ACTOR: Final = 300
LONGEST_FILE_ID: Final = 255
"""Characters that the table has room for."""


def follow(sequence: int, previous: str, event: AuditEvent) -> AuditEntry:
    """The entry that records ``event`` after the one with digest ``previous``.

    Every database can hold what it says (AUDIT-12), whatever the event says.
    """
    event = _bounded(event)
    return AuditEntry(sequence, event, previous, _digest(sequence, previous, event))


def first_break(entries: Iterable[AuditEntry], *, after: AuditEntry | None = None) -> str | None:
    """What is wrong with ``entries``, which should follow ``after``; ``None``: nothing."""
    sequence, previous = (after.sequence, after.digest) if after is not None else (0, ORIGIN)
    for entry in entries:
        if entry.sequence != sequence + 1:
            return f"Entry {sequence + 1} is missing; {entry.sequence} follows {sequence}."
        if entry.previous != previous:
            return f"Entry {entry.sequence} does not follow from entry {sequence}."
        if entry.digest != _digest(entry.sequence, entry.previous, entry.event):
            return f"Entry {entry.sequence} was changed after it was written."
        sequence, previous = entry.sequence, entry.digest
    return None


def _digest(sequence: int, previous: str, event: AuditEvent) -> str:
    """sha256 over canonical JSON: sorted keys, no spaces, ASCII."""
    body = [
        sequence,
        previous,
        round(event.at * 1000),
        event.kind,
        event.actor,
        event.file_id,
        dict(event.details),
    ]
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _bounded(event: AuditEvent) -> AuditEvent:
    return AuditEvent(
        round(event.at, 3),
        _text(event.kind, LONGEST_KIND),
        _text(event.actor, LONGEST_ACTOR),
        _text(event.file_id, LONGEST_FILE_ID),
        {name: _detail(value) for name, value in event.details.items()},
    )


def _detail(value: Detail) -> Detail:
    if isinstance(value, str):
        return _text(value, LONGEST_DETAIL)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _text(text: str, longest: int) -> str:
    """PostgreSQL holds no NUL, and nothing that is written as UTF-8 holds half a character."""
    return well_formed(text[:longest]).replace("\0", "\ufffd")
