"""Bounds that are told to every client and checked before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may send.

    Attributes:
        frame_bytes: Longest frame. 100 MiB lets a notebook with large outputs synchronise in one frame,
            as stock clients do.
        awareness_bytes: Longest awareness frame. A cursor takes some 300 bytes; 64 KiB leaves room for
            extensions that put more into it.
        awareness_states: Most states in one awareness frame. Stock clients repeat what they were sent,
            so it must exceed the number of people in a room.
        client_ids: Most Yjs client ids one session may claim; Yjs takes a new one now and then.
        depth: Deepest nesting of JSON values in an update.
        document_bytes: Most bytes of updates and snapshot a document may hold.
    """

    frame_bytes: int = 100 * MIB
    awareness_bytes: int = 64 * 1024
    awareness_states: int = 2_000
    client_ids: int = 16
    depth: int = 64
    document_bytes: int = 1024 * MIB
