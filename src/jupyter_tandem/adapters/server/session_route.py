"""``PUT api/collaboration/session/<path>``: what a client needs to know to connect to a file's document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.ports.reception import Reception
from jupyter_tandem.types import Action


class SessionRoute(TandemRoute):
    """Names a document. Changes no content, so reading is enough."""

    actions: ClassVar[Mapping[str, Action]] = {"PUT": Action.READ}

    def initialize(self, reception: Reception) -> None:
        """Ask ``reception``."""
        self._reception = reception

    async def put(self, path: str) -> None:
        """Answer 200, or 201 when nobody had asked for the document before."""
        kind = self.kind(self.body())
        with self.refusing():
            invitation = await self._reception.invite(path, kind, self.visitor)
            self.set_status(200 if invitation.known else 201)
            self.finish(
                {
                    "format": kind.format,
                    "type": kind.type,
                    "fileId": invitation.address.file_id,
                    "sessionId": invitation.lineage,
                }
            )
