"""``GET api/collaboration/timeline/<path>``: a document's versions and a room that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.ports.history import History
from jupyter_tandem.types import Action


class TimelineRoute(TandemRoute):
    """Opens a preview; the document itself is not touched."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, history: History) -> None:
        """Ask ``history``."""
        self._history = history

    async def get(self, path: str) -> None:
        """Answer with the versions' times, oldest first. Stock clients separate the query by ``&&``."""
        values = {name: self.get_query_argument(name, None) for name in ("format", "type")}
        kind = self.kind(values)
        with self.refusing():
            timeline = await self._history.timeline(path, kind, self.visitor)
            self.finish(
                {
                    "roomId": timeline.root,
                    "timestamps": list(timeline.timestamps),
                    "forkRoom": timeline.preview,
                    "sessionId": timeline.lineage,
                }
            )
