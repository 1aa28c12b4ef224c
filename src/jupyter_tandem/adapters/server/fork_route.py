"""``api/collaboration/fork/<room id>``: list, make and end copies of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tornado.web import HTTPError

from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.ports.history import Fork, Forks
from jupyter_tandem.types import Action


class ForkRoute(TandemRoute):
    """GET and PUT name the document, DELETE names the fork."""

    actions: ClassVar[Mapping[str, Action]] = {
        "GET": Action.READ,
        "PUT": Action.WRITE,
        "DELETE": Action.WRITE,
    }

    def initialize(self, forks: Forks) -> None:
        """Ask ``forks``."""
        self._forks = forks

    async def get(self, room_id: str) -> None:
        """Answer with the document's forks by id."""
        with self.refusing():
            forks = self._forks.of(room_id, self.visitor)
            self.finish({fork_id: fork_body(fork) for fork_id, fork in forks.items()})

    async def put(self, room_id: str) -> None:
        """Fork the document as it is now."""
        body = self.body()
        synchronize = body.get("synchronize", False)
        if not isinstance(synchronize, bool):
            raise HTTPError(400, "`synchronize` is true or false.")
        title, description = self.text(body, "title", ""), self.text(body, "description", "")
        with self.refusing():
            fork = await self._forks.create(
                room_id,
                title=title,
                description=description,
                synchronize=synchronize,
                visitor=self.visitor,
            )
            self.set_status(201)
            self.finish(
                {
                    "sessionId": fork.lineage,
                    "fork_roomid": fork.fork_id,
                    "fork_info": fork_body(fork),
                }
            )

    async def delete(self, fork_id: str) -> None:
        """End the fork, with ``merge=true`` after its edits went into the document."""
        merge = self.get_query_argument("merge", "false").lower() == "true"
        with self.refusing():
            await self._forks.delete(fork_id, merge=merge, visitor=self.visitor)
            self.set_status(200)
            self.finish()


def fork_body(fork: Fork) -> dict[str, Any]:
    """A fork as stock clients read it."""
    return {
        "root_roomid": fork.root,
        "synchronize": fork.synchronize,
        "title": fork.title,
        "description": fork.description,
    }
