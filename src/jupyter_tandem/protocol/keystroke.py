"""Typed text told in few bytes: an update that goes on where its author's last one ended says little but its text.

An update (Yjs' v1 encoding) that inserts one piece of text names its author twice, its clock twice and its
right neighbour. When somebody types on, all of that follows from the update before.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from jupyter_tandem.errors import MalformedFrame
from jupyter_tandem.protocol.lib0 import read_var_uint, write_var_uint

_ONE_BLOCK: Final = b"\x01\x01"
"""One client, one struct of it."""

_STRING: Final = 0x84
"""A struct that holds text and has a left neighbour."""

_STRING_BETWEEN: Final = 0xC4
"""The same with a right neighbour."""

_NOTHING_DELETED: Final = b"\x00"
_ASCII_END: Final = 0x80
_LAST_OF_ONE_UNIT: Final = "\uffff"

_SHORTEST: Final = 3
"""Bytes of what follows the place of one ASCII character: size, text, and that nothing is deleted."""


class Caret(NamedTuple):
    """Where somebody is typing.

    Attributes:
        client: Their client id, encoded.
        clock: Of the next character.
        right: The encoded id of the character to the right, empty at the end of the text.
    """

    client: bytes
    clock: int
    right: bytes


class Typing:
    """Somebody who types on from a caret. For many keystrokes one after the other.

    Attributes:
        client: Their client id.
        clock: Of the next character.
    """

    __slots__ = ("_head", "_left", "_middle", "_right", "client", "clock")

    def __init__(self, caret: Caret) -> None:
        """Begin at ``caret``, whose clock is above 0."""
        client, clock, right = caret
        self.client = read_var_uint(client, 0)[0]
        self.clock = clock
        self._head = _ONE_BLOCK + client
        self._left = write_var_uint(clock - 1)
        self._middle = bytes((_STRING_BETWEEN if right else _STRING,)) + client
        self._right = right

    def goes_on(self, update: bytes) -> bool:
        """Whether ``update``, which may be any bytes, types one more character of one UTF-16 unit here, and nothing else.

        Then the caret is behind it.
        """
        here = write_var_uint(self.clock)
        place = b"".join((self._head, here, self._middle, self._left, self._right))
        if not update.startswith(place) or not _one_unit(update[len(place) :]):
            return False
        self.clock += 1
        self._left = here
        return True

    def type(self, text: bytes) -> bytes:
        """The update that inserts ``text`` (UTF-8, not empty) behind what was typed before."""
        here, size = write_var_uint(self.clock), write_var_uint(len(text))
        update = b"".join(
            (self._head, here, self._middle, self._left, self._right, size, text, _NOTHING_DELETED)
        )
        units = _units(text)
        self.clock += units
        self._left = here if units == 1 else write_var_uint(self.clock - 1)
        return update


def read_keystroke(update: bytes) -> tuple[bytes, Caret] | None:
    """The text that an update inserts and where its author types on; ``None`` when it does anything else.

    The update may be any bytes. Only what stands right of some character is recognised.
    """
    if not update.startswith(_ONE_BLOCK):
        return None
    try:
        return _read(update)
    except (IndexError, MalformedFrame, UnicodeDecodeError):
        return None


def write_keystroke(caret: Caret, text: bytes) -> bytes:
    """The update that inserts ``text`` (UTF-8, not empty) at ``caret``, behind what its author typed before.

    Raises:
        ValueError: the caret's clock is not above 0.
    """
    return Typing(caret).type(text)


def moved(caret: Caret, text: bytes) -> Caret:
    """The caret after ``text``. Clocks count UTF-16 units.

    Raises:
        UnicodeDecodeError: ``text`` is not UTF-8.
    """
    client, clock, right = caret
    return Caret(client, clock + _units(text), right)


def _read(update: bytes) -> tuple[bytes, Caret] | None:
    _, pos = read_var_uint(update, 2)
    client = update[2:pos]
    clock, pos = read_var_uint(update, pos)
    info = update[pos]
    if info not in {_STRING, _STRING_BETWEEN}:
        return None
    pos = start = _after_id(update, pos + 1)
    if info == _STRING_BETWEEN:
        pos = _after_id(update, pos)
    right = update[start:pos]
    size, pos = read_var_uint(update, pos)
    text = update[pos : pos + size]
    if not text or update[pos + size :] != _NOTHING_DELETED:
        return None
    return text, Caret(client, clock + _units(text), right)


def _after_id(update: bytes, pos: int) -> int:
    _, pos = read_var_uint(update, pos)
    return read_var_uint(update, pos)[1]


def _one_unit(typed: bytes) -> bool:
    """Whether the rest of an update is a text of one UTF-16 unit and the end."""
    if len(typed) == _SHORTEST and typed[1] < _ASCII_END:
        return typed[0] == 1 and typed[2] == 0
    if not typed or typed[0] != len(typed) - 2 or typed[-1:] != _NOTHING_DELETED:
        return False
    try:
        text = typed[1:-1].decode()
    except UnicodeDecodeError:
        return False
    return len(text) == 1 and text <= _LAST_OF_ONE_UNIT


def _units(text: bytes) -> int:
    if len(text) == 1 and text[0] < _ASCII_END:
        return 1
    return len(text.decode().encode("utf-16-le")) // 2
