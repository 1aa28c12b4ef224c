"""How a document and its file stand to each other, and the sentence that says so."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from jupyter_tandem.core.inputs import FileReport
from jupyter_tandem.ports.files import FileStamp


class Standing(str, enum.Enum):
    """What a front end shows about the file; the values travel."""

    IN_FILE = "in_file"
    PENDING = "pending"
    READ_ONLY = "read_only"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    FAILED = "failed"


_MISSING: Final = "The file was deleted or moved away. Edits are kept here; save to make it again."
_LOST: Final = "The file was deleted or moved away. Edits are kept here; copy what you need."
_READ_ONLY: Final = "The file cannot be written. Edits are kept here."


@dataclass(slots=True)
class FileFacts:
    """What the bridge knows of the file.

    Attributes:
        stamp: The version that was dealt with last; ``None`` when there is no file or none was seen.
        missing: Whether it was deleted or moved out of reach.
        unreadable: Why that version is no document, or ``""``.
        failure: Why the last turn came to nothing, or ``""``.
        path: Where the file is or was last.
        saved_at: Unix seconds of the last time the file was read or written, or ``None``.
    """

    stamp: FileStamp | None = None
    missing: bool = False
    unreadable: str = ""
    failure: str = ""
    path: str = ""
    saved_at: float | None = None

    @property
    def unknown(self) -> bool:
        """Whether the file was not seen yet."""
        return self.stamp is None and not self.missing

    @property
    def may_write(self) -> bool:
        """Whether the file may be written without being asked to."""
        return self.stamp is not None and self.stamp.writable and not self.unreadable

    def moved(self, stamp: FileStamp) -> None:
        """The same version was seen, perhaps elsewhere or with other permissions."""
        self.stamp, self.path = stamp, stamp.path

    def saw(self, stamp: FileStamp) -> None:
        """Another version was seen."""
        self.moved(stamp)
        self.missing, self.unreadable = False, ""

    def held(self, stamp: FileStamp, now: float) -> None:
        """A version was read into the document or written from it at ``now`` (Unix seconds)."""
        self.saw(stamp)
        self.saved_at = now

    def standing(self, *, unsaved: bool) -> tuple[Standing, str]:
        """What to show, and why."""
        if self.missing:
            return Standing.MISSING, _MISSING if self.path else _LOST
        if self.unreadable:
            reason = f"The file on disk is not a valid document: {self.unreadable} "
            return Standing.UNREADABLE, reason + "Edits are kept here; save to replace it."
        if self.stamp is not None and not self.stamp.writable:
            return Standing.READ_ONLY, _READ_ONLY
        if self.failure:
            return Standing.FAILED, f"Cannot save: {self.failure}"
        return (Standing.PENDING if unsaved else Standing.IN_FILE), ""

    def report(self, *, unsaved: bool) -> FileReport:
        """The facts as the room passes them on."""
        standing, reason = self.standing(unsaved=unsaved)
        file_hash = self.stamp.file_hash if self.stamp is not None else ""
        return FileReport(standing.value, self.saved_at, reason, self.path, file_hash)
