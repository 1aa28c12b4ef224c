"""The byte encoding under Yjs: variable-length integers, byte strings and strings.

Every reader takes ``(data, pos)`` and returns ``(value, next_pos)``. Nothing is allocated for a length
that the bytes do not have. Source of the format: the encoding module of npm ``lib0``.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from jupyter_tandem.errors import MalformedFrame

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that JavaScript peers can hold exactly."""

_COPIED_BYTES: Final = 1024 * 1024
"""What is copied at once: a fifth of a millisecond."""

_CONTINUES = 0x80
_PAYLOAD = 0x7F
_MAX_SHIFT = 49
"""Shift of the eighth byte, the last one an integer of 53 bits can need."""


def read_var_uint(data: bytes, pos: int) -> tuple[int, int]:
    """Read an unsigned integer (seven bits per byte, lowest first).

    Raises:
        MalformedFrame: the bytes end early, or the value is above ``2**53 - 1``.
    """
    try:
        byte = data[pos]
        if byte < _CONTINUES:
            return byte, pos + 1
        value = byte & _PAYLOAD
        shift = 7
        while True:
            pos += 1
            byte = data[pos]
            if byte < _CONTINUES:
                break
            value |= (byte & _PAYLOAD) << shift
            shift += 7
            if shift > _MAX_SHIFT:
                raise MalformedFrame("A number in the message is too large.")
    except IndexError:
        raise MalformedFrame("The message ends in the middle of a number.") from None
    value |= byte << shift
    if value > MAX_SAFE_INTEGER:
        raise MalformedFrame("A number in the message is too large.")
    return value, pos + 1


def write_var_uint(number: int) -> bytes:
    """Encode ``0 <= number <= 2**53 - 1`` in as few bytes as possible.

    Raises:
        ValueError: ``number`` is out of range.
    """
    if 0 <= number < _CONTINUES:
        return _ONE_BYTE[number]
    if not 0 <= number <= MAX_SAFE_INTEGER:
        raise ValueError(f"{number} is not an integer between 0 and 2**53 - 1")
    encoded = bytearray()
    while number >= _CONTINUES:
        encoded.append(number & _PAYLOAD | _CONTINUES)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


_ONE_BYTE = tuple(bytes([number]) for number in range(_CONTINUES))


def read_var_bytes(data: bytes, pos: int) -> tuple[bytes, int]:
    """Read a length and as many bytes.

    Raises:
        MalformedFrame: fewer bytes are left than the length claims.
    """
    length, pos = read_var_uint(data, pos)
    end = pos + length
    if end > len(data):
        raise MalformedFrame("The message claims more bytes than it has.")
    return data[pos:end], end


def write_var_bytes(data: bytes) -> bytes:
    """Encode the length of ``data`` and ``data``."""
    return write_var_uint(len(data)) + data


def read_var_string(data: bytes, pos: int) -> tuple[str, int]:
    """Read a length in bytes and that much UTF-8.

    Raises:
        MalformedFrame: fewer bytes are left than the length claims, or they are not UTF-8.
    """
    raw, pos = read_var_bytes(data, pos)
    try:
        return str(raw, "utf-8"), pos
    except UnicodeDecodeError:
        raise MalformedFrame("A text in the message is not UTF-8.") from None


def write_var_string(text: str) -> bytes:
    """Encode ``text`` as UTF-8 behind its length in bytes.

    Lone surrogates become U+FFFD (:func:`well_formed`).
    """
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        encoded = well_formed(text).encode()
    return write_var_bytes(encoded)


def well_formed(text: str) -> str:
    """``text`` with lone surrogates, which UTF-8 cannot hold, replaced by U+FFFD, as JavaScript does when it writes it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def put_together(pieces: Sequence[bytes | memoryview]) -> bytes:
    """``pieces`` as one; many bytes in steps, between which other threads get on."""
    if sum(map(len, pieces)) < _COPIED_BYTES:
        return b"".join(pieces)
    whole = BytesIO()
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), _COPIED_BYTES):
            whole.write(view[start : start + _COPIED_BYTES])
    return whole.getvalue()
