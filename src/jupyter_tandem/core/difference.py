"""Where two texts or sequences differ, with :mod:`difflib` behind cheap trimming of what is equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

_THOROUGH_PAIRS: Final = 2_000_000
"""Pairs of equal elements up to which difflib looks at all of them (below a second); above, its heuristic
leaves out the most frequent lines, which keeps ordinary files of 20,000 lines below a second too."""

_CHARACTERWISE: Final = 2_000
"""Longest changed stretch that is compared character by character; beyond, it is replaced whole."""

_SIMILAR: Final = 0.5
"""Below this ratio two stretches have nothing but chance in common, and one replacement reads better."""


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
    matcher = SequenceMatcher(
        None, old_middle, new_middle, autojunk=_pairs(old_middle, new_middle) > _THOROUGH_PAIRS
    )
    return [
        Change(prefix + i1, prefix + i2, prefix + j1, prefix + j2)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


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
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        if matcher.ratio() >= _SIMILAR:
            for tag, i1, i2, j1, j2 in matcher.get_opcodes():
                if tag != "equal":
                    yield TextEdit(offset + i1, offset + i2, new[j1:j2])
            return
    if old or new:
        yield TextEdit(offset, offset + len(old), new)


def _pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    counts = Counter(old)
    return sum(counts[element] for element in new)


def _common_prefix(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    limit = min(len(old), len(new))
    if old[:limit] == new[:limit]:
        return limit
    for index in range(limit):
        if old[index] != new[index]:
            return index
    return limit


def _common_suffix(old: Sequence[Hashable], new: Sequence[Hashable], prefix: int) -> int:
    limit = min(len(old), len(new)) - prefix
    for index in range(limit):
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
