"""The routes of the service, and the proof that each says which right it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tornado.web import RequestHandler

from jupyter_tandem.adapters.hub.federation_socket import FederationSocket
from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.adapters.hub.probe_routes import HealthRoute, MetricsRoute, ReadyRoute
from jupyter_tandem.adapters.hub.route import HubRoute
from jupyter_tandem.adapters.hub.share_routes import (
    DocumentsRoute,
    HubGrantRoute,
    HubGrantsRoute,
    HubRemovalsRoute,
    HubSharesRoute,
    NamesRoute,
)
from jupyter_tandem.adapters.server.heartbeat import Heartbeat
from jupyter_tandem.adapters.server.route import undeclared_routes
from jupyter_tandem.adapters.server.table import Undeclared
from jupyter_tandem.ports.hub_desk import Desks

OPEN: Final = (HealthRoute, ReadyRoute, MetricsRoute, FederationSocket)
"""Routes that are no :class:`HubRoute`: three tell nothing about anybody, one looks at tokens itself."""

Routes = list[tuple[str, type[RequestHandler], dict[str, Any]]]


def service_routes(
    prefix: str, desks: Desks, meter: HubMeter, trouble: Callable[[], str], frame_bytes: int
) -> Routes:
    """Every route of the service.

    Args:
        prefix: Path before all of them, with a slash at its end.
        desks: Answer.
        meter: Counts.
        trouble: What keeps the service from taking edits, or ``""``.
        frame_bytes: Longest frame of a document.

    Raises:
        Undeclared: a route says no right.
    """
    served = {"desks": desks, "meter": meter}
    socket = {
        "gate": desks.gate,
        "meter": meter,
        "heartbeat": Heartbeat(),
        "limit": frame_bytes,
    }
    routes: Routes = [
        ("healthz", HealthRoute, {}),
        ("readyz", ReadyRoute, {"trouble": trouble}),
        ("metrics", MetricsRoute, {"meter": meter}),
        ("api/federation", FederationSocket, socket),
        ("api/documents", DocumentsRoute, {**served, "limit": frame_bytes}),
        ("api/shares", HubSharesRoute, served),
        ("api/grants", HubGrantsRoute, served),
        ("api/grants/([^/]+)", HubGrantRoute, served),
        ("api/removals", HubRemovalsRoute, served),
        ("api/names", NamesRoute, served),
        (".*", HubRoute, served),
    ]
    missing = undeclared_routes([route for _, route, _ in routes if route not in OPEN])
    if missing:
        raise Undeclared(f"No right is declared for: {', '.join(missing)}")
    return [(prefix + pattern, route, options) for pattern, route, options in routes]
