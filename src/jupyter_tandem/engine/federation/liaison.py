"""A single-user server's connection to the service, and the links that go over it (docs/spec/hub.md)."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

from jupyter_tandem.engine.federation.courier import Courier
from jupyter_tandem.engine.federation.crossing import Crossings
from jupyter_tandem.engine.federation.distant import DistantFiles, report_from
from jupyter_tandem.engine.federation.errands import Errands
from jupyter_tandem.engine.federation.folder_agent import FolderAgent
from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.engine.federation.link import Link
from jupyter_tandem.engine.federation.parting import Parting
from jupyter_tandem.engine.federation.replica import Fetch, Replicas
from jupyter_tandem.engine.federation.uplink import Uplink
from jupyter_tandem.engine.federation.wanted import (
    Wanted,
    guests_offered,
    kept_documents,
    kept_folders,
)
from jupyter_tandem.engine.house import Landlord, open_room
from jupyter_tandem.errors import (
    AccessDenied,
    HubUnreachable,
    LineageMismatch,
    MalformedFrame,
    NotFound,
    TandemError,
)
from jupyter_tandem.ports.federation import HubService
from jupyter_tandem.ports.folders import Folders
from jupyter_tandem.ports.keepsake import Keepsake
from jupyter_tandem.ports.sharing import Places
from jupyter_tandem.protocol.federation import (
    Ask,
    Carried,
    Credit,
    Errand,
    FederationMessage,
    News,
    Open,
    Piece,
    Reply,
    Shut,
    Warrant,
)
from jupyter_tandem.sharing import GuestOffer
from jupyter_tandem.types import Action, Address, FileId, LineageId

_log = logging.getLogger(__name__)

AGAIN_S: Final = 1.0
"""How long after a link has broken it is made again, while the connection stands."""

PARTING_S: Final = 1.3
"""How long a server that stops waits for the service to have the last edits; the journal here has them."""

LOOK_S: Final = 5.0
"""How often links are looked at: a copy nobody is in needs none when all has been handed over."""

UNREACHABLE: Final = (
    "The Hub's sharing service cannot be reached. Edits are kept here and go on when it is back."
)
_ENDED: Final = frozenset({AccessDenied.close_code, NotFound.close_code})


class Liaison:
    """Keeps the connection and its links. Everything happens on the event loop's thread.

    Attributes:
        guests: What links for people without an account may give, as the service said last.
    """

    def __init__(
        self,
        *,
        service: HubService,
        landlord: Landlord,
        may_write: Callable[[], bool],
        replicas: Replicas,
        files: DistantFiles,
        known: KnownDocuments,
        keepsake: Keepsake,
        recheck: Callable[[], Awaitable[None]],
        errands: Errands,
        crossings: Crossings,
        folders: Folders,
        places: Places,
        most_bytes: int,
    ) -> None:
        """Nothing happens before :meth:`start`.

        Args:
            service: The service.
            landlord: Has the rooms here.
            may_write: Whether this process is the one that writes them.
            replicas: Copies of others' documents.
            files: Told how others' files stand.
            known: Told what others share with this server's person.
            keepsake: Keeps what cannot be handed over.
            recheck: Makes open connections follow changed rights.
            errands: Runs what others want of documents whose file is here.
            crossings: Has cells of others' documents run where they are to be.
            folders: The folders of this server.
            places: Knows where they are.
            most_bytes: Of a file that is sent to others.
        """
        self.guests: GuestOffer | None = None
        self.agent = FolderAgent(folders, places, self.post, most_bytes)
        self._courier = Courier(self.post)
        self._errands = errands
        self._crossings = crossings
        self._service = service
        self._landlord = landlord
        self._may_write = may_write
        self._replicas = replicas
        self._files = files
        self._known = known
        self._recheck = recheck
        self._parting = Parting(replicas, known, keepsake, recheck)
        self._uplink = Uplink(service, may_write, self)
        self._wanted: dict[str, Wanted] = {}
        self._channels: dict[int, Link | Fetch] = {}
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    # -- life ----------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect."""
        self._spawn(self._uplink.run())
        self._spawn(self._keep_looking())

    async def stop(self) -> None:
        """Hand over what can be handed over at once and disconnect. Rooms stay as they are."""
        self._stopped = True
        await self._hand_over()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _hand_over(self) -> None:
        deadline = asyncio.get_running_loop().time() + PARTING_S
        while self._uplink.connected and asyncio.get_running_loop().time() < deadline:
            links = [wanted.link for wanted in self._wanted.values() if wanted.link is not None]
            if not self.backlog_bytes and all(link.synchronised for link in links):
                return
            await asyncio.sleep(PARTING_S / 50)

    @property
    def connected(self) -> bool:
        """Whether the service is there."""
        return self._uplink.connected

    def kept(self, address: Address) -> str | None:
        """The id at the service of a document whose file is here; ``None`` when it is not shared there."""
        for wanted in self._wanted.values():
            if wanted.keeps and wanted.address == address:
                return wanted.document
        return None

    def address_kept(self, document: str) -> Address | None:
        """The inverse of :meth:`kept`."""
        wanted = self._wanted.get(document)
        return wanted.address if wanted is not None and wanted.keeps else None

    def share_folder(self, document: str, file_id: FileId) -> None:
        """Answer for a folder from now on; the service learns which shared documents lie in it."""
        self.agent.share(document, file_id)
        for wanted in self._wanted.values():
            if wanted.keeps and wanted.link is not None:
                wanted.link.report_again()

    def courier(self) -> Courier:
        """Asks the service about others' folders.

        Raises:
            HubUnreachable: it is not there.
        """
        if not self._uplink.connected:
            raise HubUnreachable(UNREACHABLE)
        return self._courier

    # -- what is to be linked ------------------------------------------------

    def keep(self, document: str, address: Address) -> None:
        """Link a document whose file is here, from now on."""
        wanted = self._wanted.setdefault(document, Wanted(document, address, True))
        self._attach_soon(wanted)

    async def ready(self, known: Known) -> None:
        """Return when a document of somebody else can be opened here; it is linked from now on.

        Raises:
            NotFound: it is not shared with this server's person any more.
            HubUnreachable: there is no copy yet, and none can be had. StoreError: nor can it be kept.
        """
        document = known.offered.id
        wanted = self._wanted.setdefault(document, Wanted(document, known.address, False))
        wanted.idle = 0
        async with wanted.turn:
            # Also when there is a copy: it may be about to begin anew.
            await self._plant(wanted)
        self._known.waits(document, True)
        if wanted.link is None:
            self._attach_soon(wanted)

    async def _plant(self, wanted: Wanted) -> None:
        if not await self._replicas.exists(wanted.address):
            lineage, state = await self._fetch(wanted.document)
            await self._replicas.plant(wanted.address, lineage, state)

    async def _fetch(self, document: str) -> tuple[LineageId, bytes]:
        if not self._uplink.connected:
            raise HubUnreachable(UNREACHABLE)
        fetch, channel = Fetch(), next(self._numbers)
        self._channels[channel] = fetch
        try:
            self.post(Open(channel, document, ""))
            lineage, updates = await fetch.wait()
            return lineage, await self._replicas.unite(updates)
        finally:
            self._channels.pop(channel, None)
            self.post(Shut(channel, 1001, ""))

    def _attach_soon(self, wanted: Wanted) -> None:
        if wanted.attaching or wanted.link is not None or not self.connected:
            return
        if self._wanted.get(wanted.document) is wanted:
            wanted.attaching = True
            self._spawn(self._attach_in_turn(wanted))

    async def _attach_in_turn(self, wanted: Wanted) -> None:
        try:
            async with wanted.turn:
                await self._attach(wanted)
        finally:
            wanted.attaching = False

    async def _attach(self, wanted: Wanted) -> None:
        try:
            if not wanted.keeps:
                await self._plant(wanted)
            live = await open_room(self._landlord, wanted.address)
            if live.outputs is not None:
                # Nobody over there could fetch what is kept here beside the document.
                await live.outputs.need_whole()
        except NotFound:
            await self._withdrawn(wanted)
            return
        except TandemError as error:
            wanted.complain(str(error))
            return
        wanted.complain("")
        if not self.connected or not self._may_write() or live.closed:
            if live.outputs is not None:
                live.outputs.need_no_more()
            return
        channel = next(self._numbers)
        runs = self._errands if wanted.keeps else self._crossings
        link = Link(wanted.document, live, channel, self, runs, keeps=wanted.keeps)
        wanted.link = self._channels[channel] = link
        link.open()

    # -- Surroundings of links -----------------------------------------------

    @property
    def backlog_bytes(self) -> int:
        """See the protocol."""
        return self._uplink.backlog_bytes

    def post(self, message: FederationMessage) -> None:
        """See the protocol."""
        self._uplink.post(message)

    def rights_told(self, link: Link, actions: frozenset[Action]) -> None:
        """See the protocol."""
        if not link.keeps and self._known.changed(link.document, actions):
            self._spawn(self._follow())

    def file_told(self, link: Link, body: Mapping[str, Any]) -> None:
        """See the protocol."""
        # After the edits that came before it, which are dealt with at the end of this turn.
        report = report_from(dict(body))
        asyncio.get_running_loop().call_soon(self._files.told, link.address.document_id, report)

    def file_stands(self, link: Link, body: dict[str, Any]) -> None:
        """See the protocol."""
        wanted = self._wanted.get(link.document)
        if wanted is None or not self.agent.any:
            link.report(body)
        else:
            self._spawn(self._report(wanted, link, body))

    async def _report(self, wanted: Wanted, link: Link, body: dict[str, Any]) -> None:
        async with wanted.reporting:
            within = await self.agent.within(link.address.file_id)
            link.report({**body, "within": dict(within)})

    def diverged(self, link: Link) -> None:
        """See the protocol."""
        wanted = self._wanted.get(link.document)
        if wanted is not None and not link.keeps:
            self._cut(wanted)
            self._spawn(self._begin_anew(wanted))

    def broken(self, link: Link, code: int, reason: str, *, by_hub: bool) -> None:
        """See the protocol."""
        self._channels.pop(link.channel, None)
        wanted = self._wanted.get(link.document)
        if wanted is None or wanted.link is not link:
            return
        wanted.detached()
        if by_hub and code in _ENDED:
            self._spawn(self._withdrawn(wanted))
        elif by_hub and code == LineageMismatch.close_code:
            self._spawn(self._begin_anew(wanted))
        elif not self._stopped:
            _log.info("The link of %s ended (%d %s)", link.address.document_id, code, reason)
            delay_s = AGAIN_S * random.uniform(0.5, 1.5)  # noqa: S311  (spreads load)
            asyncio.get_running_loop().call_later(delay_s, self._attach_soon, wanted)

    # -- what cannot go on as it is ------------------------------------------

    async def _begin_anew(self, wanted: Wanted) -> None:
        async with wanted.turn:
            await self._parting.begin_anew(wanted, self._fetch)
        asyncio.get_running_loop().call_later(AGAIN_S, self._attach_soon, wanted)

    async def _withdrawn(self, wanted: Wanted, known: Known | None = None) -> None:
        known = known or self._known.get(wanted.document)
        if self._wanted.pop(wanted.document, None) is None and known is None:
            # The news came twice. What is here may just be being kept as a file: it must not be wiped before.
            return
        self._cut(wanted)
        await self._parting.withdrawn(wanted, known)

    async def _follow(self) -> None:
        self._crossings.review()
        await self._recheck()

    def _cut(self, wanted: Wanted) -> None:
        link = wanted.link
        if link is not None:
            wanted.detached()
            self._channels.pop(link.channel, None)
            link.end(tell=True)

    # -- Listener of the connection ------------------------------------------

    def heard(self, message: FederationMessage) -> None:
        """See the protocol."""
        match message:
            case Carried(channel, frame):
                self._carried(channel, frame)
            case Shut(channel, code, reason):
                found = self._channels.get(channel)
                if found is not None:
                    found.shut(code, reason)
            case News():
                self._spawn(self._refresh())
            case Ask() | Credit() as asked:
                self.agent.take(asked)
            case Reply() | Piece() as answer:
                self._courier.take(answer)
            case Errand(channel) | Warrant(channel) as asked:
                found = self._channels.get(channel)
                if isinstance(found, Link):
                    found.asked(asked)
            case _:
                raise MalformedFrame("Only servers say this.")

    def _carried(self, channel: int, frame: bytes) -> None:
        found = self._channels.get(channel)
        if isinstance(found, Link):
            found.from_hub(frame)
        elif isinstance(found, Fetch):
            answer = found.take(frame)
            if answer is not None:
                self.post(Carried(channel, answer))

    def welcomed(self, body: Mapping[str, Any]) -> None:
        """See the protocol."""
        self.guests = guests_offered(body)
        for document, file_id in kept_folders(body).items():
            self.agent.share(document, file_id)
        for wanted in kept_documents(body):
            self._wanted.setdefault(wanted.document, wanted)
        for known in self._known.all():
            if known.waiting and not known.offered.is_folder:
                document = known.offered.id
                self._wanted.setdefault(document, Wanted(document, known.address, False))
        for wanted in self._wanted.values():
            self._attach_soon(wanted)
        self._spawn(self._refresh())

    def lost(self) -> None:
        """See the protocol."""
        self.agent.lost()
        self._courier.lost(HubUnreachable(UNREACHABLE))
        for channel in list(self._channels.values()):
            if isinstance(channel, Fetch):
                channel.fail(HubUnreachable(UNREACHABLE))
            else:
                channel.end(tell=False)
        self._channels.clear()
        for wanted in self._wanted.values():
            wanted.detached()
        self._tell_unreachable()

    def _tell_unreachable(self) -> None:
        for wanted in self._wanted.values():
            if not wanted.keeps:
                self._files.silent(wanted.address.document_id, UNREACHABLE)

    async def ask(self) -> None:
        """Ask now what is shared with this server's person; what cannot be asked stays as it was."""
        await self._refresh()

    async def _refresh(self) -> None:
        """Ask what is shared with this server's person."""
        try:
            gone = self._known.take(await self._service.offered())
        except TandemError as error:
            _log.warning("Nobody can say what is shared: %s", error)
            return
        for known in gone:
            document = known.offered.id
            wanted = self._wanted.get(document) or Wanted(document, known.address, False)
            await self._withdrawn(wanted, known)
        await self._follow()

    # -- looking after links -------------------------------------------------

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for wanted in list(self._wanted.values()):
                self._look_at(wanted)

    def _look_at(self, wanted: Wanted) -> None:
        link = wanted.link
        if link is None:
            self._attach_soon(wanted)
            return
        busy = wanted.keeps or link.people or not link.synchronised
        wanted.idle = 0 if busy else wanted.idle + 1
        if wanted.idle > 2:
            self._cut(wanted)
            del self._wanted[wanted.document]
            self._known.waits(wanted.document, False)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
