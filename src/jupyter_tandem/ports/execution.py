"""What a server's routes ask of the engine: to run a cell for somebody without a connection to its room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.types import User


@dataclass(frozen=True, slots=True)
class RunReceipt:
    """What became of a wish.

    Attributes:
        runs: The run that was queued.
        code: Why it was refused, as Run answers say it, or ``""``.
        message: The same for people.
    """

    runs: tuple[int, ...]
    code: str
    message: str


class CellRunner(Protocol):
    """Runs cells."""

    async def run_cell(self, document_id: str, cell: str, user: User, grants: Grants) -> RunReceipt:
        """Queue one cell as it is now; durable on return.

        Args:
            document_id: Room id.
            cell: Its id.
            user: Who wishes it.
            grants: By whose word they may.

        Raises:
            NotFound, FileError, StoreError, ServerFull: the document cannot be opened.
        """
