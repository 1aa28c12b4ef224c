"""Long work in portions, so that everybody else gets their turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final, TypeVar

Item = TypeVar("Item")

PORTION: Final = 500
"""Cells dealt with in one go; with each taking some microseconds that are a few milliseconds."""


async def portions(items: Sequence[Item], size: int = PORTION) -> AsyncIterator[Sequence[Item]]:
    """Give out ``items`` in portions of ``size``, and let the event loop turn between two."""
    for start in range(0, len(items), size):
        if start:
            await asyncio.sleep(0)
        yield items[start : start + size]
