"""JSON values in the one form that Python, JavaScript and the CRDT can all hold."""

from __future__ import annotations

import math
from typing import Any, Final

from jupyter_tandem.errors import DocumentError
from jupyter_tandem.protocol.lib0 import well_formed

DEEPEST: Final = 200
"""Deepest nesting of content; real notebooks stay below 20, and recursion has to end somewhere."""

_INTEGER_END: Final = 2.0**63
"""Whole numbers from here on stay floating: the CRDT library takes integers of 64 bits and panics beyond."""


def normalise_value(value: Any, depth: int = DEEPEST) -> Any:
    """A copy of ``value`` with keys as text, whole numbers as ``int`` and text that UTF-8 can hold.

    Raises:
        DocumentError: not a JSON value, or nested too deep.
    """
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return normalise_text(value)
    if isinstance(value, (int, float)):
        return normalise_number(value)
    if not depth:
        raise DocumentError(f"The document is nested deeper than {DEEPEST} levels.")
    if isinstance(value, dict):
        return {
            normalise_text(str(key)): normalise_value(member, depth - 1)
            for key, member in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [normalise_value(member, depth - 1) for member in value]
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    raise DocumentError(f"The document holds a {type(value).__name__}, which no file can hold.")


def normalise_text(text: str) -> str:
    """``text`` with lone surrogates replaced by U+FFFD, as JavaScript does when it writes UTF-8."""
    return str(text if text.isascii() else well_formed(text))


def normalise_number(number: float) -> float | None:
    """The double that JavaScript would make of ``number``, as ``int`` when it is whole.

    What is not finite as a double becomes ``None``, as when JavaScript writes JSON.
    """
    try:
        double = float(number)
    except OverflowError:
        return None
    if not math.isfinite(double):
        return None
    if double.is_integer() and abs(double) < _INTEGER_END:
        return int(double)
    return double


def same_value(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON; unlike ``==``, ``True`` is not ``1``."""
    if one != other:
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same_value(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return all(same_value(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool)


def weight(value: Any) -> int:
    """How many characters of text are in a JSON value: about what it takes, where it takes much."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(weight, value.values()))
    return sum(map(weight, value)) if isinstance(value, list) else 1
