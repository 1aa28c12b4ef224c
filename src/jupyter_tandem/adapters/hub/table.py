"""The routes of the service, and the proof that each says which right it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from tornado.web import RequestHandler

from jupyter_tandem.adapters.hub.federation_socket import FederationSocket
from jupyter_tandem.adapters.hub.link_routes import (
    HubLinkRoute,
    HubLinksRoute,
    HubLinkUsesRoute,
)
from jupyter_tandem.adapters.hub.pages.route import Site
from jupyter_tandem.adapters.hub.pages.table import OPEN_PAGES, page_routes
from jupyter_tandem.adapters.hub.probe_routes import HealthRoute, MetricsRoute, ReadyRoute
from jupyter_tandem.adapters.hub.refusal_log import RefusalLog
from jupyter_tandem.adapters.hub.request_routes import RequestsRoute
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

OPEN: Final = (HealthRoute, ReadyRoute, MetricsRoute, FederationSocket, *OPEN_PAGES)
"""Routes that let nobody in and tell nothing about anybody, and one that looks at tokens itself."""

Routes = list[tuple[str, type[RequestHandler], dict[str, Any]]]


def service_routes(
    site: Site,
    trouble: Callable[[], str],
    settled: Callable[[], Awaitable[str]],
    frame_bytes: int,
) -> Routes:
    """Every route of the service.

    Args:
        site: What the pages need; its desks answer for all routes, below its prefix.
        trouble: What keeps the service from taking edits, or ``""``.
        settled: The same, after waiting for what ends by itself in a moment.
        frame_bytes: Longest frame of a document.

    Raises:
        Undeclared: a route says no right.
    """
    desks, meter, prefix = site.desks, site.meter, site.settings.prefix
    served = {"desks": desks, "meter": meter}
    socket = {
        "gate": desks.gate,
        "meter": meter,
        "heartbeat": Heartbeat(),
        "refusals": RefusalLog(),
        "limit": frame_bytes,
        "settled": settled,
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
        ("api/links", HubLinksRoute, served),
        ("api/links/([^/]+)", HubLinkRoute, served),
        ("api/links/([^/]+)/uses", HubLinkUsesRoute, served),
        ("api/removals", HubRemovalsRoute, served),
        ("api/requests", RequestsRoute, {**served, "petitions": site.petitions}),
        ("api/names", NamesRoute, served),
        *page_routes(site),
        (".*", HubRoute, served),
    ]
    missing = undeclared_routes([route for _, route, _ in routes if route not in OPEN])
    if missing:
        raise Undeclared(f"No right is declared for: {', '.join(missing)}")
    return [(prefix + pattern, route, options) for pattern, route, options in routes]
