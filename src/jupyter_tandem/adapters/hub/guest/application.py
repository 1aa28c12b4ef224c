"""The guest view of the service: Jupyter Server's handlers in a tornado application that knows nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.base.handlers import JupyterHandler
from jupyterhub.utils import get_browser_protocol  # type: ignore[import-untyped]
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import PathMatches, Router, Rule
from tornado.web import Application, RequestHandler

from jupyter_tandem.adapters.hub.guest.contents_route import LeavesRoute
from jupyter_tandem.adapters.hub.guest.link_request import (
    ProofRoute,
    QuietLookRoute,
    QuietRedeemRoute,
)
from jupyter_tandem.adapters.hub.pages.route import PartRoute
from jupyter_tandem.adapters.server.guest.assets import LabFiles
from jupyter_tandem.adapters.server.guest.contents_routes import CheckpointsRoute
from jupyter_tandem.adapters.server.guest.link_page import FOLDER
from jupyter_tandem.adapters.server.guest.table import view_routes
from jupyter_tandem.adapters.server.guest.view import SETTING, GuestView
from jupyter_tandem.core.signaling.address import Networks, client_address
from jupyter_tandem.ports.desks import Office
from jupyter_tandem.ports.hub_guests import Leaves
from jupyter_tandem.ports.reception import Reception

HOME: Final = "g/"
"""Where guests' addresses begin, below the service's prefix."""

_STYLE: Final = "page.css"


class Nobody(IdentityProvider):
    """Knows nobody: whoever is signed in at the Hub is not signed in here, whatever their cookies say."""

    def get_user(self, handler: RequestHandler) -> User | None:  # noqa: ARG002
        """Nobody."""
        return None

    def is_token_authenticated(self, handler: RequestHandler) -> bool:  # noqa: ARG002
        """No token counts."""
        return False


class Nothing(Authorizer):
    """Allows nothing."""

    def is_authorized(
        self,
        handler: JupyterHandler,  # noqa: ARG002
        user: User,  # noqa: ARG002
        action: str,  # noqa: ARG002
        resource: str,  # noqa: ARG002
    ) -> bool:
        """No."""
        return False


class BehindProxy(Router):
    """Hands requests on as they were made to the Hub's proxy."""

    def __init__(self, application: Application, proxies: Networks) -> None:
        """Hand on to ``application``; believe what ``proxies`` say about who asks."""
        self._application = application
        self._proxies = proxies

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:  # noqa: ARG002
        """See tornado."""
        forwarded = request.headers.get_list("X-Forwarded-For")
        request.remote_ip = client_address(str(request.remote_ip), forwarded, self._proxies)
        # What a browser says of itself here could only make its own cookies go over HTTPS alone.
        request.protocol = "https" if get_browser_protocol(request) == "https" else "http"
        return self._application.find_handler(request)


def guest_application(
    prefix: str,
    office: Office,
    leaves: Leaves,
    reception: Reception,
    lobby: Reception,
    frame_bytes: int,
    lab: LabFiles,
) -> Application:
    """All that is below ``g/`` of the service.

    Args:
        prefix: The service's, with a slash at both ends.
        office: The desks for guests.
        leaves: Their documents.
        reception: Lets connections into rooms.
        lobby: Lets connections wait where nobody else is.
        frame_bytes: Longest WebSocket message.
        lab: The installed JupyterLab.
    """
    home = prefix + HOME.rstrip("/")
    served = {"office": office}
    style = {"content": (FOLDER / _STYLE).read_bytes(), "kind": "text/css"}
    routes: Sequence[Any] = [
        (rf"{home}/{_STYLE}", PartRoute, style),
        (rf"{home}/tandem/api/link/proof", ProofRoute, {}),
        (rf"{home}/tandem/api/link/look", QuietLookRoute, served),
        (rf"{home}/tandem/api/link/redeem", QuietRedeemRoute, served),
        (rf"{home}/api/contents/(.+)/checkpoints", CheckpointsRoute, served),
        (rf"{home}/api/contents/?(.*)", LeavesRoute, {**served, "leaves": leaves}),
        *view_routes(home, office, reception, lobby, frame_bytes, lab),
    ]
    settings: dict[str, Any] = {
        "base_url": prefix,
        "identity_provider": Nobody(token=""),
        "authorizer": Nothing(),
        # Every request was made to the Hub's address, which is whatever people call it by.
        "allow_remote_access": True,
        SETTING: GuestView(HOME, HOME + _STYLE, alone=False, mark=" (guest)"),
    }
    return Application(list(routes), log_function=_log_nothing, **settings)


def guest_rule(prefix: str, application: Application, proxies: Networks) -> Rule:
    """Leads everything below ``g`` of the service to ``application``."""
    return Rule(PathMatches(rf"{prefix}{HOME}.*"), BehindProxy(application, proxies))


def _log_nothing(handler: object) -> None:
    """As the service: addresses hold ids of documents."""
