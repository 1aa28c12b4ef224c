"""At the service: whether somebody may run code at an owner's server, also when they are not here (HUBRUN-6)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.embassy import Embassy
from jupyter_tandem.ports.desks import Shelf
from jupyter_tandem.ports.federation import Hub, HubDocument
from jupyter_tandem.sharing import Person, Standing, Subject, SubjectKind
from jupyter_tandem.types import Action, FileId

AT_ONCE: Final = 20
"""Questions to the Hub about people who are not here that are under way together, beside those about tokens."""

OF_ONE: Final = 10
"""How many of them are about the documents of one owner, whose server says who is asked about."""


class Warrants:
    """Asks the shares, in the name of somebody who may have left since they asked for a run."""

    def __init__(
        self,
        catalogue: Catalogue,
        shelf: Shelf,
        hub: Hub,
        everybody: Callable[[], Iterable[Embassy]],
        standing: Callable[[Person, HubDocument], Standing | None],
    ) -> None:
        """Take people as their connected servers show them, and as ``hub`` knows the others."""
        self._standing = standing
        self._catalogue = catalogue
        self._shelf = shelf
        self._hub = hub
        self._everybody = everybody
        self._room = asyncio.Semaphore(AT_ONCE)
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(OF_ONE)
        )

    def owner_of(self, file_id: FileId) -> str:
        """Whose a document is, by username."""
        document = self._catalogue.get(file_id)
        return "" if document is None else document.owner

    async def may_run(self, file_id: FileId, username: str) -> bool:
        """Whether ``username`` may run code at the server that keeps the file now.

        Raises:
            HubUnreachable: they are not here, and nobody can say in which groups they are.
        """
        owner = self.owner_of(file_id)
        if username == owner:
            return True
        person = await self._person(username, owner)
        if person is None:
            return False
        rights = self._shelf.rights(lambda: person, file_id)
        return Action.RUN in await rights.actions()

    async def may_start(self, file_id: FileId, username: str) -> bool:
        """Whether the owner of a document lets ``username`` have their server started for runs.

        Raises:
            HubUnreachable: they are not here, and nobody can say in which groups they are.
        """
        document = self._catalogue.get(file_id)
        if document is None:
            return False
        person = await self._person(username, document.owner)
        if person is None:
            return False
        standing = self._standing(person, document)
        return standing is not None and standing.may_start

    async def _person(self, username: str, owner: str) -> Person | None:
        for embassy in self._everybody():
            delegate = embassy.delegate
            if delegate is not None and delegate.user.username == username:
                return _person(username, delegate.groups)
        async with self._turns[owner], self._room:
            groups = await self._hub.groups_of(username)
        return None if groups is None else _person(username, groups)


def _person(username: str, groups: frozenset[str]) -> Person:
    return Person(Subject(SubjectKind.USER, username), username, groups)
