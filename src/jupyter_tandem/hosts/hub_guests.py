"""Puts the guest view of the Hub's service together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tornado.routing import Rule

from jupyter_tandem.adapters.hub.guest.application import guest_application, guest_rule
from jupyter_tandem.adapters.server.guest.assets import GUEST_EXTENSIONS, LabFiles
from jupyter_tandem.engine.door import Door
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.guest_places import GuestDoor, GuestPlaces, GuestShelf
from jupyter_tandem.engine.federation.replica import Replicas
from jupyter_tandem.engine.sharing.quiet_lobby import QuietLobby
from jupyter_tandem.errors import StoreError
from jupyter_tandem.hosts.hub_options import HubOptions
from jupyter_tandem.hosts.sharing import Sharing
from jupyter_tandem.ports.clock import Clock
from jupyter_tandem.protocol.limits import Limits

_NO_LAB: Final = (
    "People without an account are given a JupyterLab by this service, and there is none with Tandem in it here. "
    "Run pip install 'jupyter-tandem[hub-guests]', or leave out --guests."
)


@dataclass(frozen=True, slots=True)
class GuestNeeds:
    """What the service gives.

    Attributes:
        places: Where guests find its documents.
        door: Lets connections into their rooms.
        replicas: Reads them.
    """

    catalogue: Catalogue
    places: GuestPlaces
    sharing: Sharing
    door: Door
    replicas: Replicas
    limits: Limits
    clock: Clock


def installed_lab() -> LabFiles:
    """The JupyterLab that guests are given.

    Raises:
        StoreError: it is not installed beside the service.
    """
    lab = LabFiles.find()
    if lab is None or GUEST_EXTENSIONS[0] not in lab.extensions:
        raise StoreError(_NO_LAB)
    return lab


def guest_view(options: HubOptions, needs: GuestNeeds, lab: LabFiles) -> Rule:
    """Leads guests to what is theirs."""
    office = needs.sharing.office_of_guests(needs.places)
    shelf = GuestShelf(office.shelf, office.overview, needs.places, needs.replicas)
    application = guest_application(
        options.prefix,
        replace(office, shelf=shelf),
        shelf,
        GuestDoor(needs.door, needs.catalogue, needs.places),
        QuietLobby(needs.door, needs.limits, needs.clock),
        needs.limits.frame_bytes,
        lab,
    )
    return guest_rule(options.prefix, application, options.proxies)
