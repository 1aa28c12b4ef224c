"""Writes JSON with an indent of one, as nbformat lays notebooks out.

The standard library indents in Python, an element at a time, and a stream output of fifty megabytes is three million lines.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any

from nbformat.v4.nbjson import BytesEncoder


def indented(value: Any, depth: int = 0) -> str:
    """What ``json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)`` writes, ``depth`` levels below the top.

    Raises:
        TypeError: the value is none that nbformat writes, or a key is no string.
        RecursionError: it is nested too deep.
    """
    return _written(value, "\n" + " " * depth)


def _written(value: Any, margin: str) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        return _object(value, margin)
    if isinstance(value, list | tuple):
        return _array(value, margin)
    return json.dumps(value, cls=BytesEncoder)


def _object(value: dict[Any, Any], margin: str) -> str:
    if not value:
        return "{}"
    inner = margin + " "
    members = []
    for key in sorted(value):
        if not isinstance(key, str):
            raise TypeError("a key is no text")
        members.append(f"{encode_basestring(key)}: {_written(value[key], inner)}")
    return "{" + inner + ("," + inner).join(members) + margin + "}"


def _array(value: list[Any] | tuple[Any, ...], margin: str) -> str:
    if not value:
        return "[]"
    inner = margin + " "
    if set(map(type, value)) == {str}:
        # Most of a notebook are lines.
        elements = ("," + inner).join(map(encode_basestring, value))
    else:
        elements = ("," + inner).join([_written(element, inner) for element in value])
    return "[" + inner + elements + margin + "]"
