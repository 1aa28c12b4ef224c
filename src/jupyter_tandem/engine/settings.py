"""Delays and bounds of the engine, with their reasons. Hosts expose them as settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from jupyter_tandem.protocol.limits import Limits

LARGE_BYTES: Final = 2 * 1024 * 1024
"""A smaller document is encoded in 5 ms."""

RECALLED_ENTRIES: Final = 20_000
"""With more entries than that behind a snapshot, reading the journal takes longer stops than encoding the document does. 10,000 in
50 MB take 0.25 s of a worker, with stops of 30 ms; encoding that, 0.13 to 0.25 s of everybody.
"""


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """How rooms live.

    Attributes:
        idle_s: How long a room stays in memory after the last person left. Long enough for a page reload.
        rooms: Most rooms in memory; one more is refused politely.
        compact_after_s: How long after opening a document a snapshot is made, if one is due: whoever opens a large
            notebook gets it first.
        snapshot_entries: Entries after the last snapshot that make a new one worth its bytes. Replaying an
            entry costs about 2 µs, so the bound is about bytes kept, not about speed.
        look_s: How often it is looked which documents that stay open are due for another one.
        open_entries: Entries since it was looked last, or since the document was opened, that make one due.
        snapshot_bytes: Bytes of entries after the last snapshot that make a new one worth it.
        history_entries: Most entries kept for history when a snapshot covers them.
        history_bytes: Most bytes of such entries; a notebook that is run often would grow without end.
        large_bytes: The state of documents from this size on is read from the journal, not encoded on the loop.
        limits: What one connection may send.
    """

    idle_s: float = 30.0
    rooms: int = 5_000
    compact_after_s: float = 5.0
    snapshot_entries: int = 5_000
    look_s: float = 30.0
    open_entries: int = 10_000
    snapshot_bytes: int = 4 * 1024 * 1024
    history_entries: int = 10_000
    history_bytes: int = 16 * 1024 * 1024
    large_bytes: int = LARGE_BYTES
    limits: Limits = field(default_factory=Limits)
