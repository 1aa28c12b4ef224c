"""What everybody in a room is told of its kernel and its runs (docs/spec/execution.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_tandem.protocol.frames import Execution


class Board:
    """Keeps what was posted, for those who come later. Knows nothing of what it means."""

    def __init__(self) -> None:
        """No kernel, no question, no run."""
        self._facts: dict[str, Any] = {"kernel": None, "input": None}
        self._runs: dict[int, Mapping[str, Any]] = {}
        self._at = ""

    def post(self, body: Mapping[str, Any], forgotten: Iterable[int] = ()) -> None:
        """Take news, as the body of an Execution frame, and drop the ``forgotten`` runs.

        With ``full`` they are everything there is.
        """
        if body.get("full") is True:
            self._facts = {"kernel": None, "input": None}
            self._runs = {}
            self._at = ""
        self._at = body.get("at", self._at)
        for run in body.get("runs", ()):
            self._runs[run["id"]] = run
        for run_id in forgotten:
            self._runs.pop(run_id, None)
        self._facts.update((key, body[key]) for key in self._facts if key in body)

    def whole(self) -> Execution:
        """Everything, for a newcomer."""
        runs = [self._runs[run_id] for run_id in sorted(self._runs)]
        # Only where cells are run elsewhere there is anything to say about where.
        at = {"at": self._at} if self._at else {}
        return Execution({"full": True, **at, **self._facts, "runs": runs})
