"""What somebody who asks a desk is to the thing they ask about."""

from __future__ import annotations

from jupyter_tandem.core.sharing.decision import stronger
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.desks import Caller
from jupyter_tandem.ports.sharing import Located, Places
from jupyter_tandem.sharing import Place, Standing, Target, TargetKind


class Reach:
    """Says what somebody is to a file, folder or the server."""

    def __init__(self, ledger: Ledger, places: Places) -> None:
        """Decide by ``ledger``, find by ``places``."""
        self._ledger = ledger
        self._places = places

    def standing(self, caller: Caller, place: Place) -> Standing | None:
        """What the host allows ``caller`` and what was shared with them, together (SHARE-4)."""
        given = self._ledger.book.effective_role(caller.person, place, self._ledger.now())
        return stronger(caller.host, given)

    async def at(self, caller: Caller, path: str) -> tuple[Located, Standing]:
        """What is at ``path``, and what ``caller`` is to it.

        Raises:
            NotFound: there is nothing, or nothing of theirs: the answer is the same.
        """
        found = await self._places.at(path)
        standing = self.standing(caller, found.place)
        if standing is None:
            raise NotFound("There is no such file or folder.")
        return found, standing

    async def still(self, caller: Caller, found: Located) -> Standing:
        """What ``caller`` is by now to what :meth:`at` has found: asked in the ledger's turn, before which they may have
        waited while it was taken from them (SHARE-26).

        Raises:
            NotFound: nothing of theirs.
        """
        standing = await self.to(caller, found.place.target)
        if standing is None:
            raise NotFound("There is no such file or folder.")
        return standing

    async def to(self, caller: Caller, target: Target) -> Standing | None:
        """What ``caller`` is to ``target``, also where its file is gone."""
        return self.standing(caller, await self.place_of(target))

    async def place_of(self, target: Target) -> Place:
        """Where ``target`` lies now; on its own when it is gone."""
        if target.kind is TargetKind.DOCUMENT:
            return await self._places.place_of_file(target.file_id) or Place(target)
        found = await self._places.of(target)
        return Place(target) if found is None else found.place
