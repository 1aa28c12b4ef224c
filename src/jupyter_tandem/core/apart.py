"""Frees the content of large notebooks in steps.

Whoever drops the last hold on ten thousand cells frees them in one step of 30 to 60 ms, in which no other thread of the
process gets on.
"""

from __future__ import annotations

from typing import Any, Final

_CELLS: Final = 100
"""Freed at once: less than a millisecond."""


def take_apart(content: Any) -> None:
    """Take the cells out of ``content``, which nobody uses any more; content of another kind stays as it is."""
    cells = content.get("cells") if isinstance(content, dict) else None
    if isinstance(cells, list):
        while cells:
            del cells[-_CELLS:]
