"""What a Yjs update (v1 encoding) claims to be, read without applying it.

:func:`inspect` walks the whole update: afterwards every count, length and text in it is known to be true to
the bytes, so the CRDT library never allocates for a lie, and the room knows whose edits it holds and what
they build on (docs/spec/update.md). Format: ``UpdateEncoderV1`` and the ``write`` methods of the structs in
npm ``yjs`` 13.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.lib0 import read_var_uint, write_var_uint
from jupyter_tandem.protocol.values import check_json, decode_text, skip_any, skip_text

EMPTY_UPDATE: Final = b"\x00\x00"
"""No structs, no deletions."""

_HAS_ORIGIN: Final = 0x80
_HAS_RIGHT_ORIGIN: Final = 0x40
_HAS_PARENT_KEY: Final = 0x20
_HAS_ANY_ORIGIN: Final = _HAS_ORIGIN | _HAS_RIGHT_ORIGIN
_CONTENT: Final = 0x1F

_GC: Final = 0
_DELETED: Final = 1
_JSON: Final = 2
_BINARY: Final = 3
_STRING: Final = 4
_EMBED: Final = 5
_FORMAT: Final = 6
_TYPE: Final = 7
_ANY: Final = 8
_SUBDOCUMENT: Final = 9
_SKIP: Final = 10

_TYPE_REFS: Final = frozenset(range(7)) - {5}
"""Array, Map, Text, XmlElement, XmlFragment and XmlText. XmlHook (5) is read differently by Yjs and Yrs."""
_XML_ELEMENT: Final = 3

_CLOCK_END: Final = 2**32
"""Yrs counts clocks in 32 bits; a larger one would not mean the same to server and browser."""

_SMALLEST_CLIENT: Final = 5
"""Bytes of a client with one struct: count, client id, clock, and a two-byte GC."""
_SMALLEST_STRUCT: Final = 2
_SMALLEST_RANGE: Final = 2
_SMALLEST_DELETER: Final = 4
"""Bytes of a client in the delete set: client id, count, and one range."""


@dataclass(frozen=True, slots=True)
class UpdateLimits:
    """Bounds on one update. They bound the memory the CRDT library can be made to take for it.

    Attributes:
        clients: Most client ids with edits or deletions in it; each costs some 300 bytes.
        parts: Most structs, values and deleted ranges together; each costs up to some 100 bytes.
        json_bytes: Most bytes of values that are written as JSON text (old content, rich-text formats).
        depth: Deepest nesting of a value.
    """

    clients: int = 20_000
    parts: int = 2_000_000
    json_bytes: int = 1024 * 1024
    depth: int = 64


DEFAULT_LIMITS: Final = UpdateLimits()


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
    walker = UpdateWalker(update, limits)
    walker.walk_clients()
    deletes = walker.walk_delete_set()
    if walker.pos != walker.size:
        raise MalformedFrame("The update has bytes after its end.")
    blocks = walker.blocks
    return UpdateShape(blocks, walker.needs(), deletes, not (blocks or deletes))


class UpdateWalker:
    """Position in one update and what was seen up to there.

    :func:`inspect` is what to call; the class is public so that other readings of the same bytes can refine it.
    """

    __slots__ = ("blocks", "data", "holes", "json_left", "limits", "parts", "pos", "reach", "size")

    def __init__(self, data: bytes, limits: UpdateLimits) -> None:
        self.data = data
        self.size = len(data)
        self.pos = 0
        self.limits = limits
        self.parts = limits.parts
        self.json_left = limits.json_bytes
        self.blocks: dict[int, tuple[int, int]] = {}
        self.reach: dict[int, int] = {}
        self.holes: dict[int, int] = {}

    def needs(self) -> dict[int, int]:
        needs = {client: first for client, (first, _) in self.blocks.items() if first}
        needs.update(self.holes)
        for client, clock in self.reach.items():
            block = self.blocks.get(client)
            if block is None or clock > block[1]:
                needs[client] = clock
        return needs

    # -- structs -----------------------------------------------------------------------------------

    def walk_clients(self) -> None:
        count = self.count(_SMALLEST_CLIENT)
        if count > self.limits.clients:
            raise LimitExceeded(
                f"The update holds edits of more than {self.limits.clients} clients."
            )
        for _ in range(count):
            structs = self.count(_SMALLEST_STRUCT)
            client, pos = read_var_uint(self.data, self.pos)
            first, self.pos = read_var_uint(self.data, pos)
            if client in self.blocks or not structs:
                raise MalformedFrame("The update lists a client twice or without edits.")
            self.spend(structs)
            self.walk_structs(client, first, structs)

    def walk_structs(self, client: int, first: int, structs: int) -> None:
        data = self.data
        clock = first
        end = 0
        for _ in range(structs):
            pos = self.pos
            if pos >= self.size:
                raise MalformedFrame("The update ends before its last edit.")
            info = data[pos]
            self.pos = pos + 1
            if info & _CONTENT == _SKIP:
                clock += self.span(info, _SKIP)
                continue
            if clock != end:
                first = self.leap(client, first, clock, end)
            clock += (
                self.span(info, _GC) if not info & _CONTENT else self.walk_item(info, client, clock)
            )
            end = clock
        if clock > _CLOCK_END:
            raise MalformedFrame("The update counts further than an update can.")
        if end:
            self.blocks[client] = (first, end)

    def leap(self, client: int, first: int, clock: int, end: int) -> int:
        """Note what was skipped before ``clock``; return where the client's edits begin."""
        if not end:
            return clock
        self.holes[client] = clock
        return first

    def span(self, info: int, kind: int) -> int:
        """Length of a GC or Skip, which carry no flags."""
        length, self.pos = read_var_uint(self.data, self.pos)
        if info != kind or not length:
            raise MalformedFrame("The update holds an edit of an unknown kind.")
        return length

    def walk_item(self, info: int, client: int, clock: int) -> int:  # noqa: ARG002
        """Skip the item that starts at ``clock`` of ``client`` and return its length in clocks."""
        if info & _HAS_ORIGIN:
            self.reference()
        if info & _HAS_RIGHT_ORIGIN:
            self.reference()
        if not info & _HAS_ANY_ORIGIN:
            self.walk_parent(info)
        kind = info & _CONTENT
        if kind == _STRING:
            return self.walk_string()
        walk = _WALK_CONTENT.get(kind)
        if walk is None:
            raise MalformedFrame("The update holds an edit of an unknown kind.")
        length = walk(self)
        if not length:
            raise MalformedFrame("The update holds an edit without content.")
        return length

    def reference(self) -> None:
        """Read an item id: that client's edits up to it must be known."""
        client, pos = read_var_uint(self.data, self.pos)
        clock, self.pos = read_var_uint(self.data, pos)
        if clock >= self.reach.get(client, 0):
            self.reach[client] = clock + 1

    def walk_parent(self, info: int) -> None:
        by_name, self.pos = read_var_uint(self.data, self.pos)
        if by_name == 1:
            self.pos = skip_text(self.data, self.pos)
        elif by_name == 0:
            self.reference()
        else:
            raise MalformedFrame("The update names a parent in an unknown way.")
        if info & _HAS_PARENT_KEY:
            self.pos = skip_text(self.data, self.pos)

    # -- contents: each returns its length in clocks -------------------------------------------------

    def walk_string(self) -> int:
        """Lengths are UTF-16 code units: one more than characters for each four-byte sequence."""
        length, start = read_var_uint(self.data, self.pos)
        self.pos = end = start + length
        if end > self.size:
            raise MalformedFrame("The update claims a longer text than it has bytes.")
        if not length:
            raise MalformedFrame("The update holds an edit without content.")
        raw = self.data[start:end]
        if raw.isascii():
            return length
        return len(decode_text(raw)) + len(raw.translate(None, _NOT_FOUR_BYTE_LEAD))

    def walk_deleted(self) -> int:
        length, self.pos = read_var_uint(self.data, self.pos)
        return length

    def walk_json(self) -> int:
        count = self.count(1)
        self.spend(count)
        for _ in range(count):
            self.json(undefined_allowed=True)
        return count

    def walk_any(self) -> int:
        count = self.count(1)
        data = self.data
        depth = self.limits.depth
        for _ in range(count):
            self.pos, used = skip_any(data, self.pos, depth=depth, parts=self.parts)
            self.spend(used)
        return count

    def walk_binary(self) -> int:
        length, pos = read_var_uint(self.data, self.pos)
        self.pos = pos + length
        if self.pos > self.size:
            raise MalformedFrame("The update claims more bytes than it has.")
        return 1

    def walk_embed(self) -> int:
        self.json()
        return 1

    def walk_format(self) -> int:
        self.pos = skip_text(self.data, self.pos)
        self.json()
        return 1

    def walk_type(self) -> int:
        type_ref, self.pos = read_var_uint(self.data, self.pos)
        if type_ref not in _TYPE_REFS:
            raise MalformedFrame("The update holds a shared type of an unknown kind.")
        if type_ref == _XML_ELEMENT:
            self.pos = skip_text(self.data, self.pos)
        return 1

    def walk_subdocument(self) -> int:
        self.pos = skip_text(self.data, self.pos)
        self.pos, used = skip_any(self.data, self.pos, depth=self.limits.depth, parts=self.parts)
        self.spend(used)
        return 1

    def json(self, *, undefined_allowed: bool = False) -> None:
        start = self.pos
        self.pos = skip_text(self.data, start)
        _, text_start = read_var_uint(self.data, start)
        raw = self.data[text_start : self.pos]
        self.json_left -= len(raw)
        if self.json_left < 0:
            raise LimitExceeded("The update holds too much content in an outdated form.")
        if not (undefined_allowed and raw == b"undefined"):
            check_json(decode_text(raw), depth=self.limits.depth)

    # -- deletions -----------------------------------------------------------------------------------

    def walk_delete_set(self) -> bool:
        clients = self.count(_SMALLEST_DELETER)
        if clients > self.limits.clients:
            raise LimitExceeded(
                f"The update deletes edits of more than {self.limits.clients} clients."
            )
        data = self.data
        reach = self.reach
        for _ in range(clients):
            client, self.pos = read_var_uint(data, self.pos)
            ranges = self.count(_SMALLEST_RANGE)
            self.spend(ranges)
            if not ranges:
                raise MalformedFrame("The update lists a client without deletions.")
            end = reach.get(client, 0)
            pos = self.pos
            for _ in range(ranges):
                clock, pos = read_var_uint(data, pos)
                length, pos = read_var_uint(data, pos)
                if not length or clock + length > _CLOCK_END:
                    raise MalformedFrame("The update deletes a range that cannot be.")
                end = max(end, clock + length)
            self.pos = pos
            reach[client] = end
        return clients > 0

    # -- bounds --------------------------------------------------------------------------------------

    def count(self, smallest: int) -> int:
        """Read a count of things that take at least ``smallest`` bytes each."""
        count, self.pos = read_var_uint(self.data, self.pos)
        if count * smallest > self.size - self.pos:
            raise MalformedFrame("The update claims more edits than it has bytes.")
        return count

    def spend(self, parts: int) -> None:
        self.parts -= parts
        if self.parts < 0:
            raise LimitExceeded("The update consists of too many parts.")


_NOT_FOUR_BYTE_LEAD: Final = bytes(range(0xF0))

_WALK_CONTENT: Final = {
    _DELETED: UpdateWalker.walk_deleted,
    _JSON: UpdateWalker.walk_json,
    _BINARY: UpdateWalker.walk_binary,
    _EMBED: UpdateWalker.walk_embed,
    _FORMAT: UpdateWalker.walk_format,
    _TYPE: UpdateWalker.walk_type,
    _ANY: UpdateWalker.walk_any,
    _SUBDOCUMENT: UpdateWalker.walk_subdocument,
}


def decode_state_vector(data: bytes, limits: UpdateLimits = DEFAULT_LIMITS) -> dict[int, int]:
    """Read a state vector: per client id the number of its edits that are known.

    Raises:
        MalformedFrame: the bytes are not exactly one state vector. LimitExceeded: too many clients.
    """
    count, pos = read_var_uint(data, 0)
    if count * _SMALLEST_RANGE > len(data) - pos:
        raise MalformedFrame("The state vector claims more clients than it has bytes.")
    if count > limits.clients:
        raise LimitExceeded(f"The state vector lists more than {limits.clients} clients.")
    vector: dict[int, int] = {}
    for _ in range(count):
        client, pos = read_var_uint(data, pos)
        vector[client], pos = read_var_uint(data, pos)
    if pos != len(data) or len(vector) != count:
        raise MalformedFrame("The state vector lists a client twice or has bytes after its end.")
    if any(clock > _CLOCK_END for clock in vector.values()):
        raise MalformedFrame("The state vector counts further than an update can.")
    return vector


def encode_state_vector(vector: Mapping[int, int]) -> bytes:
    """Encode a state vector; clients in descending order, as Yjs writes them."""
    parts = [write_var_uint(len(vector))]
    for client in sorted(vector, reverse=True):
        parts += write_var_uint(client), write_var_uint(vector[client])
    return b"".join(parts)
