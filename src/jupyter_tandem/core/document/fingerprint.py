"""A hash of shared content that Python and JavaScript peers can both make (docs/spec/content.md, CONTENT-20)."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from typing import Any, Final

from jupyter_tandem.core.sha256 import feed

_DEPTH: Final = 2
"""Down to the cells of a notebook, text is hashed piece by piece: a large one is never there as a whole."""


def fingerprint(roots: dict[str, Any]) -> str:
    """SHA-256 (hexadecimal) of the canonical text of all shared types by name."""
    digest = hashlib.sha256()
    for piece in _pieces(roots, _DEPTH):
        feed(digest, piece.encode())
    return digest.hexdigest()


def _pieces(value: Any, depth: int) -> Iterator[str]:
    if not depth or not isinstance(value, dict | list):
        yield canonical(value)
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    named = _sorted(value) if isinstance(value, dict) else (("", item) for item in value)
    yield opening
    for number, (name, item) in enumerate(named):
        yield ("," if number else "") + (f"{canonical(name)}:" if isinstance(value, dict) else "")
        yield from _pieces(item, depth - 1)
    yield closing


def _sorted(value: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))


def canonical(value: Any) -> str:
    """JSON without spaces, keys in order of their UTF-16 code units.

    Numbers are the sixteen hexadecimal digits of their double behind ``#``, a blob's bytes their hexadecimal
    digits behind ``$``.
    """
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        # Adding zero turns -0.0, which not every encoding keeps, into 0.0.
        return "#" + struct.pack(">d", float(value) + 0.0).hex()
    if isinstance(value, (bytes, bytearray)):
        return f"${value.hex()}"
    if isinstance(value, dict):
        members = (f"{canonical(key)}:{canonical(item)}" for key, item in _sorted(value))
        return "{" + ",".join(members) + "}"
    return "[" + ",".join(canonical(item) for item in value) + "]"
