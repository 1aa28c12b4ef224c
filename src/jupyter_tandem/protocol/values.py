"""JSON-like values inside updates: skipped over, checked, never built.

Two encodings occur: lib0's binary ``any`` (npm ``lib0``, ``encoding.writeAny``) and, in old or rich-text
content, JSON as a string.
"""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol.lib0 import MAX_SAFE_INTEGER, read_var_uint

_BYTES: Final = 116
_ARRAY: Final = 117
_OBJECT: Final = 118
_STRING: Final = 119
_INTEGER: Final = 125
_CONTINUES: Final = 0x80
_FIRST_SIX_BITS: Final = 0x3F
_FIXED_SIZE: Final = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
"""Payload bytes of undefined, null, float32, float64, bigint, false and true."""

COLLECTION_WEIGHT: Final = 8
"""An array or object takes the CRDT library as much memory as eight plain values."""

_SMALLEST_MEMBER: Final = 2
"""Bytes of an object's smallest member: an empty key and a value without payload."""


def skip_any(data: bytes, pos: int, *, depth: int, budget: int) -> tuple[int, int]:
    """Check one value that starts at ``pos``.

    Args:
        data: The update.
        pos: Where the value starts.
        depth: How many arrays and objects may be open at once.
        budget: How many values it may consist of, itself included; an array or object counts as
            :data:`COLLECTION_WEIGHT`.

    Returns:
        The position after it, and what it took of the budget.

    Raises:
        MalformedFrame: not a value, or the bytes end early.
        LimitExceeded: ``depth`` or ``budget`` is passed.
    """
    used = 0
    pending = [1]
    keyed = [False]
    size = len(data)
    while pending:
        if not pending[-1]:
            pending.pop()
            keyed.pop()
            continue
        pending[-1] -= 1
        if keyed[-1]:
            pos = skip_text(data, pos)
        used += 1
        if pos >= size:
            raise MalformedFrame("The update ends in the middle of a value.")
        tag = data[pos]
        if tag in (_ARRAY, _OBJECT):
            count, pos = read_var_uint(data, pos + 1)
            is_object = tag == _OBJECT
            if count * (_SMALLEST_MEMBER if is_object else 1) > size - pos:
                raise MalformedFrame("The update claims more values than it has bytes.")
            if len(pending) > depth:
                raise LimitExceeded(f"A value in the update is nested deeper than {depth}.")
            used += COLLECTION_WEIGHT - 1
            if used + count > budget:
                raise LimitExceeded("The update consists of too many parts.")
            pending.append(count)
            keyed.append(is_object)
        else:
            pos = _skip_scalar(data, pos + 1, tag)
    return pos, used


def _skip_scalar(data: bytes, pos: int, tag: int) -> int:
    if tag == _STRING:
        return skip_text(data, pos)
    if tag == _INTEGER:
        return _skip_var_int(data, pos)
    if tag == _BYTES:
        length, pos = read_var_uint(data, pos)
        end = pos + length
    elif tag in _FIXED_SIZE:
        end = pos + _FIXED_SIZE[tag]
    else:
        raise MalformedFrame("The update holds a value of an unknown type.")
    if end > len(data):
        raise MalformedFrame("The update ends in the middle of a value.")
    return end


def _skip_var_int(data: bytes, pos: int) -> int:
    """Skip a signed integer: sign and six bits in the first byte, then seven bits per byte."""
    if pos >= len(data):
        raise MalformedFrame("The update ends in the middle of a value.")
    first = data[pos]
    if first < _CONTINUES:
        return pos + 1
    rest, pos = read_var_uint(data, pos + 1)
    if (rest << 6 | first & _FIRST_SIX_BITS) > MAX_SAFE_INTEGER:
        raise MalformedFrame("A number in the update is too large.")
    return pos


def skip_text(data: bytes, pos: int) -> int:
    """Skip a string that must be UTF-8; the CRDT library does not check it everywhere.

    Raises:
        MalformedFrame: it is not UTF-8, or longer than the bytes left.
    """
    length, pos = read_var_uint(data, pos)
    end = pos + length
    if end > len(data):
        raise MalformedFrame("The update claims a longer text than it has bytes.")
    raw = data[pos:end]
    if not raw.isascii():
        decode_text(raw)
    return end


def decode_text(raw: bytes) -> str:
    """Decode UTF-8.

    Raises:
        MalformedFrame: it is not UTF-8.
    """
    try:
        return str(raw, "utf-8")
    except UnicodeDecodeError:
        raise MalformedFrame("A text in the update is not UTF-8.") from None


_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[\]{}]', re.DOTALL)
"""Strings (an unterminated one runs to the end, so matching stays linear) and brackets."""


def check_json(text: str, *, depth: int) -> None:
    """Check that ``text`` is JSON that a JavaScript peer can parse.

    Raises:
        MalformedFrame: it is not JSON.
        LimitExceeded: it is nested deeper than ``depth``.
    """
    level = 0
    for match in _TOKEN.finditer(text):
        found = match.group()
        if found in "[{":
            level += 1
            if level > depth:
                raise LimitExceeded(f"A value in the update is nested deeper than {depth}.")
        elif found in "]}":
            level -= 1
    try:
        json.loads(text, parse_constant=_refuse_constant, parse_int=float)
    except (ValueError, RecursionError):
        raise MalformedFrame("A value in the update is not JSON.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
