"""``PUT api/collaboration/undo_redo/<room id>``: move a preview through the versions, or restore one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from tornado.web import HTTPError

from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.ports.history import History
from jupyter_tandem.types import Action

_MOST_STEPS: Final = 1_000_000
_STEPS: Final = {"undo": (-1, "undone"), "redo": (1, "redone")}


class UndoRoute(TandemRoute):
    """One route for looking and for restoring, as stock clients have it; restoring asks for more."""

    actions: ClassVar[Mapping[str, Action]] = {"PUT": Action.READ}

    def initialize(self, history: History) -> None:
        """Ask ``history``."""
        self._history = history

    async def put(self, room_id: str) -> None:
        """Do what ``action`` says: ``undo`` and ``redo`` by ``steps``, or ``restore``."""
        action = self.get_query_argument("action")
        preview = self.get_query_argument("forkRoom")
        with self.refusing():
            if action == "restore":
                await self.require(Action.WRITE)
                await self._history.restore(room_id, preview, self.visitor)
                self.finish({"code": 200, "status": "Document restored successfully"})
            elif action in _STEPS:
                await self._step(action, preview)
            else:
                raise HTTPError(400, "`action` is undo, redo or restore.")

    async def _step(self, action: str, preview: str) -> None:
        direction, done = _STEPS[action]
        if await self._history.step(preview, direction * self._steps(), self.visitor):
            self.finish({"status": done})
        else:
            self.finish({"error": f"No more {action} operations available"})

    def _steps(self) -> int:
        text = self.get_query_argument("steps", "1")
        if not text.isdecimal() or int(text) > _MOST_STEPS:
            raise HTTPError(400, "`steps` is a number.")
        return int(text)
