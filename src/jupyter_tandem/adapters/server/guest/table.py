"""The routes of the guest view. What is not here is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import RequestHandler

from jupyter_tandem.adapters.server.guest.assets import Asset, LabFiles
from jupyter_tandem.adapters.server.guest.contents_routes import CheckpointsRoute, ContentsRoute
from jupyter_tandem.adapters.server.guest.lab_page import LabPage
from jupyter_tandem.adapters.server.guest.lab_settings import (
    ConstantRoute,
    GuestSettings,
    SettingsRoute,
    TranslationsRoute,
    WorkspacesRoute,
)
from jupyter_tandem.adapters.server.guest.link_page import LinkPage
from jupyter_tandem.adapters.server.guest.room_routes import (
    MuteSocket,
    SharedOutputRoute,
    SharedRoomSocket,
    SharedSessionRoute,
)
from jupyter_tandem.adapters.server.guest.session_routes import (
    GuestMeRoute,
    GuestSharedRoute,
    IdentityRoute,
    LeaveRoute,
    LookRoute,
    RedeemRoute,
)
from jupyter_tandem.adapters.server.heartbeat import Heartbeat
from jupyter_tandem.adapters.server.output_route import PLACE
from jupyter_tandem.adapters.server.table import Route
from jupyter_tandem.ports.desks import Office
from jupyter_tandem.ports.outputs import Outputs
from jupyter_tandem.ports.reception import Reception
from jupyter_tandem.types import Action

HOME: Final = "/tandem/g"


class Nothing(RequestHandler):
    """Whatever else is asked for: 404, for everybody alike."""

    actions: ClassVar[Mapping[str, Action]] = {}

    @allow_unauthenticated
    def prepare(self) -> None:
        """End the request."""
        self.set_status(404)
        self.finish("There is nothing here.\n")

    def check_xsrf_cookie(self) -> None:
        """Nothing will happen."""


def guest_routes(
    office: Office,
    reception: Reception,
    lobby: Reception,
    outputs: Outputs,
    frame_bytes: int,
    lab: LabFiles | None,
) -> list[Route]:
    """The page of links and all that is below ``tandem/g`` of a server.

    Args:
        office: The desks.
        reception: Lets connections into rooms.
        lobby: Lets connections wait where nobody else is.
        outputs: Gives big outputs.
        frame_bytes: Longest WebSocket message.
        lab: The installed JupyterLab, if there is one.
    """
    served = {"office": office}
    return [
        (r"/tandem/l/?", LinkPage, {}),
        (r"/tandem/l/(page\.(?:js|css))", LinkPage, {}),
        (rf"{HOME}/api/collaboration/{PLACE}", SharedOutputRoute, {**served, "outputs": outputs}),
        (rf"{HOME}/api/contents/(.+)/checkpoints", CheckpointsRoute, served),
        (rf"{HOME}/api/contents/?(.*)", ContentsRoute, served),
        *view_routes(HOME, office, reception, lobby, frame_bytes, lab),
    ]


def view_routes(
    home: str,
    office: Office,
    reception: Reception,
    lobby: Reception,
    frame_bytes: int,
    lab: LabFiles | None,
) -> list[Route]:
    """What a guest view below ``home`` has whatever host it is at; the last one takes everything that is left.

    Contents and big outputs come before, where there are any. The other arguments are as of :func:`guest_routes`.
    """
    served = {"office": office}
    return [
        *_session_routes(home, served),
        *_lab_routes(home, served, lab),
        *_room_routes(home, served, reception, lobby, frame_bytes),
        (rf"{home}(?:/.*)?", Nothing, {}),
    ]


def _session_routes(home: str, served: dict[str, Any]) -> list[Route]:
    api = f"{home}/tandem/api"
    return [
        (f"{api}/link/look", LookRoute, served),
        (f"{api}/link/redeem", RedeemRoute, served),
        (f"{api}/me", GuestMeRoute, served),
        (f"{api}/shared", GuestSharedRoute, served),
        (f"{api}/leave", LeaveRoute, served),
    ]


def _lab_routes(home: str, served: dict[str, Any], lab: LabFiles | None) -> list[Route]:
    kept = GuestSettings()
    page = {**served, "lab": lab}
    nothing: dict[str, Any] = {"default": "", "kernelspecs": {}}
    settings = f"{home}/lab/api"
    routes: list[Route] = [
        (rf"{home}/(lab|doc)(/tree(?:/(.*))?)?/?", LabPage, page),
        (rf"{settings}/settings/?", SettingsRoute, {**page, "kept": kept}),
        (
            rf"{settings}/settings/(@?[\w-][\w./-]{{0,100}}:[\w.-]{{1,100}})",
            SettingsRoute,
            {**page, "kept": kept},
        ),
        (rf"{settings}/workspaces/?", WorkspacesRoute, served),
        (rf"{settings}/workspaces/([\w-]{{1,100}})", WorkspacesRoute, served),
        (rf"{settings}/translations/?", TranslationsRoute, served),
        (rf"{settings}/translations/([\w-]{{1,20}})", TranslationsRoute, served),
        (rf"{home}/api/me", IdentityRoute, served),
        (rf"{home}/api/kernelspecs", ConstantRoute, {**served, "answer": nothing}),
        (rf"{home}/api/kernels", ConstantRoute, {**served, "answer": []}),
        (rf"{home}/api/sessions", ConstantRoute, {**served, "answer": []}),
        (rf"{home}/api/nbconvert", ConstantRoute, {**served, "answer": {}}),
    ]
    if lab is not None:
        routes += [
            (rf"{home}/static/lab/(.*)", Asset, {"path": str(lab.static)}),
            (rf"{settings}/themes/(.*)", Asset, {"path": str(lab.themes)}),
        ]
        routes += [
            (rf"{home}/lab/extensions/{name}/(.*)", Asset, {"path": str(folder)})
            for name, folder in lab.extensions.items()
        ]
    return routes


def _room_routes(
    home: str, served: dict[str, Any], reception: Reception, lobby: Reception, frame_bytes: int
) -> list[Route]:
    base = f"{home}/api/collaboration"
    socket = {
        **served,
        "reception": reception,
        "lobby": lobby,
        "heartbeat": Heartbeat(),
        "limit": frame_bytes,
    }
    return [
        (rf"{base}/session/(.+)", SharedSessionRoute, {**served, "reception": reception}),
        (rf"{base}/room/(.+)", SharedRoomSocket, socket),
        (rf"{home}/api/events/subscribe", MuteSocket, {"office": served["office"]}),
    ]
