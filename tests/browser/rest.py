"""What has come to rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")

_LOOKS = 10
_EVERY_S = 0.1
"""JupyterLab lays out a toolbar again half a second after something has changed."""


async def at_rest(look: Callable[[], Awaitable[_T]]) -> _T:
    """Return what is seen, once it has been the same for a second."""
    seen, same = await look(), 0
    while same < _LOOKS:
        await asyncio.sleep(_EVERY_S)
        now = await look()
        same = same + 1 if now == seen else 0
        seen = now
    return seen
