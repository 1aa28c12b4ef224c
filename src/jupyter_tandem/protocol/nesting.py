"""Finds updates that nest shared types too deep, or put text into a list.

Yrs 0.28 reads and deletes shared types recursively: a hundred thousand maps, each in the one before (an update
of 0.9 MB), end the process as soon as the document is read, and again whenever it is loaded. How deep a type is
depends on earlier updates, so the depth of every item is followed; in runs, because neighbours share it.

Text and its format marks belong into shared texts; the elements of a list are values and types, and whoever reads a list relies
on that. What an item is in is what its neighbours are in.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.insertion import Reference, read_insertion
from jupyter_tandem.protocol.lib0 import read_var_uint
from jupyter_tandem.protocol.update_walker import (
    FORMAT,
    HAS_ANY_ORIGIN,
    HAS_PARENT_KEY,
    KIND,
    STRING,
    TYPE,
    UpdateLimits,
    UpdateWalker,
)

DEEPEST: Final = 64
"""Shared types inside each other; a notebook has five."""

_UNBOUNDED: Final = UpdateLimits(2**53, 2**53, 2**53, 2**53, 2**53)
_ALL: Final = 2**53
_TEXTS: Final = (STRING, FORMAT)

# What is kept of a run: its depth, and in the lowest bits what its items are and what they are in.
_IN_LIST: Final = 1
_IS_LIST: Final = 2
_FLAGS: Final = 2

_LIST: Final = 0
"""Type reference of a shared list."""


class _Item(NamedTuple):
    """An item to place.

    Attributes:
        clock: Its first clock.
        end: The clock after its last.
        references: Its neighbours, or its parent.
        below: 1 if that is its parent.
        flags: What it is, and of an item in a root what that is.
        text: Whether it is text or a mark in one.
        keyed: Whether it is the value of a key.
    """

    clock: int
    end: int
    references: tuple[Reference, ...]
    below: int = 0
    flags: int = 0
    text: bool = False
    keyed: bool = False


class NestingWatch:
    """Follows how deep the items of a document are, and which are in lists.

    Takes eight bytes for each run of items of one client and depth: some tens of bytes for a notebook cell,
    nothing more for what is typed on in one place.
    """

    __slots__ = ("_clients", "_direct", "_lists")

    def __init__(self, lists: Sequence[str] = ()) -> None:
        """Of the roots those named ``lists`` are lists."""
        self._lists = frozenset(name.encode() for name in lists)
        self._clients: dict[int, _Runs] = {}
        # For one item: it is placed or it is not, so nothing has to be taken back.
        self._direct = _Depths(self._clients, self._clients, DEEPEST)

    def note(self, update: bytes) -> None:
        """Take in what the document holds already, however deep.

        Raises:
            MalformedFrame: it is no update.
        """
        _NestingWalker(update, _Depths(self._clients, self._clients, _ALL), self._lists).read()

    def admit(self, updates: Sequence[bytes]) -> None:
        """Check updates that are well-formed and about to be applied together, in order; all count or none.

        Raises:
            LimitExceeded: a type would be nested deeper than :data:`DEEPEST`.
            MalformedFrame: text would be put into a list, or items build on each other in a circle.
        """
        if len(updates) == 1 and _place_insertion(updates[0], self._direct):
            return
        depths = _Depths(self._clients, {}, DEEPEST)
        for update in updates:
            if not _place_insertion(update, depths):
                _NestingWalker(update, depths, self._lists).read()
        self._clients.update(depths.changed)


def _place_insertion(update: bytes, depths: _Depths) -> bool:
    """Place what an update inserts, if it is only text next to known items; if not, nothing happened."""
    insertion = read_insertion(update)
    if insertion is None or not depths.know(insertion.references):
        return False
    client, clock, end, references = insertion
    depths.place(client, _Item(clock, end, references, text=True))
    return True


class _Runs:
    """Depths and flags of one client's items by clock, and the clock after the last of them."""

    __slots__ = ("depths", "end", "starts")

    def __init__(self) -> None:
        self.starts: array[int] = array("I")
        self.depths: array[int] = array("I")
        self.end: int = 0

    def copy(self) -> _Runs:
        """Runs that can be changed apart from these."""
        copied = _Runs()
        copied.starts, copied.depths, copied.end = self.starts[:], self.depths[:], self.end
        return copied

    def at(self, clock: int) -> int:
        """Depth and flags of the item that covers ``clock``; of a collected one, the depth of the item before."""
        starts = self.starts
        if starts and clock >= starts[-1]:
            return self.depths[-1]
        index = bisect_right(starts, clock) - 1
        return self.depths[index] if index >= 0 else 0

    def add(self, clock: int, end: int, depth: int) -> None:
        """Append an item; of what is known already, only the rest."""
        if end <= self.end:
            return
        self.pass_over(clock)
        if not self.depths or self.depths[-1] != depth:
            self.starts.append(max(clock, self.end))
            self.depths.append(depth)
        self.end = end

    def pass_over(self, end: int) -> None:
        """What lies up to ``end`` was collected: nobody knows what it was in."""
        if end > self.end:
            if self.depths and self.depths[-1] & (_IN_LIST | _IS_LIST):
                self.starts.append(self.end)
                self.depths.append(self.depths[-1] >> _FLAGS << _FLAGS)
            self.end = end


class _Depths:
    """Runs by client: those known, those changed while reading, and how deep they may become."""

    __slots__ = ("_deepest", "_known", "changed")

    def __init__(self, known: dict[int, _Runs], changed: dict[int, _Runs], deepest: int) -> None:
        """Write to ``changed``, which may be ``known`` itself."""
        self.changed = changed
        self._known = known
        self._deepest = deepest

    def know(self, references: Sequence[Reference]) -> bool:
        """Whether all these items have been placed."""
        for client, clock in references:
            runs = self.changed.get(client) or self._known.get(client)
            if runs is None or clock >= runs.end:
                return False
        return True

    def place(self, client: int, item: _Item) -> None:
        """Place an item as deep as the deepest of its neighbours and in what they are in, or below its parent."""
        depth, inside = 0, item.flags & _IN_LIST
        for at, number in item.references:
            runs = self.changed.get(at) or self._known.get(at)
            if runs is not None:
                found = runs.at(number)
                depth = max(depth, found >> _FLAGS)
                inside |= found & _IS_LIST and _IN_LIST if item.below else found & _IN_LIST
        if item.keyed:
            inside = 0
        depth += item.below
        if depth > self._deepest:
            raise LimitExceeded(f"The update nests shared types deeper than {self._deepest}.")
        # What is there already is not refused, neither for that nor for its depth.
        if item.text and inside and self._deepest != _ALL:
            raise MalformedFrame("The update puts text where only values can be.")
        value = depth << _FLAGS | inside | item.flags & _IS_LIST
        self.changeable(client).add(item.clock, item.end, value)

    def changeable(self, client: int) -> _Runs:
        """A client's runs, to change."""
        runs = self.changed.get(client)
        if runs is None:
            known = self._known.get(client)
            runs = self.changed[client] = _Runs() if known is None else known.copy()
        return runs


class _NestingWalker(UpdateWalker):
    """Reads one update: places items at once, or after those of other clients they stand by."""

    __slots__ = ("_below", "_depths", "_in_list", "_lists", "_references", "_waiting")

    def __init__(self, data: bytes, depths: _Depths, lists: frozenset[bytes]) -> None:
        super().__init__(data, _UNBOUNDED)
        self._lists = lists
        self._in_list = 0
        self._depths = depths
        self._waiting: dict[int, deque[_Item]] = {}
        self._references: tuple[Reference, ...] = ()
        self._below = 0

    def read(self) -> None:
        """Read the whole update."""
        self.walk_clients()
        for client in self._waiting:
            self._place_waiting(client)
        for client, (_, end) in self.blocks.items():
            runs = self._depths.changeable(client)
            runs.pass_over(end)

    def walk_item(self, info: int, client: int, clock: int) -> int:
        self._references = ()
        self._below = self._in_list = 0
        length = super().walk_item(info, client, clock)
        kind = info & KIND
        # Its last byte is the type's, but for an XML element's: that is a list, too.
        is_list = kind == TYPE and self.data[self.pos - 1] == _LIST
        item = _Item(
            clock,
            clock + length,
            self._references,
            self._below,
            self._in_list | (_IS_LIST if is_list else 0),
            kind in _TEXTS,
            bool(info & HAS_PARENT_KEY) and not info & HAS_ANY_ORIGIN,
        )
        if client in self._waiting:
            self._waiting[client].append(item)
        elif self._depths.know(item.references):
            self._depths.place(client, item)
        else:
            # A neighbour comes later in this update, or was collected.
            self._waiting[client] = deque([item])
        return length

    def walk_reference(self) -> tuple[int, int]:
        reference = super().walk_reference()
        self._references = (*self._references, reference) if self._references else (reference,)
        return reference

    def walk_parent(self, info: int) -> None:
        start = self.pos
        super().walk_parent(info)
        self._below = len(self._references)
        if not self._below and self._lists:
            length, start = read_var_uint(self.data, start + 1)
            self._in_list = _IN_LIST if self.data[start : start + length] in self._lists else 0

    def _place_waiting(self, first: int) -> None:
        """Place a client's items, each after the ones of other clients it stands by."""
        path = [(first, _ALL)]
        on_path = {first}
        while path:
            client, until = path[-1]
            queue = self._waiting[client]
            if not queue or queue[0].clock > until:
                on_path.discard(client)
                path.pop()
                continue
            blocker = self._blocker(queue[0].references)
            if blocker is None:
                self._depths.place(client, queue.popleft())
            elif blocker[0] in on_path:
                raise MalformedFrame("The update's edits build on each other in a circle.")
            else:
                on_path.add(blocker[0])
                path.append(blocker)

    def _blocker(self, references: Sequence[Reference]) -> Reference | None:
        """A reference to an item of this update that is not placed yet."""
        for client, clock in references:
            queue = self._waiting.get(client)
            if queue and queue[0].clock <= clock:
                return client, clock
        return None
