"""What one connection may do, asked again and again while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.ports.sharing import Places
from jupyter_tandem.sharing import Person, Place, Standing, Target, TargetKind
from jupyter_tandem.types import Action, FileId

ENDED: Final = "Your access to this document has ended. Ask its owner if you need it back."


class SharedGrants:
    """:class:`~jupyter_tandem.ports.reception.Grants` by what was shared, and the host's word if any."""

    def __init__(
        self,
        ledger: Ledger,
        places: Places,
        who: Callable[[], Person | None],
        file_id: FileId,
        host: Grants | None = None,
    ) -> None:
        """Answer for one person and one document.

        Args:
            ledger: What was shared.
            places: Where the document lies now.
            who: The person as of now; ``None`` when they have signed out.
            file_id: The document's file.
            host: What the server itself allows them, for people with an account.
        """
        self._ledger = ledger
        self._places = places
        self._who = who
        self._host = host
        self._file_id = file_id

    async def actions(self) -> frozenset[Action]:
        """See the port."""
        host = frozenset[Action]() if self._host is None else await self._host.actions()
        standing = await self.standing()
        return host if standing is None else host | standing.rights.actions

    async def standing(self) -> Standing | None:
        """What the person is to the document now by what was shared with them."""
        person = self._who()
        if person is None:
            return None
        place = await self._place()
        return self._ledger.book.effective_role(person, place, self._ledger.now())

    async def _place(self) -> Place:
        alone = Place(Target(TargetKind.DOCUMENT, self._file_id))
        if not self._ledger.book.shares_folders:
            return alone
        return await self._places.place_of_file(self._file_id) or alone
