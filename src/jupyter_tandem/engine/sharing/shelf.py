"""What one guest sees of the server's files: the shared ones, and the folders on the way to them."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_tandem.engine.sharing.entry import ConnectionRights, LobbyRights
from jupyter_tandem.engine.sharing.ledger import Ledger
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.desks import Aisle, Opened, Overview, SharedRights
from jupyter_tandem.ports.reception import Grants
from jupyter_tandem.ports.sharing import Located, Places
from jupyter_tandem.sharing import Person, Target, TargetKind
from jupyter_tandem.types import FileId


class LedgerShelf:
    """:class:`jupyter_tandem.ports.desks.Shelf`."""

    def __init__(self, ledger: Ledger, overview: Overview, places: Places) -> None:
        """Show what ``overview`` says is shared."""
        self._ledger = ledger
        self._overview = overview
        self._places = places

    async def find(self, person: Person, path: str) -> Opened | Aisle:
        """What ``person`` may see at ``path``.

        Raises:
            NotFound: nothing is there, or nothing of theirs.
        """
        shared = await self._overview.with_person(person)
        roots = [s.found for s in shared if s.found is not None]
        if any(_holds(root, path) for root in roots):
            found = await self._places.at(path)
            now = self._ledger.now()
            standing = self._ledger.book.effective_role(person, found.place, now)
            if standing is not None:
                return Opened(found, standing)
        names = _below(path, roots)
        if not names and path:
            raise NotFound("There is no such file or folder.")
        return Aisle(path, names)

    async def document(self, person: Person, file_id: FileId) -> Opened:
        """See the port."""
        found = await self._places.of(Target(TargetKind.DOCUMENT, file_id))
        book = await self._ledger.refresh()
        if found is not None:
            standing = book.effective_role(person, found.place, self._ledger.now())
            if standing is not None:
                return Opened(found, standing)
        raise NotFound("There is no such document.")

    def rights(
        self,
        who: Callable[[], Person | None],
        file_id: FileId | None,
        host: Grants | None = None,
    ) -> SharedRights:
        """See the port."""
        if file_id is None:
            return LobbyRights(who)
        return ConnectionRights(self._ledger, self._places, who, file_id, host)


def _holds(root: Located, path: str) -> bool:
    if root.place.target.kind is TargetKind.DOCUMENT:
        return path == root.path
    return not root.path or path == root.path or path.startswith(root.path + "/")


def _below(path: str, roots: list[Located]) -> dict[str, bool]:
    """The next parts of the ways that lead from ``path`` to what is shared."""
    start = f"{path}/" if path else ""
    names: dict[str, bool] = {}
    for root in roots:
        if root.path.startswith(start) and root.path != path:
            name, _, rest = root.path[len(start) :].partition("/")
            is_file = not rest and root.place.target.kind is TargetKind.DOCUMENT
            names[name] = names.get(name, False) or is_file
    return names
