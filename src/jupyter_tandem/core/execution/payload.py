"""What a kernel's reply asks of the front end beside outputs (RUN-22)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def pages(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Texts that the kernel wants to be paged, such as the help of ``?``: front ends show them as displays."""
    payload = content.get("payload")
    for entry in payload if isinstance(payload, list) else ():
        if isinstance(entry, dict) and entry.get("source") == "page":
            yield {"data": entry.get("data"), "metadata": {}}
