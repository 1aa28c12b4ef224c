"""``api/collaboration/room/<room id>``: the WebSocket of a document, a fork or the lobby."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketHandler

from jupyter_tandem.adapters.server.conversation import Conversation
from jupyter_tandem.adapters.server.heartbeat import Heartbeat
from jupyter_tandem.adapters.server.identity import RESOURCE, ServerGrants, visitor
from jupyter_tandem.adapters.server.line import take_over
from jupyter_tandem.ports.reception import Call, Reception
from jupyter_tandem.types import Action, LineageId


class RoomSocket(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """tornado and jupyter_server do the handshake, with their own check of user and origin; from then on a
    :class:`Conversation` talks over the bare connection, and this handler goes where it can.
    """

    auth_resource = RESOURCE
    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, reception: Reception, heartbeat: Heartbeat, limit: int) -> None:
        """Let ``reception`` decide who comes in."""
        self._reception = reception
        self._heartbeat = heartbeat
        self._limit = limit

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Shake hands. 403 before that for somebody unknown or another site's page (ACCESS-3, ACCESS-4)."""
        self._visitor = visitor(self)
        await super().get(*args, **kwargs)

    async def open(self, room_id: str) -> None:
        """Let a conversation take over the connection."""
        self.set_nodelay(True)
        if self.ws_connection is None or self.ws_connection.stream is None:
            return
        lineage = self.get_argument("sessionId", "")
        call = Call(
            room=room_id,
            lineage=LineageId(lineage) if lineage else None,
            tandem=self.get_argument("tandem", "") == "1",
            visitor=self._visitor,
            grants=ServerGrants(self),
            fetches=self.get_argument("outputs", "") == "fetch",
        )
        line = await take_over(self.ws_connection.stream)
        if line is None:
            return
        await Conversation(line, self._reception, self._heartbeat, self._limit).run(call)

    @property
    def ping_interval(self) -> int:
        """No pings by tornado or jupyter_server: one :class:`Heartbeat` looks after all connections."""
        return 0

    def on_message(self, message: str | bytes) -> None:
        """Tornado reads nothing before :meth:`open` has returned, and then it has no connection any more."""

    def get_compression_options(self) -> None:
        """No compression: it costs 30 kB a connection, and lets a small frame unfold into a large one."""
