"""What one connection may do, asked again and again while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.ports.sharing import Places
from jupyter_tandem.sharing import Person, Place, Standing, Target, TargetKind
from jupyter_tandem.types import Action, FileId

WITHDRAWN: Final = "This is not shared with you any more. Ask its owner if you need it."
EXPIRED: Final = "The time for which this was shared with you is over. Ask its owner for more."

_LOOK: Final = frozenset({Action.READ})
_NOTHING: Final[frozenset[Action]] = frozenset()


class ConnectionRights:
    """:class:`~jupyter_tandem.ports.desks.SharedRights` of one person to one document."""

    def __init__(
        self,
        ledger: Ledger,
        places: Places,
        who: Callable[[], Person | None],
        file_id: FileId,
        host: Grants | None,
    ) -> None:
        """As :meth:`jupyter_tandem.ports.desks.Shelf.rights`."""
        self._ledger = ledger
        self._places = places
        self._who = who
        self._host = host
        self._file_id = file_id
        self._alone = Place(Target(TargetKind.DOCUMENT, file_id))
        self._until: float | None = None

    async def actions(self) -> frozenset[Action]:
        """See the port."""
        host = _NOTHING if self._host is None else await self._host.actions()
        standing = await self._standing()
        if standing is None:
            return host
        self._until = standing.until
        return host | standing.rights.actions

    def parting(self) -> str:
        """See the port."""
        over = self._until is not None and self._ledger.now() >= self._until
        return EXPIRED if over else WITHDRAWN

    async def _standing(self) -> Standing | None:
        person = self._who()
        if person is None:
            return None
        place = await self._place()
        return self._ledger.book.effective_role(person, place, self._ledger.now())

    async def _place(self) -> Place:
        if not self._ledger.book.shares_folders:
            return self._alone
        return await self._places.place_of_file(self._file_id) or self._alone


class LobbyRights:
    """:class:`~jupyter_tandem.ports.desks.SharedRights` of somebody who waits: they may look."""

    def __init__(self, who: Callable[[], Person | None]) -> None:
        """Ask ``who`` is there."""
        self._who = who

    async def actions(self) -> frozenset[Action]:
        """See the port."""
        return _NOTHING if self._who() is None else _LOOK

    def parting(self) -> str:
        """See the port."""
        return WITHDRAWN
