"""Puts the Hub's service together: which adapter stands behind which port."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.routing import Rule
from tornado.web import Application

from jupyter_tandem.adapters.hub.api import HubApi
from jupyter_tandem.adapters.hub.body import held_body
from jupyter_tandem.adapters.hub.guest.application import HOME
from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.adapters.hub.registry import SqlRegistry
from jupyter_tandem.adapters.hub.route import MOST_BODY_BYTES
from jupyter_tandem.adapters.hub.servers import HubServers
from jupyter_tandem.adapters.hub.table import service_routes
from jupyter_tandem.adapters.server.guest.gate import put_up
from jupyter_tandem.adapters.system import SystemClock, SystemEntropy
from jupyter_tandem.core.sharing.guest_rule import GuestRule
from jupyter_tandem.engine.annex import Annex
from jupyter_tandem.engine.door import Door
from jupyter_tandem.engine.federation.catalogue import Catalogue, address_of
from jupyter_tandem.engine.federation.consent import Consent
from jupyter_tandem.engine.federation.counter import Herald, OfficeCounter
from jupyter_tandem.engine.federation.distant import DistantFiles
from jupyter_tandem.engine.federation.embassy import Embassy
from jupyter_tandem.engine.federation.exchange import Exchange
from jupyter_tandem.engine.federation.guest_places import GuestPlaces
from jupyter_tandem.engine.federation.porter import Porter
from jupyter_tandem.engine.federation.registrar import CatalogueRegistrar
from jupyter_tandem.engine.federation.relay import Relays
from jupyter_tandem.engine.federation.renames import Renames
from jupyter_tandem.engine.federation.replica import Replicas
from jupyter_tandem.engine.federation.run_audit import RunAudit
from jupyter_tandem.engine.federation.starter import Starter
from jupyter_tandem.engine.federation.warrants import Warrants
from jupyter_tandem.engine.guestbook import Guestbook
from jupyter_tandem.engine.live_lobby import LiveLobby
from jupyter_tandem.engine.memory_room import MemoryRooms
from jupyter_tandem.engine.reading_rooms import ReadingRooms
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.tenancy import Tenancy
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.hosts.hub_guests import GuestNeeds, guest_view, installed_lab
from jupyter_tandem.hosts.hub_options import HubOptions
from jupyter_tandem.hosts.hub_pages import make_site
from jupyter_tandem.hosts.hub_store import open_store
from jupyter_tandem.hosts.sharing import Sharing, SharingNeeds
from jupyter_tandem.ports.channel import Channel
from jupyter_tandem.ports.federation import HubDocument
from jupyter_tandem.ports.hub_desk import Desks, Held, Line
from jupyter_tandem.ports.store import Holder
from jupyter_tandem.sharing import Delegate, Standing
from jupyter_tandem.types import Address, User

_log = logging.getLogger("jupyter_tandem.hub")

DRAIN_S: Final = 5.0
"""How long stopping may take; the journal is written within the first second."""

ASK_S: Final = 1.0
"""How often a process that waits asks for the lease: servers wait with it, and are to be back within 10 s."""

HOLD_S: Final = 8.0
"""How long a server's connection is held while the service waits for its lease, before it is told to come again. Longer
than it takes to see that the process before has not come back."""

_AWAY: Final = "The server of this document's owner is stopped. Edits are kept; its file gets them when it starts."
_ELSEWHERE: Final = "Another process of this service has the store; this one waits."


class HubServer:
    """One process of the service."""

    def __init__(self, options: HubOptions) -> None:
        """Wire everything; opens the store, asks for nothing yet.

        Raises:
            StoreError: the store cannot be opened.
        """
        self._options = options
        # Before anything is opened: where it is missing the service does not start.
        self._lab = installed_lab() if options.guests is not None else None
        clock, entropy, self._worker = SystemClock(), SystemEntropy(), Worker()
        limits = RoomSettings().limits
        self._store = store = open_store(options)
        registry = _registry(options)
        self.catalogue = catalogue = Catalogue(registry)
        consent = Consent(catalogue)
        guestbook = Guestbook(clock)
        events = _Events(guestbook)
        self._sharing = sharing = Sharing(
            SharingNeeds(
                options.store_dir,
                catalogue,
                clock,
                entropy,
                True,
                options.database_url,
                consent.check,
                GuestRule(options.guests, may_run=False, folders=False),
            ),
            events,
        )
        memory_rooms = MemoryRooms(clock, entropy, events, self._worker, limits)
        places = GuestPlaces(catalogue)
        self._files = files = DistantFiles(
            lambda _address: True, _AWAY, self._worker, entropy, places.path_of
        )
        worker = self._worker

        def make_rooms(on_lost: Callable[[str], None]) -> Rooms:
            # Whoever had the store before this process may have put documents there.
            catalogue.read_again()
            return Rooms(
                journal=store.journal,
                bases=store.bases,
                files=catalogue,
                clock=clock,
                entropy=entropy,
                events=sharing.events,
                on_lost=on_lost,
                on_open=self._relays.opened,
                elsewhere=files,
            )

        def make_reading_rooms(holder: Holder) -> ReadingRooms:
            # Servers come back to the process that has the store now.
            for embassy in self.porter.everybody():
                embassy.farewell()
            return ReadingRooms(
                journal=store.journal,
                files=catalogue,
                memory_rooms=memory_rooms,
                entropy=entropy,
                worker=worker,
                holder=holder,
            )

        self._tenancy = tenancy = Tenancy(
            lease=store.lease,
            holder=Holder(entropy.token(), "", os.getpid(), socket.gethostname()),
            make_rooms=make_rooms,
            make_reading_rooms=make_reading_rooms,
            ask_s=ASK_S,
        )
        self._door = door = Door(
            landlord=tenancy,
            lobby=LiveLobby(limits, clock, events),
            annex=Annex(memory_rooms),
            guestbook=guestbook,
            files=catalogue,
            journal=store.journal,
        )
        self.meter = meter = HubMeter()
        self._hub = HubApi(options.api_url, options.api_token, meter.asked)

        def make_embassy(delegate: Delegate, server: str, line: Line) -> Embassy:
            shelf = sharing.office.shelf
            located, relay_of = self._renames.told, self._relays.of
            return Embassy(
                delegate, server, line, door, shelf, catalogue, files, located, relay_of, exchange,
                options.guests,
            )  # fmt: skip

        def everybody() -> list[Embassy]:
            return self.porter.everybody()

        exchange = Exchange(catalogue, lambda: sharing.book, clock.wall, everybody, _described)
        self.porter = porter = Porter(
            self._hub, clock, make_embassy, self._changed, ask_s=options.ask_s
        )
        warrants = Warrants(
            catalogue, sharing.office.shelf, self._hub, porter.everybody, exchange.standing
        )
        servers, audit = HubServers(self._hub), sharing.auditor
        starter = Starter(
            catalogue, consent, servers, warrants.may_start, audit, clock, options.start_s
        )
        self._run_audit = RunAudit(audit, clock)
        self._relays = Relays(warrants.owner_of, warrants.may_run, starter, self._run_audit)
        self._renames = Renames(catalogue, self._moved)
        self._herald = Herald(porter.everybody, lambda: sharing.book)
        desks = Desks(
            gate=porter,
            counter=OfficeCounter(
                sharing.office, catalogue, lambda: sharing.book, exchange, starter.can_be_let
            ),
            registrar=CatalogueRegistrar(
                catalogue, store.journal, limits, clock, entropy, worker
            ),
            hub=self._hub,
        )  # fmt: skip
        site = make_site(options, desks, sharing, catalogue, registry, everybody, meter)
        self._cookie_secret = site.settings.cookie_secret
        self._routes = service_routes(site, self._trouble, self._settled, limits.frame_bytes)
        self._guests: Rule | None = None
        if self._lab is not None:
            replicas = Replicas(store.journal, tenancy, clock, entropy, worker)
            needs = GuestNeeds(catalogue, places, sharing, door, replicas, limits, clock)
            self._guests = guest_view(options, needs, self._lab)
        self._http: HTTPServer | None = None
        self._stopping = False
        self._watch()

    async def start(self) -> str:
        """Begin to listen.

        Returns:
            The URL at which the service answers.

        Raises:
            OSError: the address cannot be had. StoreError: the store cannot be used.
        """
        sockets = bind_sockets(self._options.port, self._options.host)
        await self._sharing.start(self._door, self._changed)
        await self._tenancy.start()
        routes: list[Any] = [*self._routes]
        if self._guests is not None:
            routes.insert(0, self._guests)
        application = Application(
            routes, log_function=_log_request, cookie_secret=self._cookie_secret
        )
        put_up(application, self._options.prefix + HOME)
        self._http = HTTPServer(application, max_body_size=MOST_BODY_BYTES)
        self._http.add_sockets(sockets)
        port = sockets[0].getsockname()[1]
        return f"http://{self._options.host}:{port}{self._options.prefix}"

    async def hub_trouble(self) -> str:
        """Why the Hub cannot be asked now; ``""``: it can (HUB-31)."""
        return await self._hub.trouble()

    async def stop(self) -> bool:
        """Make durable what has come, let everybody go, close the store (HUB-18).

        Returns:
            Whether that was done in time.
        """
        self._stopping = True
        if self._http is not None:
            self._http.stop()
        saving = asyncio.ensure_future(self._save())
        done, _ = await asyncio.wait({saving}, timeout=DRAIN_S - 1)
        if not done:
            saving.cancel()
        self._hub.close()
        # At once: none of them waits longer than what is left of the time for a database that does not answer.
        await asyncio.gather(self._sharing.let_go(), self.catalogue.close(), self._store.close())
        self._worker.close()
        return bool(done)

    async def _save(self) -> None:
        self._renames.close()
        self._herald.close()
        await self._door.close()
        await self._tenancy.stop()
        await self.porter.close()
        self._run_audit.close()
        await self._sharing.stop()
        if self._http is not None:
            await self._http.close_all_connections()

    def _moved(self, before: HubDocument, document: HubDocument) -> None:
        room = address_of(document).document_id
        self._files.moved(room)
        self._herald.renamed(document.owner, {document.id, *before.within, *document.within})
        if before.within.keys() == document.within.keys():
            return
        # Rights follow from the folders a document lies in.
        relay = self._relays.of(room)
        if relay is not None:
            relay.review()
        self._rechecking = asyncio.ensure_future(self._door.recheck(room))

    def _changed(self) -> None:
        self._herald.changed()
        self._relays.review()

    def _trouble(self) -> str:
        if self._stopping:
            return "The service is stopping."
        return "" if self._tenancy.writes else _ELSEWHERE

    async def _settled(self) -> str:
        """As :meth:`_trouble`, when what ends by itself in a moment has had time to."""
        await self._tenancy.until_writing(HOLD_S)
        return self._trouble()

    def _watch(self) -> None:
        watch = self.meter.watch
        watch("servers", "Single-user servers connected", lambda: self.porter.connected)
        watch("documents", "Documents held", lambda: len(self.catalogue))
        watch("ready", "Whether edits can be taken", lambda: 0 if self._trouble() else 1)
        watch("grants", "Shares that count", lambda: len(self._sharing.book.grants))


def _described(document: HubDocument, standing: Standing) -> dict[str, Any]:
    return held_body(Held(document, standing))


class _Events:
    """Rooms' listener of last resort: nothing but broken frames is anybody's business."""

    def __init__(self, guestbook: Guestbook) -> None:
        self._guestbook = guestbook

    def presence(self, address: Address, user: User, action: str) -> None:
        """The roster has heard it."""

    def room(self, address: Address, action: str, message: str) -> None:
        """Nobody listens."""

    def struck(self, channel: Channel) -> None:
        """Count it."""
        self._guestbook.struck(channel)


def _registry(options: HubOptions) -> SqlRegistry:
    if options.database_url:
        return SqlRegistry.connect(options.database_url)
    return SqlRegistry.open(options.store_dir)


def _log_request(handler: object) -> None:
    """Nothing: what matters is counted, and addresses hold ids of documents."""
