"""What stands in a document for a big output that is kept beside it (docs/spec/big-outputs.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

STAND_IN: Final = "application/vnd.tandem.output+json"
"""The MIME type under which an output says that it is a stand-in."""

NAME: Final = re.compile(r"[0-9a-f]{64}")
"""What names of big outputs look like: a SHA-256 in hexadecimal digits."""

_KEEP_TYPE: Final = ("display_data", "execute_result")
"""Output types that can hold a MIME bundle; others are stood in for by ``display_data``."""

_MOST_BYTES: Final = 2.0**53

_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StandIn:
    """A big output's name and size.

    Attributes:
        sha256: SHA-256 of the output's canonical text, in hexadecimal digits; its name.
        size_bytes: Length of that text.
        document: Id of the document beside which it is kept.
    """

    sha256: str
    size_bytes: int
    document: str


def stand_in_of(output: Any) -> StandIn | None:
    """What ``output`` stands for, or ``None`` when it is an output like others."""
    data = output.get("data") if isinstance(output, Mapping) else None
    told = data.get(STAND_IN) if isinstance(data, Mapping) else None
    if not isinstance(told, Mapping):
        return None
    name, size, document = told.get("sha256"), told.get("bytes"), told.get("document")
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        return None
    # The CRDT hands out whole numbers as floating ones.
    if not isinstance(size, (int, float)) or not isinstance(document, str):
        return None
    return StandIn(name, int(size), document) if 0 <= size < _MOST_BYTES else None


def make_stand_in(output: Mapping[str, Any], held: StandIn) -> dict[str, Any]:
    """An output that stands for ``output``; it keeps type and count, which front ends show beside it."""
    output_type = output.get("output_type")
    told = {"sha256": held.sha256, "bytes": held.size_bytes, "document": held.document}
    kept_type = output_type if output_type in _KEEP_TYPE else _KEEP_TYPE[0]
    made: dict[str, Any] = {
        "output_type": kept_type,
        "metadata": {},
        "data": {
            STAND_IN: told,
            "text/plain": f"[An output of {held.size_bytes / _MEGABYTE:.1f} MB, kept beside the document]",
        },
    }
    if kept_type == "execute_result":
        made["execution_count"] = output.get("execution_count")
    return made
