"""Whom a server's routes ask about documents, all together."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_tandem.ports.execution import CellRunner
from jupyter_tandem.ports.history import Forks, History
from jupyter_tandem.ports.outputs import Outputs
from jupyter_tandem.ports.reception import Reception


@dataclass(frozen=True, slots=True)
class Staff:
    """The only way from a route to a document. Everything that is asked here says who asks.

    So whatever must hold of every way to a document is put around all of them at once, and who adds another way
    cannot forget it: no member has a default.

    Attributes:
        reception: Lets connections in.
        forks: Answers about forks.
        history: Answers about earlier versions.
        runner: Runs cells.
        outputs: Gives big outputs.
    """

    reception: Reception
    forks: Forks
    history: History
    runner: CellRunner
    outputs: Outputs
