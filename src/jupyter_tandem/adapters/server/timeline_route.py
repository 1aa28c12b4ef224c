"""``GET api/collaboration/timeline/<path>``: a document's versions and a room that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import unquote

from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.history import History, Timeline
from jupyter_tandem.types import Action, DocumentKind


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
            timeline = await self._timeline(path, kind)
            self.finish(
                {
                    "roomId": timeline.root,
                    "timestamps": list(timeline.timestamps),
                    "forkRoom": timeline.preview,
                    "sessionId": timeline.lineage,
                }
            )

    async def _timeline(self, path: str, kind: DocumentKind) -> Timeline:
        try:
            return await self._history.timeline(path, kind, self.visitor)
        except NotFound:
            # The stock front end quotes a path that it has quoted already.
            meant = unquote(path)
            if meant == path:
                raise
            return await self._history.timeline(meant, kind, self.visitor)
