"""Three-way merge of one cell (docs/spec/merge.md)."""

from __future__ import annotations

from typing import Any, Final

from jupyter_tandem.core.conflict import Conflict, Kept
from jupyter_tandem.core.content import (
    ATTACHMENT_DIGESTS,
    OUTPUTS_DIGEST,
    attachment_digests,
    outputs_digest,
)
from jupyter_tandem.core.merge_lines import merge_text
from jupyter_tandem.core.merge_value import ABSENT, Report, merge_mapping, merge_value

Cell = dict[str, Any]

_CODE: Final = "code"
_APART: Final = frozenset(
    {
        "attachments",
        "cell_type",
        "execution_count",
        "id",
        "outputs",
        "source",
        ATTACHMENT_DIGESTS,
        OUTPUTS_DIGEST,
    }
)
"""Keys with a rule of their own; the others are merged by key."""


def merge_cell(base: Cell | None, ours: Cell, theirs: Cell, conflicts: list[Conflict]) -> Cell:
    """Merge two versions of a cell (normal form; ``base`` may be reduced). The id is ours."""
    if ours == theirs:
        return ours
    cell_id: str = ours.get("id") or theirs.get("id") or ""
    before = base if base is not None else {}

    def report(path: str) -> None:
        conflicts.append(Conflict(cell_id, path, Kept.OURS))

    merged = merge_mapping(_rest(before), _rest(ours), _rest(theirs), "", report)
    merged["cell_type"] = merge_value(
        before.get("cell_type", ABSENT), ours["cell_type"], theirs["cell_type"], "cell_type", report
    )
    if cell_id:
        merged["id"] = cell_id
    merged["source"] = _merge_source(cell_id, base, ours, theirs, conflicts)
    if merged["cell_type"] == _CODE:
        merged |= _merge_run(cell_id, base, ours, theirs, conflicts)
    attachments = _merge_attachments(before, ours, theirs, report)
    if attachments:
        merged["attachments"] = attachments
    return merged


def _rest(cell: Cell) -> Cell:
    return {key: value for key, value in cell.items() if key not in _APART}


def _merge_source(
    cell_id: str, base: Cell | None, ours: Cell, theirs: Cell, conflicts: list[Conflict]
) -> str:
    text = merge_text(
        base["source"] if base is not None else None, ours["source"], theirs["source"]
    )
    conflicts += [Conflict(cell_id, "source", Kept.BOTH, line) for line in text.conflicts]
    return text.text


def _merge_run(
    cell_id: str, base: Cell | None, ours: Cell, theirs: Cell, conflicts: list[Conflict]
) -> Cell:
    """Outputs and the execution count belong together and come from one side."""
    if theirs["cell_type"] != _CODE:
        return _run(ours)
    if ours["cell_type"] != _CODE:
        return _run(theirs)
    if base is None:
        return _run(ours if _ran(ours) else theirs)
    before, our_marks, their_marks = _marks(base), _marks(ours), _marks(theirs)
    if their_marks in (before, our_marks):
        return _run(ours)
    if our_marks == before:
        return _run(theirs)
    only_theirs_edited = theirs["source"] != base["source"] and ours["source"] == base["source"]
    kept = Kept.THEIRS if only_theirs_edited else Kept.OURS
    conflicts.append(Conflict(cell_id, "outputs", kept))
    return _run(theirs if only_theirs_edited else ours)


def _run(cell: Cell) -> Cell:
    return {"outputs": cell["outputs"], "execution_count": cell["execution_count"]}


def _ran(cell: Cell) -> bool:
    return bool(cell["outputs"]) or cell["execution_count"] is not None


def _marks(cell: Cell) -> tuple[str, Any]:
    return outputs_digest(cell), cell.get("execution_count")


def _merge_attachments(before: Cell, ours: Cell, theirs: Cell, report: Report) -> dict[str, Any]:
    """Per name; digests say which changed."""
    digests = merge_mapping(
        attachment_digests(before),
        attachment_digests(ours),
        attachment_digests(theirs),
        "attachments",
        report,
    )
    our_digests = attachment_digests(ours)
    return {
        name: (ours if our_digests.get(name) == digest else theirs)["attachments"][name]
        for name, digest in digests.items()
    }
