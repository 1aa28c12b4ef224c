"""Differences of long sequences that repeat themselves, where :mod:`difflib` takes quadratic time.

E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), the greedy algorithm of
section 4: time grows with the square of the number of edits, not with repetition.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def common_elements(
    old: Sequence[Hashable], new: Sequence[Hashable], most_edits: int
) -> list[tuple[int, int]] | None:
    """Pairs of indices (old, new) that a shortest edit keeps, in order.

    Returns:
        ``None`` when more than ``most_edits`` elements would have to be inserted or removed.
    """
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(most_edits + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(furthest, diagonal, edits)
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(old) and y >= len(new):
                return _retrace(trace, len(old), len(new))
    return None


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a path reaches ``diagonal`` by one more insertion or removal."""
    if _inserts(furthest, diagonal, edits):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _inserts(furthest: dict[int, int], diagonal: int, edits: int) -> bool:
    if diagonal in (-edits, edits):
        return diagonal == -edits
    return furthest[diagonal - 1] < furthest[diagonal + 1]


def _retrace(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for edits in reversed(range(len(trace))):
        furthest, diagonal = trace[edits], x - y
        before = diagonal + 1 if _inserts(furthest, diagonal, edits) else diagonal - 1
        before_x = furthest[before]
        before_y = before_x - before
        while x > max(before_x, 0) and y > max(before_y, 0):
            x, y = x - 1, y - 1
            kept.append((x, y))
        x, y = before_x, before_y
    return kept[::-1]
