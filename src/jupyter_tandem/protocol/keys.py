"""Which items of an update are values of one map key, whichever map they are in.

An item says its key only when it has no neighbour; else it has the key of the neighbour it was placed by.
So items of a key must be remembered to recognise the next one.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import Final

from jupyter_tandem.protocol.lib0 import read_var_string
from jupyter_tandem.protocol.update_walker import HAS_PARENT_KEY, UpdateLimits, UpdateWalker

_AFTER_ANY_CLOCK: Final = 2**53

_UNBOUNDED: Final = UpdateLimits(2**53, 2**53, 2**53, 2**53, 2**53)
"""Limits are for :func:`~jupyter_tandem.protocol.update.inspect`; what is read here is in the document."""


class KeyedItems:
    """Remembers the items that are values of ``key``, over all updates it was shown, in order.

    Grows with the number of such items only: some 100 bytes each.
    """

    __slots__ = ("_items", "key")

    def __init__(self, key: str) -> None:
        self.key = key
        self._items: dict[int, list[tuple[int, int]]] = {}

    def __bool__(self) -> bool:
        """Whether any was seen."""
        return bool(self._items)

    def note(self, update: bytes) -> bool:
        """Read ``update``; tell whether it holds an item of the key.

        Raises:
            MalformedFrame: it is no update.
        """
        walker = _KeyWalker(update, self)
        walker.walk_clients()
        return walker.found

    def holds(self, client: int, clock: int) -> bool:
        """Whether the item that covers ``clock`` of ``client`` is one of them."""
        spans = self._items.get(client)
        if not spans:
            return False
        index = bisect_right(spans, (clock, _AFTER_ANY_CLOCK)) - 1
        return index >= 0 and clock < spans[index][1]

    def add(self, client: int, start: int, end: int) -> None:
        """Remember an item."""
        insort(self._items.setdefault(client, []), (start, end))


class _KeyWalker(UpdateWalker):
    """Notes the key each item says or takes over."""

    __slots__ = ("found", "items", "keyed")

    def __init__(self, data: bytes, items: KeyedItems) -> None:
        super().__init__(data, _UNBOUNDED)
        self.items = items
        self.found = False
        self.keyed = False

    def walk_item(self, info: int, client: int, clock: int) -> int:
        self.keyed = False
        length = super().walk_item(info, client, clock)
        if self.keyed:
            self.found = True
            self.items.add(client, clock, clock + length)
        return length

    def walk_reference(self) -> tuple[int, int]:
        client, clock = super().walk_reference()
        self.keyed = self.keyed or self.items.holds(client, clock)
        return client, clock

    def walk_parent(self, info: int) -> None:
        super().walk_parent(info)
        if not info & HAS_PARENT_KEY:
            self.keyed = False  # a parent that is itself a value of the key does not pass it on

    def walk_parent_key(self) -> None:
        key, self.pos = read_var_string(self.data, self.pos)
        self.keyed = key == self.items.key
