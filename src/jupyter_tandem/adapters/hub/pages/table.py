"""The addresses of the pages."""

from __future__ import annotations

from typing import Any, Final

from tornado.web import RequestHandler

from jupyter_tandem.adapters.hub.pages.admin import (
    AdminEndGrantRoute,
    AdminEndLinkRoute,
    AdminPage,
    DocumentPage,
    DocumentsPage,
    LinksPage,
    PeoplePage,
    RoomsPage,
)
from jupyter_tandem.adapters.hub.pages.audit import AuditCheckPage, AuditExportRoute, AuditPage
from jupyter_tandem.adapters.hub.pages.link import (
    LinkLookRoute,
    LinkOpenPage,
    LinkPage,
    LinkRedeemRoute,
    NoGuestsPage,
)
from jupyter_tandem.adapters.hub.pages.login import CallbackRoute
from jupyter_tandem.adapters.hub.pages.people import EndGrantRoute, EndLinkRoute, SharedPage
from jupyter_tandem.adapters.hub.pages.render import FOLDER
from jupyter_tandem.adapters.hub.pages.request import AcceptRoute, AskPage, DeclineRoute
from jupyter_tandem.adapters.hub.pages.route import PageRoute, PartRoute, Site

OPEN_PAGES: Final = (CallbackRoute, LinkPage, NoGuestsPage, PartRoute)
"""Routes that need nobody to be signed in: they show nothing about anybody."""


def page_routes(site: Site) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """Every page, below the service's prefix."""
    style = {"content": (FOLDER / "page.css").read_bytes(), "kind": "text/css"}
    script = {"content": (FOLDER / "link.js").read_bytes(), "kind": "text/javascript"}
    shown = {"renderer": site.renderer, "prefix": site.settings.prefix}
    link = {**shown, "guests": site.guests}
    pages: dict[str, type[PageRoute]] = {
        "": SharedPage,
        "shares/end": EndGrantRoute,
        "links/end": EndLinkRoute,
        "ask": AskPage,
        "requests/accept": AcceptRoute,
        "requests/decline": DeclineRoute,
        "link/open": LinkOpenPage,
        "link/look": LinkLookRoute,
        "link/redeem": LinkRedeemRoute,
        "admin/?": AdminPage,
        "admin/documents": DocumentsPage,
        "admin/documents/([^/]+)": DocumentPage,
        "admin/people": PeoplePage,
        "admin/links": LinksPage,
        "admin/rooms": RoomsPage,
        "admin/shares/end": AdminEndGrantRoute,
        "admin/links/end": AdminEndLinkRoute,
        "admin/audit": AuditPage,
        "admin/audit/check": AuditCheckPage,
        r"admin/audit/export\.([a-z]+)": AuditExportRoute,
    }
    served = {"site": site}
    return [
        ("oauth_callback", CallbackRoute, {"oauth": site.oauth}),
        (r"page\.css", PartRoute, style),
        (r"link\.js", PartRoute, script),
        ("link", LinkPage, link),
        # Where there are guests, this is theirs.
        ("g/.*", NoGuestsPage, shown),
        *((pattern, route, served) for pattern, route in pages.items()),
    ]
