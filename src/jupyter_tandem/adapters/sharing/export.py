"""The audit log as files for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Final

from jupyter_tandem.protocol.lib0 import well_formed
from jupyter_tandem.sharing import AuditEntry

COLUMNS: Final = ("sequence", "at", "kind", "actor", "file_id", "details", "previous", "digest")

_RUN_BY_SPREADSHEETS: Final = frozenset({"=", "+", "-", "@", "\t", "\r"})


def as_csv(entries: Sequence[AuditEntry], *, heading: bool = True) -> str:
    """One line an entry, times as ISO 8601 in UTC. No cell begins with what a spreadsheet would run.

    Half characters and NULs, which earlier versions recorded, become U+FFFD.

    Args:
        entries: To be written, in this order.
        heading: Whether the names of the columns come first.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    if heading:
        writer.writerow(COLUMNS)
    for entry in entries:
        event = entry.event
        cells = [event.kind, event.actor, event.file_id, _details(entry)]
        cells += [entry.previous, entry.digest]
        writer.writerow([entry.sequence, _time(event.at), *map(_harmless, cells)])
    return well_formed(out.getvalue())


def as_json_lines(entries: Sequence[AuditEntry]) -> str:
    """One JSON object a line, with the columns' names; ``details`` is an object, times as ISO 8601 in UTC.

    Half characters, which earlier versions recorded, become U+FFFD.
    """
    lines = []
    for entry in entries:
        event = entry.event
        values = [entry.sequence, _time(event.at), event.kind, event.actor, event.file_id]
        values += [dict(event.details), entry.previous, entry.digest]
        told = dict(zip(COLUMNS, values, strict=True))
        lines.append(json.dumps(told, ensure_ascii=False) + "\n")
    return well_formed("".join(lines))


def _details(entry: AuditEntry) -> str:
    return json.dumps(dict(entry.event.details), sort_keys=True, ensure_ascii=False)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")


def _harmless(cell: str) -> str:
    cell = cell.replace("\0", "\ufffd")
    return f"'{cell}" if cell[:1] in _RUN_BY_SPREADSHEETS else cell
