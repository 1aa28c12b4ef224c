"""What belongs to a run that waits and is not stored with it."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_tandem.core.document.cell_code import CellCode
from jupyter_tandem.ports.reception import Grants


@dataclass(frozen=True, slots=True)
class Order:
    """What has to be known of a run to start it.

    Attributes:
        code: What is run.
        grants: By whose word; ``None`` needs none.
        ask: Whether the code may ask people for input.
    """

    code: CellCode
    grants: Grants | None
    ask: bool
