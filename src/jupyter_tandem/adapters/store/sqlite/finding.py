"""What the doctor says: a problem in one sentence, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from jupyter_tandem.ports.store import Holder

KEEP_AND_MOVE = (
    "Stop the server and keep a copy of this directory. The file itself is as it was last saved: "
    "move the journal away to go on from the file; edits that were not in the file yet stay in the "
    "copy and in the browsers that made them."
)
BAD_DISK = (
    "Stop the server, keep a copy of this directory and check the disk. Put back the directory from "
    "a backup, or move it away to go on from the files as they were last saved."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a journal.

    Attributes:
        code: Stable, for programs: ``page``, ``document``, ``entry``, ``gap``, ``snapshot``,
            ``base``, ``orphan``, ``permission``, ``schema`` or ``unreadable``.
        problem: What is wrong, for people.
        advice: What to do.
        document: Id of the document concerned, ``None`` when it is the whole journal.
    """

    code: str
    problem: str
    advice: str
    document: str | None = None


@dataclass(slots=True)
class Report:
    """The state of one journal.

    Attributes:
        directory: Where it is.
        documents: How many journals it has.
        entries: How many entries, over all documents.
        size: Bytes of all its files.
        holder: Who holds the lease, ``None`` when nobody does.
        holder_lives: Whether the holder's process runs on this machine.
        findings: What is wrong; empty when nothing is.
    """

    directory: Path
    documents: int = 0
    entries: int = 0
    size: int = 0
    holder: Holder | None = None
    holder_lives: bool = False
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, problem: str, advice: str, document: str | None = None) -> None:
        """Note a finding."""
        self.findings.append(Finding(code, problem, advice, document))
