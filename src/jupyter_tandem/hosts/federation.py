"""Puts a single-user server's way to the Hub's service together."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jupyter_tandem.adapters.hub.drive_routes import (
    DriveCheckpointsRoute,
    DriveContentsRoute,
    DriveCopiesRoute,
    DriveFilesRoute,
    HubNamesRoute,
    HubStatusRoute,
)
from jupyter_tandem.adapters.hub.known_store import JsonKnownStore
from jupyter_tandem.adapters.hub.link_client import LinkClient
from jupyter_tandem.adapters.hub.open_route import OpenRoute
from jupyter_tandem.adapters.hub.request_routes import OwnRequestsRoute
from jupyter_tandem.adapters.hub.service_client import ServiceClient
from jupyter_tandem.adapters.hub.share_client import ShareClient
from jupyter_tandem.adapters.server.table import Route
from jupyter_tandem.core.federation.naming import is_hub_file
from jupyter_tandem.engine.execution.hall import RunHall
from jupyter_tandem.engine.federation.crossing import Crossings
from jupyter_tandem.engine.federation.distant import DistantFiles
from jupyter_tandem.engine.federation.drive import SharedDrive
from jupyter_tandem.engine.federation.errands import Errands
from jupyter_tandem.engine.federation.explorer import Explorer
from jupyter_tandem.engine.federation.federated_desks import FederatedShares, Handing
from jupyter_tandem.engine.federation.federated_door import FederatedDoor
from jupyter_tandem.engine.federation.federated_files import FederatedFiles
from jupyter_tandem.engine.federation.federated_links import FederatedLinks, LinkedOverview
from jupyter_tandem.engine.federation.federated_overview import FederatedOverview
from jupyter_tandem.engine.federation.federated_staff import (
    FederatedForks,
    FederatedHistory,
    FederatedOutputs,
    FederatedRunner,
)
from jupyter_tandem.engine.federation.known import KnownDocuments
from jupyter_tandem.engine.federation.liaison import UNREACHABLE, Liaison
from jupyter_tandem.engine.federation.replica import Replicas
from jupyter_tandem.engine.federation.signpost import KnownSignpost
from jupyter_tandem.engine.federation.threshold import Threshold
from jupyter_tandem.engine.live_room import LiveRoom
from jupyter_tandem.engine.tenancy import Tenancy
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.desks import Office
from jupyter_tandem.ports.files import Files
from jupyter_tandem.ports.folders import Folders
from jupyter_tandem.ports.keepsake import Keepsake
from jupyter_tandem.ports.sharing import Places
from jupyter_tandem.ports.staff import Staff
from jupyter_tandem.ports.store import Journal
from jupyter_tandem.sharing import GrantId, GuestOffer, LinkId
from jupyter_tandem.types import Address

_log = logging.getLogger(__name__)

URL: Final = "TANDEM_HUB_URL"
"""Environment variable with the service's address; ``configure`` sets it for every server of a Hub."""

PAGES: Final = "TANDEM_HUB_PAGES"
"""The same as browsers reach it, where services have domains of their own."""


@dataclass(frozen=True, slots=True)
class HubPlace:
    """A single-user server's place on a Hub.

    Attributes:
        url: Where the service answers.
        token: The server's own, for the Hub's API and for the service.
        username: Whose server it is.
        server: What it is called; ``""`` for the default one.
        pages: Where browsers find the service's pages, with a slash at its end.
    """

    url: str
    token: str
    username: str
    server: str
    pages: str


def hub_place(environment: Mapping[str, str]) -> HubPlace | None:
    """Where this server is; ``None`` when it is on no Hub that has the service.

    An address that is none is told in the log, and people are told when they share: it is not as if there were no Hub.
    """
    url, token = environment.get(URL, ""), environment.get("JUPYTERHUB_API_TOKEN", "")
    username = environment.get("JUPYTERHUB_USER", "")
    if not (url and token and username):
        return None
    if re.match("https?://[^/]", url) is None:
        _log.error("%s is %r, which is no address; nothing can be shared from here.", URL, url)
    # Where it has no domain of its own, its path is the same from everywhere.
    pages = environment.get(PAGES) or urlsplit(url).path
    server = environment.get("JUPYTERHUB_SERVER_NAME", "")
    return HubPlace(url, token, username, server, f"{pages.rstrip('/')}/")


@dataclass(frozen=True, slots=True)
class FederationNeeds:
    """What the host gives.

    Attributes:
        directory: Where is remembered what others share.
        frame_bytes: Longest frame of a document.
        folders: The server's folders, as they can be shared.
        places: Where its files and folders are.
        file_bytes: Largest file of a shared folder that is sent to others.
    """

    directory: Path
    frame_bytes: int
    clock: Clock
    entropy: Entropy
    worker: Worker
    keepsake: Keepsake
    folders: Folders
    places: Places
    file_bytes: int


class Federation:
    """A server's way to the service, from start to stop.

    Attributes:
        files: Stands in for the files that other servers keep.
    """

    def __init__(self, place: HubPlace, needs: FederationNeeds) -> None:
        """Nothing is asked yet; :meth:`furnish` has to follow."""
        self._place = place
        self._needs = needs
        self._known = KnownDocuments(JsonKnownStore(needs.directory))
        self.files = DistantFiles(
            lambda address: is_hub_file(address.file_id),
            UNREACHABLE,
            needs.worker,
            needs.entropy,
            self._known.shown_path,
        )
        self._known.on_moved(lambda known: self.files.moved(known.address.document_id))
        self._service = ServiceClient(place.url, place.token, place.server, needs.frame_bytes)
        self._shares = ShareClient(self._service)

    def furnish(
        self,
        tenancy: Tenancy,
        journal: Journal,
        hall: RunHall,
        recheck: Callable[[], Awaitable[None]],
    ) -> None:
        """Hand over the rooms, what runs cells, and what makes open connections follow."""
        needs = self._needs
        self._crossings = Crossings(self._known, hall)
        self._tenancy = tenancy
        self._replicas = Replicas(journal, tenancy, needs.clock, needs.entropy, needs.worker)
        self._liaison = Liaison(
            service=self._service,
            landlord=tenancy,
            may_write=lambda: tenancy.writes,
            replicas=self._replicas,
            files=self.files,
            known=self._known,
            keepsake=needs.keepsake,
            recheck=recheck,
            errands=Errands(hall),
            crossings=self._crossings,
            folders=needs.folders,
            places=needs.places,
            most_bytes=needs.file_bytes,
        )
        self._explorer = Explorer(self._known, self._liaison.courier)

    def opened(self, live: LiveRoom) -> bool:
        """A room has been opened; whether its runs are looked after here."""
        return self._crossings.opened(live)

    def paths(self, files: Files) -> Files:
        """``files``, which also knows where others' documents are."""
        self._own = files
        return FederatedFiles(files, self._known)

    def staff(self, staff: Staff, origin: Callable[[str], Address | None]) -> Staff:
        """``staff``, who also know what others share, and for whom it is.

        ``origin`` says of which document a fork or preview is.
        """
        known = self._known
        threshold = Threshold(self._place.username, known, self._liaison, origin)
        return Staff(
            reception=FederatedDoor(
                staff.reception, self._tenancy, known, threshold, self._explorer
            ),
            forks=FederatedForks(staff.forks, threshold),
            history=FederatedHistory(staff.history, threshold),
            runner=FederatedRunner(staff.runner, threshold, known),
            outputs=FederatedOutputs(staff.outputs, threshold, known),
        )

    def office(
        self,
        office: Office,
        places: Places,
        is_here: Callable[[GrantId], bool],
        is_link_here: Callable[[LinkId], bool],
    ) -> Office:
        """``office``, where shares with people and groups are the service's."""
        handing = Handing(self._service, self._tenancy, self._liaison, self._place.username)
        self._liaison.agent.hand_over_with(lambda path: handing.path_over(places, path))
        overview = FederatedOverview(
            office.overview, self._shares, handing, places, self._known, self._place.username
        )
        links = LinkClient(self._service)
        return replace(
            office,
            shares=FederatedShares(
                office.shares, self._shares, handing, places, self._known, is_here
            ),
            links=FederatedLinks(
                office.links, links, handing, places, self._known, is_link_here, self._guest_links
            ),
            overview=LinkedOverview(overview, links, handing, places, self._known),
            guest_links=self._guest_links,
            link_page=f"{self._place.pages}link",
        )

    def _guest_links(self) -> GuestOffer | None:
        return self._liaison.guests

    def routes(self) -> list[Route]:
        """The routes of what others share."""
        drive = SharedDrive(
            self._place.username,
            self._known,
            self._liaison,
            self._replicas,
            self._shares,
            self._explorer,
            self._needs.keepsake,
        )
        served = {"drive": drive}
        signpost = KnownSignpost(
            self._place.username, self._known, self._liaison.ask, self._shares, self._own
        )
        return [
            ("/tandem/hub/contents/?", DriveContentsRoute, served),
            ("/tandem/hub/contents/(.+)/checkpoints", DriveCheckpointsRoute, served),
            ("/tandem/hub/contents/(.+)", DriveContentsRoute, served),
            ("/tandem/hub/files/(.+)", DriveFilesRoute, served),
            ("/tandem/hub/copies", DriveCopiesRoute, served),
            ("/tandem/hub/names", HubNamesRoute, served),
            ("/tandem/hub/open", OpenRoute, {"signpost": signpost, "pages": self._place.pages}),
            ("/tandem/hub/requests", OwnRequestsRoute, {**served, "service": self._service}),
            ("/tandem/hub/status", HubStatusRoute, served),
        ]

    def start(self) -> None:
        """Begin to connect."""
        self._liaison.start()

    async def stop(self) -> None:
        """Disconnect; what was not handed over is next time."""
        await self._liaison.stop()
        self._service.close()
