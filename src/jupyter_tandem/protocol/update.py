"""What a Yjs update (v1 encoding) claims to be, read without applying it (docs/spec/update.md).

After :func:`inspect` every count, length and text in an update is known to be true to the bytes, so the CRDT
library never allocates for a lie, and the room knows whose edits it holds and what they build on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.insertion import Insertion, read_insertion
from jupyter_tandem.protocol.lib0 import read_var_uint, write_var_uint
from jupyter_tandem.protocol.update_walker import CLOCK_END, UpdateLimits, UpdateWalker

__all__ = [
    "CLOCK_END",
    "DEFAULT_LIMITS",
    "EMPTY_UPDATE",
    "UpdateLimits",
    "UpdateShape",
    "decode_state_vector",
    "encode_state_vector",
    "inspect",
]

EMPTY_UPDATE: Final = b"\x00\x00"
"""No structs, no deletions."""

DEFAULT_LIMITS: Final = UpdateLimits()

_SMALLEST_ENTRY: Final = 2
"""Bytes of a state vector's entry: client id and clock."""


@dataclass(frozen=True, slots=True)
class UpdateShape:
    """What an update holds and what it builds on.

    Attributes:
        blocks: Per client id the clocks of its edits in this update: first, and one past the last.
        needs: Per client id how many of its edits a document must know already (a state-vector entry),
            or the update cannot be integrated whole: what comes before ``blocks``, neighbours and parents
            of inserted items, and what is deleted. Clients whose edits are all in the update are left out.
        deletes: Whether it deletes anything.
        empty: Whether it neither adds nor deletes.
    """

    blocks: Mapping[int, tuple[int, int]]
    needs: Mapping[int, int]
    deletes: bool
    empty: bool


def inspect(update: bytes, limits: UpdateLimits = DEFAULT_LIMITS) -> UpdateShape:
    """Check a whole update and tell its shape.

    Time is linear in ``len(update)``; memory does not depend on any number the update claims.

    Raises:
        MalformedFrame: it is not exactly one update that both Yjs and Yrs read alike.
        LimitExceeded: it passes one of ``limits``.
    """
    insertion = read_insertion(update)
    if insertion is not None:
        return _shape_of(insertion)
    walker = UpdateWalker(update, limits)
    walker.walk_clients()
    deletes = walker.walk_delete_set()
    if walker.pos != len(update):
        raise MalformedFrame("The update has bytes after its end.")
    blocks = walker.blocks
    return UpdateShape(blocks, _needs(walker), deletes, not (blocks or deletes))


def _shape_of(insertion: Insertion) -> UpdateShape:
    client, first, end, references = insertion
    needs = {client: first} if first else {}
    for at, clock in references:
        if (at != client or clock >= end) and clock >= needs.get(at, 0):
            needs[at] = clock + 1
    return UpdateShape({client: (first, end)}, needs, deletes=False, empty=False)


def _needs(walker: UpdateWalker) -> dict[int, int]:
    blocks = walker.blocks
    needs = {client: first for client, (first, _) in blocks.items() if first}
    if walker.holes:
        needs.update(walker.holes)
    for client, clock in walker.reach.items():
        block = blocks.get(client)
        if block is None or clock > block[1]:
            needs[client] = clock
    return needs


def decode_state_vector(data: bytes, limits: UpdateLimits = DEFAULT_LIMITS) -> dict[int, int]:
    """Read a state vector: per client id the number of its edits that are known.

    Raises:
        MalformedFrame: the bytes are not exactly one state vector.
        LimitExceeded: it lists more clients than ``limits`` allow.
    """
    count, pos = read_var_uint(data, 0)
    if count * _SMALLEST_ENTRY > len(data) - pos:
        raise MalformedFrame("The state vector claims more clients than it has bytes.")
    if count > limits.clients:
        raise LimitExceeded(f"The state vector lists more than {limits.clients} clients.")
    vector: dict[int, int] = {}
    for _ in range(count):
        client, pos = read_var_uint(data, pos)
        clock, pos = read_var_uint(data, pos)
        if clock > CLOCK_END:
            raise MalformedFrame("The state vector counts further than an update can.")
        vector[client] = clock
    if pos != len(data) or len(vector) != count:
        raise MalformedFrame("The state vector lists a client twice or has bytes after its end.")
    return vector


def encode_state_vector(vector: Mapping[int, int]) -> bytes:
    """Encode a state vector; clients in descending order, as Yjs writes them."""
    parts = [write_var_uint(len(vector))]
    for client in sorted(vector, reverse=True):
        parts += write_var_uint(client), write_var_uint(vector[client])
    return b"".join(parts)
