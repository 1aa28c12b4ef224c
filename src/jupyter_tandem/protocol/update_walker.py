"""Reads a Yjs update (v1 encoding) from end to end without keeping what it holds.

Format: ``UpdateEncoderV1`` and the ``write`` methods of the structs in npm ``yjs`` 13.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.lib0 import read_var_uint
from jupyter_tandem.protocol.values import check_json, decode_text, skip_any, skip_text

HAS_PARENT_KEY: Final = 0x20
HAS_RIGHT_ORIGIN: Final = 0x40
HAS_ORIGIN: Final = 0x80
HAS_ANY_ORIGIN: Final = HAS_ORIGIN | HAS_RIGHT_ORIGIN
KIND: Final = 0x1F

_GC: Final = 0
DELETED: Final = 1
BINARY: Final = 3
STRING: Final = 4
EMBED: Final = 5
FORMAT: Final = 6
TYPE: Final = 7
ANY: Final = 8
_SUBDOCUMENT: Final = 9
_SKIP: Final = 10

_TYPE_REFS: Final = frozenset(range(7)) - {5}
"""Array, Map, Text, XmlElement, XmlFragment and XmlText. XmlHook (5) is read differently by Yjs and Yrs."""
_XML_ELEMENT: Final = 3

# Kind 2, ContentJSON, has not been written since Yjs 13.0, and Yrs 0.28 reads one string more than there is.

CLOCK_END: Final = 2**31
"""Yrs counts clocks in 32 bits and wraps; beyond half of that they would not mean the same to all peers."""

_SMALLEST_CLIENT: Final = 5
"""Bytes of a client with one struct: count, client id, clock, and a two-byte GC."""
_SMALLEST_STRUCT: Final = 2
_SMALLEST_RANGE: Final = 2
_SMALLEST_DELETER: Final = 4
"""Bytes of a client in the delete set: client id, count, and one range."""

_NOT_FOUR_BYTE_LEAD: Final = bytes(range(0xF0))


@dataclass(frozen=True, slots=True)
class UpdateLimits:
    """Bounds on one update. They bound the memory the CRDT library takes for one that is true to its counts.

    Costs are those of pycrdt 0.14, measured.

    Attributes:
        clients: Most client ids with edits or deletions in it (300 bytes each).
        structs: Most edits (up to 460 bytes each). A notebook cell takes about ten.
        values: Most values inside edits, and deleted ranges, together (up to 45 bytes each); an array or
            object counts as eight.
        json_bytes: Most bytes of values that are written as JSON text (rich-text formats and embeds).
        depth: Deepest nesting of a value. pycrdt reads values recursively: 100,000 levels end the process.
    """

    clients: int = 20_000
    structs: int = 500_000
    values: int = 8_000_000
    json_bytes: int = 1024 * 1024
    depth: int = 64


UNBOUNDED: Final = UpdateLimits(2**53, 2**53, 2**53, 2**53, 2**53)
"""For updates that were checked before."""


class UpdateWalker:
    """Position in one update, and what was seen up to there.

    Call :meth:`walk_clients`, then :meth:`walk_delete_set`. Each method reads on from :attr:`pos` and raises
    ``MalformedFrame`` for what is no update, or ``LimitExceeded``. Subclasses may look at more.

    Attributes:
        data: The update.
        pos: What is read next.
        blocks: Per client the clocks of its edits: first, and one past the last.
        reach: Per client one past the highest clock that is referred to.
        holes: Per client the end of the last gap inside its edits.
    """

    __slots__ = (
        "_client",
        "_client_bytes",
        "_json_left",
        "_limits",
        "_size",
        "_structs_left",
        "_values_left",
        "blocks",
        "data",
        "holes",
        "pos",
        "reach",
    )

    def __init__(self, data: bytes, limits: UpdateLimits) -> None:
        self.data = data
        self.pos = 0
        self.blocks: dict[int, tuple[int, int]] = {}
        self.reach: dict[int, int] = {}
        self.holes: dict[int, int] = {}
        self._size = len(data)
        self._limits = limits
        self._structs_left = limits.structs
        self._values_left = limits.values
        self._json_left = limits.json_bytes
        self._client = 0
        self._client_bytes = b""

    # -- structs -----------------------------------------------------------------------------------

    def walk_clients(self) -> None:
        """Read all structs."""
        count = self._count(_SMALLEST_CLIENT)
        if count > self._limits.clients:
            raise LimitExceeded(
                f"The update holds edits of more than {self._limits.clients} clients."
            )
        data = self.data
        for _ in range(count):
            structs = self._count(_SMALLEST_STRUCT)
            start = self.pos
            client, pos = read_var_uint(data, start)
            self._client = client
            self._client_bytes = data[start:pos]
            first, self.pos = read_var_uint(data, pos)
            if client in self.blocks or not structs:
                raise MalformedFrame("The update lists a client twice or without edits.")
            self._structs_left -= structs
            if self._structs_left < 0:
                raise LimitExceeded(f"The update holds more than {self._limits.structs} edits.")
            self._walk_structs(client, first, structs)

    def _walk_structs(self, client: int, first: int, structs: int) -> None:
        data = self.data
        clock = first
        end = 0
        for _ in range(structs):
            pos = self.pos
            if pos >= self._size:
                raise MalformedFrame("The update ends before its last edit.")
            info = data[pos]
            self.pos = pos + 1
            kind = info & KIND
            if kind == _SKIP:
                clock += self._span(info, _SKIP)
                continue
            if clock != end:
                first = self._leap(client, first, clock, end)
            clock += self.walk_item(info, client, clock) if kind else self._span(info, _GC)
            end = clock
        if clock > CLOCK_END:
            raise MalformedFrame("The update counts further than an update can.")
        if end:
            self.blocks[client] = (first, end)

    def _leap(self, client: int, first: int, clock: int, end: int) -> int:
        """Note what was skipped before ``clock``; return where the client's edits begin."""
        if not end:
            return clock
        self.holes[client] = clock
        return first

    def _span(self, info: int, kind: int) -> int:
        """Length of a GC or Skip, which carry no flags."""
        length, self.pos = read_var_uint(self.data, self.pos)
        if info != kind or not length:
            raise MalformedFrame("The update holds an edit of an unknown kind.")
        return length

    def walk_item(self, info: int, client: int, clock: int) -> int:  # noqa: ARG002 - for subclasses
        """Read the item that starts at ``clock`` of ``client``; return its length in clocks."""
        if info & HAS_ORIGIN:
            self.walk_reference()
        if info & HAS_RIGHT_ORIGIN:
            self.walk_reference()
        if not info & HAS_ANY_ORIGIN:
            self.walk_parent(info)
        kind = info & KIND
        if kind == STRING:
            return self.walk_string()
        walk = self._WALK_CONTENT.get(kind)
        if walk is None:
            raise MalformedFrame("The update holds an edit of an unknown kind.")
        length = walk(self)
        if not length:
            raise MalformedFrame("The update holds an edit without content.")
        return length

    def walk_reference(self) -> tuple[int, int]:
        """Read an item id: client and clock. That client's edits up to it must be known."""
        data, pos = self.data, self.pos
        # Most references are to edits of the same client; comparing its bytes is faster than decoding them.
        if data.startswith(self._client_bytes, pos):
            client = self._client
            pos += len(self._client_bytes)
        else:
            client, pos = read_var_uint(data, pos)
        clock, self.pos = read_var_uint(data, pos)
        if clock >= self.reach.get(client, 0):
            self.reach[client] = clock + 1
        return client, clock

    def walk_parent(self, info: int) -> None:
        """Read the parent (a root's name or an item id) and, if ``info`` says so, the key in it."""
        by_name, self.pos = read_var_uint(self.data, self.pos)
        if by_name == 1:
            self.pos = skip_text(self.data, self.pos)
        elif by_name == 0:
            self.walk_reference()
        else:
            raise MalformedFrame("The update names a parent in an unknown way.")
        if info & HAS_PARENT_KEY:
            self.walk_parent_key()

    def walk_parent_key(self) -> None:
        """Read the key an item is the value of."""
        self.pos = skip_text(self.data, self.pos)

    # -- contents: each returns its length in clocks -------------------------------------------------

    def walk_string(self) -> int:
        """Read a text; its length counts UTF-16 code units: two for each four-byte sequence."""
        length, start = read_var_uint(self.data, self.pos)
        self.pos = end = start + length
        if end > self._size:
            raise MalformedFrame("The update claims a longer text than it has bytes.")
        if not length:
            raise MalformedFrame("The update holds an edit without content.")
        raw = self.data[start:end]
        if raw.isascii():
            return length
        return len(decode_text(raw)) + len(raw.translate(None, _NOT_FOUR_BYTE_LEAD))

    def _walk_deleted(self) -> int:
        length, self.pos = read_var_uint(self.data, self.pos)
        return length

    def _walk_any(self) -> int:
        count = self._count(1)
        for _ in range(count):
            self._walk_value()
        return count

    def _walk_binary(self) -> int:
        length, pos = read_var_uint(self.data, self.pos)
        self.pos = pos + length
        if self.pos > self._size:
            raise MalformedFrame("The update claims more bytes than it has.")
        return 1

    def _walk_embed(self) -> int:
        self._walk_json_text()
        return 1

    def _walk_format(self) -> int:
        self.pos = skip_text(self.data, self.pos)
        self._walk_json_text()
        return 1

    def _walk_type(self) -> int:
        type_ref, self.pos = read_var_uint(self.data, self.pos)
        if type_ref not in _TYPE_REFS:
            raise MalformedFrame("The update holds a shared type of an unknown kind.")
        if type_ref == _XML_ELEMENT:
            self.pos = skip_text(self.data, self.pos)
        return 1

    def _walk_subdocument(self) -> int:
        self.pos = skip_text(self.data, self.pos)
        self._walk_value()
        return 1

    def _walk_value(self) -> None:
        self.pos, used = skip_any(
            self.data, self.pos, depth=self._limits.depth, budget=self._values_left
        )
        self._spend(used)

    def _walk_json_text(self) -> None:
        length, start = read_var_uint(self.data, self.pos)
        self.pos = start + length
        if self.pos > self._size:
            raise MalformedFrame("The update claims a longer text than it has bytes.")
        self._json_left -= length
        if self._json_left < 0:
            raise LimitExceeded("The update holds too much content in an outdated form.")
        check_json(decode_text(self.data[start : self.pos]), depth=self._limits.depth)

    # -- deletions -----------------------------------------------------------------------------------

    def walk_delete_set(self) -> bool:
        """Read the delete set; tell whether there is anything in it."""
        clients = self._count(_SMALLEST_DELETER)
        if clients > self._limits.clients:
            raise LimitExceeded(
                f"The update deletes edits of more than {self._limits.clients} clients."
            )
        for _ in range(clients):
            client, self.pos = read_var_uint(self.data, self.pos)
            end = self.walk_ranges(client)
            if end > self.reach.get(client, 0):
                self.reach[client] = end
        return clients > 0

    def walk_ranges(self, client: int) -> int:  # noqa: ARG002 - for subclasses
        """Read one client's deleted ranges; return the end of the furthest."""
        ranges = self._count(_SMALLEST_RANGE)
        self._spend(ranges)
        if not ranges:
            raise MalformedFrame("The update lists a client without deletions.")
        data, pos = self.data, self.pos
        furthest = 0
        for _ in range(ranges):
            clock, pos = read_var_uint(data, pos)
            length, pos = read_var_uint(data, pos)
            end = clock + length
            if not length or end > CLOCK_END:
                raise MalformedFrame("The update deletes a range that cannot be.")
            furthest = max(furthest, end)
        self.pos = pos
        return furthest

    # -- bounds --------------------------------------------------------------------------------------

    def _count(self, smallest: int) -> int:
        """Read a count of things that take at least ``smallest`` bytes each."""
        count, self.pos = read_var_uint(self.data, self.pos)
        if count * smallest > self._size - self.pos:
            raise MalformedFrame("The update claims more edits than it has bytes.")
        return count

    def _spend(self, values: int) -> None:
        self._values_left -= values
        if self._values_left < 0:
            raise LimitExceeded("The update consists of too many parts.")

    _WALK_CONTENT: ClassVar = {
        DELETED: _walk_deleted,
        BINARY: _walk_binary,
        EMBED: _walk_embed,
        FORMAT: _walk_format,
        TYPE: _walk_type,
        ANY: _walk_any,
        _SUBDOCUMENT: _walk_subdocument,
    }
