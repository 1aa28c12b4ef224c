"""What the desks of all documents work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from jupyter_tandem.core.execution.overflow import OUTPUT_BYTES
from jupyter_tandem.engine.execution.kernel_turns import KernelTurns
from jupyter_tandem.engine.execution.vouchers import Vouchers
from jupyter_tandem.engine.house import Landlord
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.kernels import Kernels
from jupyter_tandem.ports.runs import RunStore
from jupyter_tandem.protocol.run import Run
from jupyter_tandem.types import FileId


@dataclass(frozen=True, slots=True)
class Means:
    """What the host gives.

    Attributes:
        landlord: The documents.
        kernels: The server's kernels.
        store: Where runs are remembered.
        files: Where documents' files are.
        path_of: The same from memory: where a file is or was last.
        vouchers: What those who ask may do, as of any time.
        ended: Told of every run that was started and has ended, for the record (RUN-33).
        output_bytes: Text of a cell that is kept from its beginning.
    """

    landlord: Landlord
    kernels: Kernels
    store: RunStore
    files: Files
    path_of: Callable[[FileId], str | None]
    clock: Clock
    entropy: Entropy
    vouchers: Vouchers
    ended: Callable[[Run, FileId], None]
    output_bytes: int = OUTPUT_BYTES
    turns: KernelTurns = field(default_factory=KernelTurns)
