"""A hash of shared content that Python and JavaScript peers can both make (docs/spec/content.md, CONTENT-20)."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any


def fingerprint(roots: dict[str, Any]) -> str:
    """SHA-256 (hexadecimal) of the canonical text of all shared types by name."""
    return hashlib.sha256(canonical(roots).encode()).hexdigest()


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
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(item)}" for key, item in members) + "}"
    return "[" + ",".join(canonical(item) for item in value) + "]"
