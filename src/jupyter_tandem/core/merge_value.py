"""Three-way merge of JSON values: per key where all are objects, else whole."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from jupyter_tandem.core.value import same_value


class _Absent(enum.Enum):
    """Stands for a key that is not there."""

    ABSENT = enum.auto()


ABSENT: Final = _Absent.ABSENT

Report = Callable[[str], None]
"""Told the dotted path of a key that both sides changed; ours was kept."""


def merge_value(base: Any, ours: Any, theirs: Any, path: str, report: Report) -> Any:
    """The side that changed wins; where both changed differently, ours does, except that objects are
    merged key by key. Any of the three may be :data:`ABSENT`, and so may the result.
    """
    if same_value(theirs, ours) or same_value(theirs, base):
        return ours
    if same_value(ours, base):
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return merge_mapping(base if isinstance(base, dict) else {}, ours, theirs, path, report)
    if base is ABSENT and ABSENT in (ours, theirs):
        return theirs if ours is ABSENT else ours
    report(path)
    return ours


def merge_mapping(
    base: Mapping[str, Any],
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    path: str,
    report: Report,
) -> dict[str, Any]:
    """Merge two objects key by key; keys in the order of ours, then of theirs."""
    merged: dict[str, Any] = {}
    for key in _keys(ours, theirs):
        value = merge_value(
            base.get(key, ABSENT),
            ours.get(key, ABSENT),
            theirs.get(key, ABSENT),
            f"{path}.{key}" if path else key,
            report,
        )
        if value is not ABSENT:
            merged[key] = value
    return merged


def _keys(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    yield from ours
    yield from (key for key in theirs if key not in ours)
