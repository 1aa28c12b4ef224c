"""Three-way merge of texts by line (docs/spec/merge.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from jupyter_tandem.core.difference import Change, changes, is_subsequence
from jupyter_tandem.core.sliding import comparable_changes

Lines: TypeAlias = Sequence[str]


@dataclass(frozen=True, slots=True)
class MergedText:
    """A merged text and the lines of it (from 0) at which both sides had changed the same place."""

    text: str
    conflicts: tuple[int, ...]


def merge_text(base: str | None, ours: str, theirs: str) -> MergedText:
    """Merge two texts that come from ``base``; ``None``: from something unknown.

    Changes of both sides are kept. Where both changed the same place, the side that contains the other is
    kept, else both are: ours first.
    """
    if base in (ours, theirs) or ours == theirs:
        return MergedText(theirs if base == ours else ours, ())
    our_lines, their_lines = ours.split("\n"), theirs.split("\n")
    if base is None:
        return _merged(*_union(our_lines, their_lines))
    base_lines = base.split("\n")
    if _continues(base_lines, their_lines, our_lines):
        return MergedText(ours, ())
    if _continues(base_lines, our_lines, their_lines):
        return MergedText(theirs, ())
    return _merged(*_merge_regions(base_lines, our_lines, their_lines))


def _merged(lines: Lines, conflicts: Sequence[int]) -> MergedText:
    return MergedText("\n".join(lines), tuple(conflicts))


def _continues(base: Lines, earlier: Lines, later: Lines) -> bool:
    """Whether ``later`` does all that ``earlier`` does to ``base``: it holds all its lines, in order, and
    none that ``earlier`` removed.
    """
    if not is_subsequence(earlier, later):
        return False
    removed = Counter(base) - Counter(earlier)
    kept, held = Counter(earlier), Counter(later)
    return all(held[line] <= kept[line] for line in removed)


def _merge_regions(base: Lines, ours: Lines, theirs: Lines) -> tuple[list[str], list[int]]:
    """Replace each region of the base by what both sides make of it.

    A line of the base stays where neither side removed it; every line of a region was removed by one.
    """
    merged: list[str] = []
    conflicts: list[int] = []
    position = 0
    for region in _regions(*comparable_changes(base, ours, theirs)):
        start, end = region[0].start, max(change.end for change in region)
        merged += base[position:start]
        position = end
        added: dict[bool, list[str]] = {True: [], False: []}
        for change in region:
            side = ours if change.is_ours else theirs
            added[change.is_ours] += side[change.new_start : change.new_end]
        lines, at = _resolve(base[start:end], added[True], added[False])
        conflicts += [len(merged) + index for index in at]
        merged += lines
    merged += base[position:]
    return merged, conflicts


@dataclass(frozen=True, slots=True)
class _OwnedChange(Change):
    """A change of one side."""

    is_ours: bool


def _regions(ours: Sequence[Change], theirs: Sequence[Change]) -> Iterator[list[_OwnedChange]]:
    """Changes in order of the base, grouped where they overlap or where one inserts next to another."""
    owned = [_owned(change, is_ours=True) for change in ours]
    owned += [_owned(change, is_ours=False) for change in theirs]
    owned.sort(key=lambda change: (change.start, change.end, not change.is_ours))
    region: list[_OwnedChange] = []
    end = -1
    for change in owned:
        touches = change.start == end and (
            change.start == change.end or any(other.start == other.end for other in region)
        )
        if region and change.start >= end and not touches:
            yield region
            region = []
        region.append(change)
        end = max(end, change.end)
    if region:
        yield region


def _owned(change: Change, *, is_ours: bool) -> _OwnedChange:
    return _OwnedChange(change.start, change.end, change.new_start, change.new_end, is_ours)


def _resolve(base: Lines, ours: list[str], theirs: list[str]) -> tuple[list[str], list[int]]:
    if not theirs or _contains(ours, theirs, base):
        return ours, []
    if not ours or _contains(theirs, ours, base):
        return theirs, []
    return _union(ours, theirs)


def _union(ours: Lines, theirs: Lines) -> tuple[list[str], list[int]]:
    """All lines of both; equal ones once; where they differ ours first."""
    united: list[str] = []
    conflicts: list[int] = []
    position = 0
    for change in changes(ours, theirs):
        united += ours[position : change.start]
        position = change.end
        our_part = list(ours[change.start : change.end])
        their_part = list(theirs[change.new_start : change.new_end])
        if not our_part or _contains(their_part, our_part, ()):
            united += their_part
        elif not their_part or _contains(our_part, their_part, ()):
            united += our_part
        else:
            conflicts.append(len(united))
            united += our_part + their_part
    united += ours[position:]
    return united, conflicts


def _contains(whole: Lines, part: Lines, base: Lines) -> bool:
    """Whether ``whole`` can be what became of ``part`` by typing on.

    Every line of ``part`` begins a line of ``whole``, in order (an empty line begins any); or ``part`` lies between the changed
    ``base`` and ``whole``, each holding all characters of the one before.
    """
    rest = iter(whole)
    if all(any(candidate.startswith(line) for candidate in rest) for line in part):
        return True
    before, between, after = "\n".join(base), "\n".join(part), "\n".join(whole)
    return (
        bool(before.strip()) and is_subsequence(before, between) and is_subsequence(between, after)
    )
