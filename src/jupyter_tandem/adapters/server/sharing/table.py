"""The routes of sharing."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.adapters.server.sharing.audit_routes import AuditRoute, VerificationRoute
from jupyter_tandem.adapters.server.sharing.link_routes import LinkRoute, LinksRoute, LinkUsesRoute
from jupyter_tandem.adapters.server.sharing.share_routes import (
    GrantRoute,
    GrantsRoute,
    MeRoute,
    OpenApiRoute,
    PeopleRoute,
    RemovalsRoute,
    SharedRoute,
    SharesRoute,
)
from jupyter_tandem.adapters.server.table import Route
from jupyter_tandem.ports.desks import Office

API: Final = "/tandem/api"

_ID: Final = "([^/]+)"
"""Whatever stands there: one that names nothing gets the same answer as one that is not yours."""


def api_routes(office: Office) -> list[Route]:
    """The API for people with an account."""
    served = {"office": office}
    return [
        (f"{API}/openapi.json", OpenApiRoute, served),
        (f"{API}/me", MeRoute, served),
        (f"{API}/shares", SharesRoute, served),
        (f"{API}/shared", SharedRoute, served),
        (f"{API}/people", PeopleRoute, served),
        (f"{API}/removals", RemovalsRoute, served),
        (f"{API}/grants", GrantsRoute, served),
        (f"{API}/grants/{_ID}", GrantRoute, served),
        (f"{API}/links", LinksRoute, served),
        (f"{API}/links/{_ID}", LinkRoute, served),
        (f"{API}/links/{_ID}/uses", LinkUsesRoute, served),
        (f"{API}/audit", AuditRoute, served),
        (f"{API}/audit/verification", VerificationRoute, served),
    ]
