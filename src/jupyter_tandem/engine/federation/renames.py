"""At the service: what servers say their files are called and where they lie, no faster than others can follow (HUB-36)."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from jupyter_tandem.core.sharing.name import LONGEST_SUBJECT
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.errors import InvalidInput, StoreError
from jupyter_tandem.ports.federation import HubDocument

_log = logging.getLogger(__name__)

APART_S: Final = 0.5
"""How long a document keeps a name or a place: one that is moved out of a folder is not shared by it any more within a
second (HUBDIR-7)."""

OnMoved = Callable[[HubDocument, HubDocument], None]
"""Told of a document as it was and as it is."""


class Renames:
    """Enters what is told of each document, the last word where there are many; one after the other for each owner."""

    def __init__(self, catalogue: Catalogue, on_moved: OnMoved) -> None:
        """Enter it in ``catalogue``, and tell ``on_moved`` of what has changed."""
        self._catalogue = catalogue
        self._on_moved = on_moved
        self._told: dict[str, tuple[object, object]] = {}
        self._working: dict[str, asyncio.Task[None]] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def told(self, document_id: str, name: object, within: object) -> None:
        """The server that keeps a file says what it is called, and in which shared folders it lies."""
        document = self._catalogue.get(document_id)
        if document is None:
            return
        if document_id in self._working:
            self._told[document_id] = (name, within)
        elif self._moved(document, name, within) is not None:
            self._told[document_id] = (name, within)
            work = self._enter(document_id, document.owner)
            self._working[document_id] = asyncio.get_running_loop().create_task(work)

    def close(self) -> None:
        """Enter nothing any more: servers tell it again when they come back."""
        for task in self._working.values():
            task.cancel()

    # -- inside ------------------------------------------------------------------------------------

    async def _enter(self, document_id: str, owner: str) -> None:
        try:
            while document_id in self._told:
                async with self._turns[owner]:
                    changed = await self._enter_last(document_id)
                if changed:
                    await asyncio.sleep(APART_S)
        finally:
            self._told.pop(document_id, None)
            del self._working[document_id]

    async def _enter_last(self, document_id: str) -> bool:
        """Whether there was anything to be entered."""
        name, within = self._told.pop(document_id)
        document = self._catalogue.get(document_id)
        moved = None if document is None else self._moved(document, name, within)
        if document is None or moved is None:
            return False
        try:
            await self._catalogue.put(moved)
        except (StoreError, InvalidInput) as error:
            _log.error("%r keeps its old name: %s", document.name, error)
        else:
            self._on_moved(document, moved)
        return True

    def _moved(self, document: HubDocument, name: object, within: object) -> HubDocument | None:
        """The document as it is told of; ``None``: as it is."""
        fits = isinstance(name, str) and 0 < len(name) <= LONGEST_SUBJECT and "/" not in name
        called = name if isinstance(name, str) and fits else document.name
        lying = self._catalogue.folders_of(document, within)
        if (called, lying) == (document.name, document.within):
            return None
        return replace(document, name=called, within=lying)
