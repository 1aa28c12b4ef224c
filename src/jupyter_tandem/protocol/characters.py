"""Finds updates that would cut a character in two.

Positions in Yjs count UTF-16 code units, and a character beyond U+FFFF has two. Yjs replaces the halves of one
that is cut by U+FFFD each. Yrs 0.28 keeps it whole in one part, so that from then on the lengths of parts are not
those of their texts, and peers disagree about what comes after (seen by experiment, see the differential tests).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

from jupyter_tandem.errors import MalformedFrame
from jupyter_tandem.protocol.lib0 import read_var_string, read_var_uint
from jupyter_tandem.protocol.update_walker import (
    HAS_ORIGIN,
    HAS_RIGHT_ORIGIN,
    UpdateLimits,
    UpdateWalker,
)

_UNBOUNDED: Final = UpdateLimits(2**53, 2**53, 2**53, 2**53, 2**53)
_FOUR_BYTES: Final = re.compile(rb"[\xf0-\xf4][\x80-\xbf]{3}")
_SHORT: Final = 512
"""Bytes up to which the expression is faster than looking for each lead byte."""
_LEADS: Final = (0xF0, 0xF1, 0xF2, 0xF3, 0xF4)
_FALSE_LEADS: Final = 1_000
"""Bytes that look like the beginning of a character and are none, after which the update is read properly."""
_LAST_OF_ONE_UNIT: Final = "\uffff"


def _has_sequence(data: bytes, lead: int) -> bool:
    """Whether ``lead`` begins four bytes of UTF-8 somewhere, or may do so.

    Looking for one byte takes a hundredth of the time of an expression, which matters for whole documents.
    """
    at = data.find(lead)
    for _ in range(_FALSE_LEADS):
        if at < 0:
            return False
        if _FOUR_BYTES.match(data, at):
            return True
        at = data.find(lead, at + 1)
    return True


class CharacterWatch:
    """Remembers where the texts of a document have characters of two units.

    Cheap while there are none. Takes four bytes for each.
    """

    __slots__ = ("_second_units",)

    def __init__(self) -> None:
        self._second_units: dict[int, array[int]] = {}

    def concerns(self, update: bytes) -> bool:
        """Whether :meth:`note` or :meth:`admit` must see ``update``; false alarms are possible."""
        if self._second_units:
            return True
        if len(update) < _SHORT:
            return _FOUR_BYTES.search(update) is not None
        return any(_has_sequence(update, lead) for lead in _LEADS)

    def note(self, update: bytes) -> None:
        """Remember what an update holds that is in the document already.

        Raises:
            MalformedFrame: it is no update.
        """
        walker = _CutWalker(update)
        walker.walk_clients()
        self._remember(walker, {})

    def admit(self, update: bytes, known: dict[int, int]) -> None:
        """Check an update, which is well-formed, before it is applied, and remember what it holds.

        Args:
            update: What is to be applied.
            known: The document's state vector; advanced to what it will be.

        Raises:
            MalformedFrame: it would cut a character.
        """
        walker = _CutWalker(update)
        walker.walk_clients()
        walker.walk_delete_set()
        cuts = [*walker.cuts, *((client, known.get(client, 0)) for client in walker.blocks)]
        for client, clock in cuts:
            if self._is_second(self._second_units, client, clock) or self._is_second(
                walker.second_units, client, clock
            ):
                raise MalformedFrame("The edit cuts a character in two.")
        # What is known is not applied again, whatever is said of it now.
        self._remember(walker, known)
        for client, (_, end) in walker.blocks.items():
            known[client] = max(known.get(client, 0), end)

    @staticmethod
    def _is_second(units: Mapping[int, array[int]], client: int, clock: int) -> bool:
        clocks = units.get(client)
        if clocks is None:
            return False
        index = bisect_left(clocks, clock)
        return index < len(clocks) and clocks[index] == clock

    def _remember(self, walker: _CutWalker, known: Mapping[int, int]) -> None:
        for client, found in walker.second_units.items():
            start = known.get(client, 0)
            clocks = found if found[0] >= start else [at for at in found if at >= start]
            if not clocks:
                continue
            held = self._second_units.setdefault(client, array("I"))
            if not held or held[-1] < clocks[0]:
                held.extend(clocks)
            else:
                self._second_units[client] = array("I", sorted({*held, *clocks}))


class _CutWalker(UpdateWalker):
    """Collects second units of characters, and places where an item would be cut.

    A cut ``(client, clock)`` is right before the unit with that clock.
    """

    __slots__ = ("_at", "_references", "cuts", "second_units")

    def __init__(self, data: bytes) -> None:
        super().__init__(data, _UNBOUNDED)
        self.cuts: list[tuple[int, int]] = []
        self.second_units: dict[int, array[int]] = {}
        self._at = (0, 0)
        self._references: list[tuple[int, int]] = []

    def walk_item(self, info: int, client: int, clock: int) -> int:
        self._at = (client, clock)
        self._references.clear()
        length = super().walk_item(info, client, clock)
        if info & HAS_ORIGIN:
            origin, at = self._references[0]
            self.cuts.append((origin, at + 1))
        if info & HAS_RIGHT_ORIGIN:
            self.cuts.append(self._references[-1])
        return length

    def walk_reference(self) -> tuple[int, int]:
        reference = super().walk_reference()
        self._references.append(reference)
        return reference

    def walk_string(self) -> int:
        start = self.pos
        length = super().walk_string()
        if self.pos - read_var_uint(self.data, start)[1] != length:  # not ASCII
            self._note(read_var_string(self.data, start)[0])
        return length

    def _note(self, text: str) -> None:
        client, clock = self._at
        for character in text:
            if character > _LAST_OF_ONE_UNIT:
                self.second_units.setdefault(client, array("I")).append(clock + 1)
                clock += 1
            clock += 1

    def walk_ranges(self, client: int) -> int:
        count, pos = read_var_uint(self.data, self.pos)
        for _ in range(count):
            clock, pos = read_var_uint(self.data, pos)
            length, pos = read_var_uint(self.data, pos)
            self.cuts += (client, clock), (client, clock + length)
        return super().walk_ranges(client)
