"""``GET api/collaboration/output/<room id>/<name>``: one big output of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from jupyter_tandem.adapters.server.identity import ServerGrants
from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.ports.outputs import Outputs
from jupyter_tandem.ports.reception import Call
from jupyter_tandem.types import Action

PLACE: Final = r"output/([^/]+)/([0-9a-f]{64})"
"""Where big outputs are, below the address of the rooms."""

KEPT: Final = "private, no-cache"
"""Browsers may keep it, and ask each time whether they still may show it; an ETag saves the bytes."""


class OutputRoute(TandemRoute):
    """For people with an account; whether they may see it is asked as for the document's room (BIG-6)."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, outputs: Outputs) -> None:
        """Ask ``outputs``."""
        self._outputs = outputs

    async def require(self, action: Action) -> None:
        """Nothing yet: a share may allow what the server does not, and is asked about with the document."""

    async def get(self, room: str, name: str) -> None:
        """Answer with the output as it stands in notebooks, as JSON."""
        with self.refusing():
            call = Call(
                room=room,
                lineage=None,
                tandem=True,
                visitor=self.visitor,
                grants=ServerGrants(self),
            )
            found = await self._outputs.read(call, name)
            self.set_header("Cache-Control", KEPT)
            self.set_header("Content-Type", "application/json")
            self.finish(found)
