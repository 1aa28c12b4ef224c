"""The route table, and the proof that every route and message says which right it needs."""

from __future__ import annotations

from typing import Any, TypeAlias

from tornado.web import RequestHandler

from jupyter_tandem.adapters.server.execution.execute_route import ExecuteRoute
from jupyter_tandem.adapters.server.fork_route import ForkRoute
from jupyter_tandem.adapters.server.heartbeat import Heartbeat
from jupyter_tandem.adapters.server.output_route import PLACE, OutputRoute
from jupyter_tandem.adapters.server.route import undeclared_routes
from jupyter_tandem.adapters.server.session_route import SessionRoute
from jupyter_tandem.adapters.server.timeline_route import TimelineRoute
from jupyter_tandem.adapters.server.undo_route import UndoRoute
from jupyter_tandem.adapters.server.websocket import RoomSocket
from jupyter_tandem.core.session import undeclared_messages
from jupyter_tandem.ports.staff import Staff

Route: TypeAlias = tuple[str, type[RequestHandler], dict[str, Any]]
"""A pattern below the server's base URL, what answers there, and what that needs."""


class Undeclared(Exception):
    """A route or message type declares no right. The server does not start with it."""


def routes(staff: Staff, frame_bytes: int) -> list[Route]:
    """Every route of Tandem that leads to documents, for people with an account.

    Args:
        staff: Whom they ask.
        frame_bytes: Longest WebSocket message.
    """
    heartbeat = Heartbeat()
    base = "/api/collaboration"
    socket = {"reception": staff.reception, "heartbeat": heartbeat, "limit": frame_bytes}
    return [
        (rf"{base}/session/(.+)", SessionRoute, {"reception": staff.reception}),
        (rf"{base}/room/(.+)", RoomSocket, socket),
        (rf"{base}/{PLACE}", OutputRoute, {"outputs": staff.outputs}),
        (rf"{base}/timeline/(.+)", TimelineRoute, {"history": staff.history}),
        (rf"{base}/undo_redo/(.+)", UndoRoute, {"history": staff.history}),
        (rf"{base}/fork/(.+)", ForkRoute, {"forks": staff.forks}),
        (r"/api/kernels/([^/]+)/execute", ExecuteRoute, {"runner": staff.runner}),
    ]


def check(table: list[Route], messages: list[str] | None = None) -> None:
    """Do nothing, unless something is reachable without a declared right (ACCESS-1).

    Args:
        table: The routes to be added to the server.
        messages: Names of undeclared message types; asked of the core when ``None``.

    Raises:
        Undeclared: with the name of everything that is.
    """
    missing = undeclared_routes([handler for _, handler, _ in table])
    missing += undeclared_messages() if messages is None else messages
    if missing:
        raise Undeclared(f"No right is declared for: {', '.join(missing)}")
