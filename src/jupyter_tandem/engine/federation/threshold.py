"""What others share with a server's person is nobody else's there, however it is asked for (HUB-5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jupyter_tandem.core.federation.naming import drive_path, is_hub_file
from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.engine.federation.liaison import Liaison
from jupyter_tandem.errors import AccessDenied, NotFound
from jupyter_tandem.types import Action, Address, User

ABSENT: Final = "There is no such document."
_LOOKING: Final = "You may look at this document and not edit it."


class Threshold:
    """Asked before anything that names a document, or a copy of one, is done for somebody."""

    def __init__(
        self,
        username: str,
        known: KnownDocuments,
        liaison: Liaison,
        origin: Callable[[str], Address | None],
    ) -> None:
        """What is ``known`` is for ``username``; ``origin`` says of which document a fork or preview is."""
        self._username = username
        self._known = known
        self._liaison = liaison
        self._origin = origin

    def pass_document(self, room: str, user: User) -> Address | None:
        """The document of somebody else that ``room`` names; ``None`` where it names none.

        Raises:
            NotFound: ``user`` is not this server's person.
        """
        return self._pass(_address(room), user, ABSENT)

    def pass_room(self, room: str, user: User, absent: str = ABSENT) -> Address | None:
        """The same, of a document or of the one that a fork or preview shows.

        Raises:
            NotFound: as :meth:`pass_document`. It says ``absent``, as of what is not there.
        """
        return self._pass(self._origin(room) or _address(room), user, absent)

    def pass_path(self, path: str, user: User, absent: str = ABSENT) -> str | None:
        """``path`` within the drive of what is shared; ``None`` for the server's own files.

        Raises:
            NotFound: as :meth:`pass_room`.
        """
        within = drive_path(path)
        if within is not None:
            self._check(user, absent)
        return within

    async def ready(self, address: Address) -> Known:
        """A document of somebody else, which can be opened here now.

        Raises:
            NotFound: it is not shared (any more).
            HubUnreachable, StoreError: there is no copy here, and none can be had or kept.
        """
        known = self._known.of_address(address)
        await self._liaison.ready(known)
        return known

    def check_may_write(self, address: Address) -> None:
        """Do nothing, unless an edit made here could not be handed over.

        Raises:
            NotFound: the document is not shared any more. AccessDenied: only for looking.
        """
        if Action.WRITE not in self._known.of_address(address).actions:
            raise AccessDenied(_LOOKING)

    def _pass(self, address: Address | None, user: User, absent: str) -> Address | None:
        if address is None or not is_hub_file(address.file_id):
            return None
        self._check(user, absent)
        return address

    def _check(self, user: User, absent: str) -> None:
        if user.username != self._username:
            raise NotFound(absent)


def _address(room: str) -> Address | None:
    try:
        return Address.parse(room)
    except ValueError:
        return None
