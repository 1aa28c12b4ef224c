"""Reads the update that most edits are: ASCII text next to other items, and nothing else.

Whoever looks at updates asks here first, and reads with an :class:`.update_walker.UpdateWalker` where the answer is
``None``: that takes three times as long.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from jupyter_tandem.errors import MalformedFrame
from jupyter_tandem.protocol.lib0 import read_var_uint
from jupyter_tandem.protocol.update_walker import (
    CLOCK_END,
    HAS_ORIGIN,
    HAS_RIGHT_ORIGIN,
    KIND,
    STRING,
)

Reference: TypeAlias = tuple[int, int]
"""An item's client and clock."""

_ONE_OF_ONE: Final = b"\x01\x01"
"""One client with one edit."""

_NOTHING_DELETED: Final = b"\x00"
_LONGEST: Final = 256
"""Bytes of what is read and remembered here: a word that was typed, not a page that was pasted."""


class Insertion(NamedTuple):
    """What such an update does.

    Attributes:
        client: Whose edit it is.
        clock: Its first clock.
        end: One past its last clock.
        references: Its neighbours, the left one first; one or two.
    """

    client: int
    clock: int
    end: int
    references: tuple[Reference, ...]


@lru_cache(maxsize=64)
def read_insertion(update: bytes) -> Insertion | None:
    """What ``update`` inserts, or ``None`` where it is not such an update, or none at all.

    The rules that ask one after the other share one reading.
    """
    if len(update) > _LONGEST or update[:2] != _ONE_OF_ONE:
        return None
    try:
        return _read(update)
    except (MalformedFrame, IndexError):
        return None


def _read(update: bytes) -> Insertion | None:
    client, pos = read_var_uint(update, 2)
    client_bytes = update[2:pos]
    clock, pos = read_var_uint(update, pos)
    info = update[pos]
    if info & KIND != STRING:
        return None
    pos += 1
    references: tuple[Reference, ...] = ()
    for flag in (HAS_ORIGIN, HAS_RIGHT_ORIGIN):
        if info & flag:
            # Most neighbours are of the same client.
            if update.startswith(client_bytes, pos):
                at, pos = client, pos + len(client_bytes)
            else:
                at, pos = read_var_uint(update, pos)
            number, pos = read_var_uint(update, pos)
            references = (*references, (at, number))
    length, pos = read_var_uint(update, pos)
    end = clock + length
    if (
        not references
        or not length
        or end > CLOCK_END
        or update[pos + length :] != _NOTHING_DELETED
        or not update[pos:].isascii()
    ):
        return None
    return Insertion(client, clock, end, references)
