"""Takes documents over from the servers that keep their files (HUB-1)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from jupyter_tandem.core.document import Document
from jupyter_tandem.core.sharing.name import LONGEST_SUBJECT
from jupyter_tandem.engine.federation.catalogue import Catalogue, address_of
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import DocumentError, InvalidInput, ServerFull, StoreUnavailable
from jupyter_tandem.ports.clock import Clock, Entropy
from jupyter_tandem.ports.federation import FOLDER, HubDocument, Registered
from jupyter_tandem.ports.hub_desk import Handover
from jupyter_tandem.ports.store import Entry, Journal
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.protocol.update import UpdateLimits, inspect
from jupyter_tandem.types import DocumentKind, LineageId

MOST_OF_ONE: Final = 1_000
"""Documents of one person. Every one that is used is a room in memory here and at their server."""

MOST: Final = 100_000
"""Documents of one service; 300 bytes each are in memory."""

_LONGEST_ID: Final = 200


class CatalogueRegistrar:
    """:class:`jupyter_tandem.ports.hub_desk.Registrar`: adds documents to the catalogue, with their history."""

    def __init__(
        self,
        catalogue: Catalogue,
        journal: Journal,
        limits: Limits,
        clock: Clock,
        entropy: Entropy,
        worker: Worker,
    ) -> None:
        """Write to ``catalogue`` and ``journal``."""
        self._catalogue = catalogue
        self._journal = journal
        self._limits = limits
        self._clock = clock
        self._entropy = entropy
        self._worker = worker
        self._turn = asyncio.Lock()

    async def take(self, handover: Handover, state: bytes) -> Registered:
        """Hold a document from now on; durable on return.

        Of a file that is held already nothing is changed but its name.

        Raises:
            InvalidInput: a name or id is none that a file can have.
            ProtocolError, DocumentError: ``state`` is no document of this kind.
            ServerFull: there are too many. StoreError: nothing is held.
        """
        _check(handover)
        async with self._turn:
            known = self._catalogue.of_file(
                handover.owner, handover.server, handover.file_id, handover.kind
            )
            if known is None:
                return await self._take_new(handover, state)
            within = self._catalogue.folders_of(known, handover.within)
            if (known.name, known.within) != (handover.name, within):
                known = replace(known, name=handover.name, within=within)
                await self._catalogue.put(known)
            return await self._registered(known)

    async def _registered(self, document: HubDocument) -> Registered:
        if document.is_folder:
            return Registered(document.id, LineageId(""))
        head = await self._journal.head(address_of(document).document_id)
        if head is None:
            raise StoreUnavailable("The document's journal is gone; an administrator must look.")
        return Registered(document.id, head.lineage)

    async def _take_new(self, handover: Handover, state: bytes) -> Registered:
        owned = len(self._catalogue.owned_by(handover.owner))
        if owned >= MOST_OF_ONE or len(self._catalogue) >= MOST:
            raise ServerFull("Too many documents are shared; end some shares first.")
        document = HubDocument(
            self._entropy.token(),
            handover.owner,
            handover.server,
            handover.file_id,
            handover.kind,
            handover.name,
            round(self._clock.wall(), 3),
        )
        document = replace(document, within=self._catalogue.folders_of(document, handover.within))
        if not document.is_folder:
            await self._keep(document, handover, state)
        # Last, so that what is in the catalogue always has a journal.
        await self._catalogue.put(document)
        return Registered(document.id, handover.lineage)

    async def _keep(self, document: HubDocument, handover: Handover, state: bytes) -> None:
        inspect(state, UpdateLimits(depth=self._limits.depth))
        client_id = self._entropy.client_id()
        clean = await self._worker.run(_cleaned, handover.kind, state, client_id)
        document_id = address_of(document).document_id
        await self._journal.create(document_id, handover.lineage)
        entry = Entry(document_id, 1, handover.owner, self._clock.wall(), "seed", clean)
        await self._journal.append([entry])


def _cleaned(kind: DocumentKind, state: bytes, client_id: int) -> bytes:
    """``state`` as the room would have taken it: without trust, and proven to hold a document."""
    document = Document(kind, client_id)
    try:
        if document.apply([state]) is None:
            raise DocumentError("The document is empty.")
        document.content()
        return document.encode()
    finally:
        document.close()


def _check(handover: Handover) -> None:
    kind = handover.kind
    ids = (handover.file_id, handover.lineage, kind.type)
    if not all(0 < len(text) <= _LONGEST_ID for text in ids) or "~" in handover.lineage:
        raise InvalidInput("That is no document.")
    known = kind == FOLDER or kind.format in {"json", "text", "base64"}
    if not known or ":" in kind.type:
        raise InvalidInput("That is no kind of document.")
    if not 0 < len(handover.name) <= LONGEST_SUBJECT or "/" in handover.name:
        raise InvalidInput("That is no name of a file.")
