"""Where two texts or sequences differ, with :mod:`difflib` behind cheap trimming of what is equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from jupyter_tandem.core.shortest_edit import common_elements

_THOROUGH_PAIRS: Final = 200_000
"""Pairs of equal elements up to which difflib looks at all of them, for each stretch it finds."""

_MOST_EDITS: Final = 500
"""Lines inserted and removed up to which a repetitive text is compared exactly (below a second); beyond,
difflib's heuristic leaves out the most frequent lines."""

_STRIDE: Final = 1_024
"""Elements compared at once while trimming what is equal."""

_CHARACTERWISE: Final = 2_000
"""Longest changed stretch of lines that is compared by character; beyond, it is replaced whole."""

_SIMILAR: Final = 0.5
"""Share of the shorter stretch that must be in the other, or they are alike by chance and replaced whole."""

_WORTH_KEEPING: Final = 3
"""Characters that must be equal in a row to be kept between two edits."""


@dataclass(frozen=True, slots=True)
class Change:
    """``old[start:end]`` is replaced by ``new[new_start:new_end]``."""

    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True, slots=True)
class TextEdit:
    """The characters ``start:end`` of the old text are replaced by ``text``."""

    start: int
    end: int
    text: str


def changes(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Change]:
    """What turns ``old`` into ``new``, in order, without overlaps. Deterministic; not always the shortest."""
    prefix = _common_prefix(old, new)
    suffix = _common_suffix(old, new, prefix)
    old_middle, new_middle = old[prefix : len(old) - suffix], new[prefix : len(new) - suffix]
    if not old_middle and not new_middle:
        return []
    if not old_middle or not new_middle:
        return [Change(prefix, len(old) - suffix, prefix, len(new) - suffix)]
    blocks = _matching_blocks(old_middle, new_middle)
    return _between(blocks, prefix, len(old) - suffix, len(new) - suffix)


def _matching_blocks(
    old: Sequence[Hashable], new: Sequence[Hashable]
) -> Sequence[tuple[int, int, int]]:
    """Stretches that are kept: start in old, start in new, length."""
    repetitive = _pairs(old, new) > _THOROUGH_PAIRS
    if repetitive:
        kept = common_elements(old, new, _MOST_EDITS)
        if kept is not None:
            return _stretches(kept)
    return SequenceMatcher(None, old, new, autojunk=repetitive).get_matching_blocks()


def _stretches(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Consecutive pairs as start in old, start in new, length."""
    found: list[tuple[int, int, int]] = []
    for x, y in pairs:
        if found and (x, y) == (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]):
            found[-1] = (*found[-1][:2], found[-1][2] + 1)
        else:
            found.append((x, y, 1))
    return found


def _between(
    blocks: Sequence[tuple[int, int, int]], prefix: int, old_end: int, new_end: int
) -> list[Change]:
    """What lies between kept stretches (counted from ``prefix``)."""
    found: list[Change] = []
    old_at = new_at = prefix
    for start, new_start, length in (*blocks, (old_end - prefix, new_end - prefix, 0)):
        if (old_at, new_at) != (prefix + start, prefix + new_start):
            found.append(Change(old_at, prefix + start, new_at, prefix + new_start))
        old_at, new_at = prefix + start + length, prefix + new_start + length
    return found


def text_edits(old: str, new: str) -> list[TextEdit]:
    """What turns ``old`` into ``new``: by line, then by character where lines resemble each other.

    In order, without overlaps; offsets count characters of ``old``.
    """
    if old == new:
        return []
    old_lines, new_lines = _keep_ends(old), _keep_ends(new)
    old_at, new_at = _offsets(old_lines), _offsets(new_lines)
    edits: list[TextEdit] = []
    for change in changes(old_lines, new_lines):
        start, end = old_at[change.start], old_at[change.end]
        replacement = new[new_at[change.new_start] : new_at[change.new_end]]
        edits += _refine(old[start:end], replacement, start)
    return edits


def is_subsequence(part: Sequence[Hashable], whole: Sequence[Hashable]) -> bool:
    """Whether all of ``part`` occurs in ``whole`` in this order, perhaps with more in between."""
    if len(part) > len(whole):
        return False
    rest = iter(whole)
    return all(element in rest for element in part)


def _refine(old: str, new: str, offset: int) -> Iterator[TextEdit]:
    prefix = _common_prefix(old, new)
    suffix = _common_suffix(old, new, prefix)
    old, new = old[prefix : len(old) - suffix], new[prefix : len(new) - suffix]
    offset += prefix
    if old and new and len(old) <= _CHARACTERWISE and len(new) <= _CHARACTERWISE:
        shorter = min(len(old), len(new))
        blocks = [
            block
            for block in _matching_blocks(old, new)
            if block[2] >= min(_WORTH_KEEPING, shorter)
        ]
        if sum(length for _, _, length in blocks) >= _SIMILAR * shorter:
            for change in _between(blocks, 0, len(old), len(new)):
                yield TextEdit(
                    offset + change.start,
                    offset + change.end,
                    new[change.new_start : change.new_end],
                )
            return
    if old or new:
        yield TextEdit(offset, offset + len(old), new)


def _pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    counts = Counter(old)
    return sum(counts[element] for element in new)


def _common_prefix(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    limit = min(len(old), len(new))
    start = 0
    while start < limit and old[start : start + _STRIDE] == new[start : start + _STRIDE]:
        start += _STRIDE
    for index in range(min(start, limit), limit):
        if old[index] != new[index]:
            return index
    return limit


def _common_suffix(old: Sequence[Hashable], new: Sequence[Hashable], prefix: int) -> int:
    limit = min(len(old), len(new)) - prefix
    start, old_end, new_end = 0, len(old), len(new)
    while (
        start + _STRIDE <= limit
        and old[old_end - start - _STRIDE : old_end - start]
        == new[new_end - start - _STRIDE : new_end - start]
    ):
        start += _STRIDE
    for index in range(start, limit):
        if old[-1 - index] != new[-1 - index]:
            return index
    return limit


def _keep_ends(text: str) -> list[str]:
    """Lines with their line feed; unlike ``str.splitlines`` nothing else ends a line."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _offsets(lines: Sequence[str]) -> list[int]:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets
