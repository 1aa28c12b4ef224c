"""Edits without what was deleted, in bytes: what a CRDT library does when it encodes a document, but for less than all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from jupyter_tandem.protocol.lib0 import read_var_uint, write_var_uint
from jupyter_tandem.protocol.update_walker import (
    ANY,
    BINARY,
    DELETED,
    EMBED,
    HAS_ANY_ORIGIN,
    HAS_ORIGIN,
    HAS_RIGHT_ORIGIN,
    KIND,
    STRING,
    UNBOUNDED,
    UpdateWalker,
)

_LEAVES: Final = frozenset((STRING, ANY, BINARY, EMBED))
"""Contents that nothing else refers to. A deleted shared type stays one: its children name it."""

_WORTH_BYTES: Final = 16
"""Shorter contents stay: a place more in the list of pieces costs as much."""


def deletions(update: bytes) -> dict[int, list[tuple[int, int]]]:
    """What ``update``, a well-formed one, deletes: per client the ranges of clocks, each first and one past the last."""
    reader = _DeletionReader(update)
    reader.walk_clients()
    reader.walk_delete_set()
    return reader.found


def united_deletions(updates: Iterable[bytes]) -> dict[int, list[tuple[int, int]]]:
    """What well-formed ``updates`` delete together, as :func:`deletions` gives it; ranges in order, none beside another."""
    found: dict[int, list[tuple[int, int]]] = {}
    for update in updates:
        for client, ranges in deletions(update).items():
            found.setdefault(client, []).extend(ranges)
    return {client: _united(ranges) for client, ranges in found.items()}


def naming(update: bytes, deleted: Mapping[int, Sequence[tuple[int, int]]]) -> bytes:
    """The edits of ``update``, a well-formed one, with ``deleted`` in the place of what it deletes."""
    reader = _DeletionReader(update)
    reader.walk_clients()
    parts = [update[: reader.pos], write_var_uint(len(deleted))]
    for client, ranges in deleted.items():
        parts += write_var_uint(client), write_var_uint(len(ranges))
        for first, end in ranges:
            parts += write_var_uint(first), write_var_uint(end - first)
    return b"".join(parts)


def pruned(
    update: bytes,
    run: tuple[int, int, int],
    place: int,
    deleted: Sequence[tuple[int, int]],
) -> list[bytes | memoryview]:
    """Edits of one client, in which only the length is left of texts and values that are ``deleted`` as a whole.

    Args:
        update: Holds them.
        run: Client, clock of the first of them, and their number.
        place: Where they begin in ``update``.
        deleted: Ranges of the client's clocks, each first and one past the last, in any order.

    Returns:
        Pieces of the edits in turn; as many edits, with the same clocks, in the same relation to each other.
    """
    pruner = _Pruner(update, _united(deleted), place)
    return pruner.prune(*run)


def _united(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same clocks in as few ranges as possible, in order."""
    united: list[tuple[int, int]] = []
    for first, end in sorted(ranges):
        if united and first <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((first, end))
    return united


class _DeletionReader(UpdateWalker):
    """Keeps the delete set."""

    __slots__ = ("found",)

    def __init__(self, data: bytes) -> None:
        super().__init__(data, UNBOUNDED)
        self.found: dict[int, list[tuple[int, int]]] = {}

    def walk_ranges(self, client: int) -> int:
        start = self.pos
        furthest = super().walk_ranges(client)
        count, pos = read_var_uint(self.data, start)
        for _ in range(count):
            first, pos = read_var_uint(self.data, pos)
            length, pos = read_var_uint(self.data, pos)
            self.found.setdefault(client, []).append((first, first + length))
        return furthest


class _Pruner(UpdateWalker):
    """Gathers the pieces of one run of edits."""

    __slots__ = ("_deleted", "_firsts", "_kept", "_pieces", "_view")

    def __init__(self, data: bytes, deleted: list[tuple[int, int]], place: int) -> None:
        super().__init__(data, UNBOUNDED)
        self.pos = self._kept = place
        self._deleted = deleted
        self._firsts = [first for first, _ in deleted]
        self._view = memoryview(data)
        self._pieces: list[bytes | memoryview] = []

    def prune(self, client: int, first: int, count: int) -> list[bytes | memoryview]:
        self._client, self._client_bytes = client, write_var_uint(client)
        self._walk_structs(client, first, count)
        self._pieces.append(self._view[self._kept : self.pos])
        return self._pieces

    def walk_item(self, info: int, client: int, clock: int) -> int:
        start = self.pos - 1
        if info & KIND not in _LEAVES:
            return super().walk_item(info, client, clock)
        for flag in (HAS_ORIGIN, HAS_RIGHT_ORIGIN):
            if info & flag:
                self.walk_reference()
        if not info & HAS_ANY_ORIGIN:
            self.walk_parent(info)
        content = self.pos
        length = (
            self.walk_string() if info & KIND == STRING else self._WALK_CONTENT[info & KIND](self)
        )
        if self.pos - content > _WORTH_BYTES:
            self._leave_out(start, info, content, clock, length)
        return length

    def _leave_out(self, start: int, info: int, content: int, clock: int, length: int) -> None:
        index = bisect_right(self._firsts, clock) - 1
        if index < 0 or clock + length > self._deleted[index][1]:
            return
        self._pieces += (
            self._view[self._kept : start],
            bytes((info & ~KIND | DELETED,)),
            self._view[start + 1 : content],
            write_var_uint(length),
        )
        self._kept = self.pos
