"""Puts running cells on one server together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jupyter_tandem.engine.execution.hall import RunHall
from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.engine.execution.vouchers import Vouchers
from jupyter_tandem.engine.house import Landlord
from jupyter_tandem.engine.sharing.audited_runs import AuditedRuns
from jupyter_tandem.engine.sharing.auditor import Auditor
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.kernels import Kernels
from jupyter_tandem.ports.runs import RunStore
from jupyter_tandem.types import FileId


@dataclass(frozen=True, slots=True)
class ExecutionNeeds:
    """What the host gives; see :class:`jupyter_tandem.engine.execution.means.Means`."""

    landlord: Landlord
    kernels: Kernels
    store: RunStore
    files: Files
    path_of: Callable[[FileId], str | None]
    clock: Clock
    entropy: Entropy
    vouchers: Vouchers
    auditor: Auditor
    output_bytes: int


def run_hall(needs: ExecutionNeeds) -> RunHall:
    """The desks of one server; every run is in its audit log."""
    return RunHall(
        Means(
            landlord=needs.landlord,
            kernels=needs.kernels,
            store=needs.store,
            files=needs.files,
            path_of=needs.path_of,
            clock=needs.clock,
            entropy=needs.entropy,
            vouchers=needs.vouchers,
            ended=AuditedRuns(needs.auditor).ended,
            output_bytes=needs.output_bytes,
        )
    )
