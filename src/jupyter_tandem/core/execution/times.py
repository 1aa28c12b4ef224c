"""Times of a run under the names by which JupyterLab records them in a cell's metadata (RUN-24)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Times:
    """Collects what the kernel's messages say of when."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[str, str] = {}
        self._last = ""

    def note(
        self,
        channel: str,
        kind: str,
        content: Mapping[str, Any],
        metadata: Mapping[str, Any],
        date: str,
    ) -> None:
        """Take the date (ISO 8601) of a message."""
        self._last = date or self._last
        if channel == "iopub" and kind == "status":
            self._known[f"iopub.status.{content.get('execution_state', '')}"] = date
        elif channel == "iopub" and kind == "execute_input":
            self._known["iopub.execute_input"] = date
        elif channel == "shell" and kind == "execute_reply":
            started = metadata.get("started")
            if isinstance(started, str):
                self._known["shell.execute_reply.started"] = started
            self._known["shell.execute_reply"] = date

    def ended(self, *, failed: bool) -> dict[str, str]:
        """All of them; ``failed``: the run did not come to its end."""
        if failed and self._last:
            self._known["execution_failed"] = self._last
        return {name: date for name, date in self._known.items() if date}
