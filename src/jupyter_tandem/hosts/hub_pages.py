"""Puts the pages of the Hub's service together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.adapters.hub.pages.login import LoginSettings, make_oauth
from jupyter_tandem.adapters.hub.pages.render import Renderer
from jupyter_tandem.adapters.hub.pages.route import Site
from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.adapters.hub.requests import SqlRequests
from jupyter_tandem.adapters.hub.vault import DiskVault
from jupyter_tandem.adapters.system import SystemClock
from jupyter_tandem.engine.federation.bureau import LedgerBureau
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.embassy import Embassy
from jupyter_tandem.engine.federation.petition_desk import PetitionDesk
from jupyter_tandem.hosts.hub_options import HubOptions
from jupyter_tandem.hosts.sharing import Sharing
from jupyter_tandem.ports.hub_desk import Desks


def make_site(
    options: HubOptions,
    desks: Desks,
    sharing: Sharing,
    catalogue: Catalogue,
    registry: SqlRegistry,
    everybody: Callable[[], Iterable[Embassy]],
    meter: HubMeter,
) -> Site:
    """Everything that the pages need."""
    login = LoginSettings(options.api_url, options.api_token, options.prefix, options.hub_host)
    bureau = LedgerBureau(
        catalogue, lambda: sharing.book, sharing.office.overview, sharing.events, everybody
    )
    vault = DiskVault(options.store_dir, registry.size)
    petitions = PetitionDesk(SqlRequests(registry), catalogue, desks.counter, SystemClock())
    oauth, guests = make_oauth(login), options.guests is not None
    return Site(desks, bureau, petitions, vault, login, oauth, meter, Renderer(), guests)
