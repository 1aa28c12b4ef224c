"""What others share with this server's person, as far as the service has told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from jupyter_tandem.core.federation.naming import DRIVE, hub_document, hub_file, unique_names
from jupyter_tandem.errors import AccessDenied, InvalidInput, NotFound
from jupyter_tandem.ports.federation import KnownStore, Offered, Remembered
from jupyter_tandem.types import Action, Address

LONGEST_PATH: Final = 4_096

_NOT_THERE = "There is no such file or folder."
_OWNERS = "What lies in a folder of somebody else is renamed and moved by them; the folder itself can be put elsewhere."


@dataclass(slots=True)
class Known:
    """A document of somebody else.

    Attributes:
        offered: As the service told it last.
        path: Where it is in the drive of what is shared.
        waiting: Whether it may hold edits here that the service has not got.
        placed: Where its person put it, or ``""`` while they have not.
    """

    offered: Offered
    path: str
    waiting: bool
    placed: str = ""

    @property
    def address(self) -> Address:
        """Its address in this server."""
        return Address(self.offered.kind, hub_file(self.offered.id))

    @property
    def actions(self) -> frozenset[Action]:
        """What the person may do to it here. Whoever may write runs code: at the owner's server if they may,
        and otherwise in their own, as in their own files (HUB-22).
        """
        actions = self.offered.actions
        return actions | {Action.RUN} if Action.WRITE in actions else actions


class KnownDocuments:
    """Remembered across restarts, because people go on while the service is away (HUB-8)."""

    def __init__(self, store: KnownStore) -> None:
        """Begin with what ``store`` holds; blocks, for start-up."""
        self._store = store
        self._known: dict[str, Known] = {}
        self._moved: Callable[[Known], None] = lambda _known: None
        remembered = store.load()
        self._settle([Known(r.offered, "", r.waiting, r.placed) for r in remembered])

    def on_moved(self, moved: Callable[[Known], None]) -> None:
        """Tell ``moved`` of every document that has another path now."""
        self._moved = moved

    def shown_path(self, address: Address) -> str:
        """Where its person finds a document, with the drive; ``""`` when it is not shared any more."""
        known = self._known.get(hub_document(address.file_id))
        return "" if known is None else f"{DRIVE}:{known.path}"

    def all(self) -> list[Known]:
        """All, in the order in which the service tells them."""
        return list(self._known.values())

    def roots(self) -> list[Known]:
        """Those that lie in no other, in the same order."""
        folders = {known.offered.id for known in self._known.values() if known.offered.is_folder}
        return [k for k in self._known.values() if not folders & k.offered.within.keys()]

    def get(self, document: str) -> Known | None:
        """By its id at the service."""
        return self._known.get(document)

    def of_address(self, address: Address) -> Known:
        """By its address in this server.

        Raises:
            NotFound: it is not (any more) shared with the person.
        """
        known = self._known.get(hub_document(address.file_id))
        if known is None or known.offered.kind != address.kind or known.offered.is_folder:
            raise NotFound("There is no such document.")
        return known

    def runs_at_owners(self, address: Address) -> bool:
        """Whether what runs at the owner's server is this person's business, and not what runs in their own."""
        known = self._known.get(hub_document(address.file_id))
        actions = frozenset() if known is None else known.offered.actions
        return Action.RUN in actions or Action.WRITE not in actions

    def owner_of(self, address: Address) -> str:
        """The username of a document's owner; ``""`` where it is not known (any more)."""
        known = self._known.get(hub_document(address.file_id))
        return "" if known is None else known.offered.owner

    def at(self, path: str) -> Known:
        """By its path in the drive.

        Raises:
            NotFound: nothing is there.
        """
        for known in self._known.values():
            if known.path == path:
                return known
        raise NotFound(_NOT_THERE)

    def folder(self, path: str) -> list[Known]:
        """Those in a folder of the drive, or below all of them when ``path`` is empty.

        Raises:
            NotFound: there is no such folder.
        """
        start = f"{path}/" if path else ""
        found = [known for known in self._known.values() if known.path.startswith(start)]
        if path and not found:
            raise NotFound(_NOT_THERE)
        return found

    def folder_at(self, path: str) -> tuple[Known, str] | None:
        """The shared folder that holds ``path``, and the path in it; ``None`` where no folder is shared."""
        for known in self._known.values():
            if known.offered.is_folder and f"{path}/".startswith(f"{known.path}/"):
                return known, path[len(known.path) + 1 :]
        return None

    def add(self, one: Offered) -> Known:
        """Somebody's document, in a folder that is shared, has been handed over to the service."""
        before = self._known.get(one.id)
        others = [k for k in self._known.values() if k.offered.id != one.id]
        self._resettle([*others, _anew(one, before)])
        return self._known[one.id]

    def move(self, path: str, to: str) -> None:
        """Call something differently, or put it elsewhere, in its person's own view and nobody else's.

        Raises:
            NotFound: nothing is there. AccessDenied: it lies in a folder of somebody else.
            InvalidInput: something is there already, or it is no path.
        """
        moving = self._roots_at(path)
        if any(part in {"", ".", ".."} for part in to.split("/")) or len(to) > LONGEST_PATH:
            raise InvalidInput("That is no name that a file can have.")
        taken = {k.path for k in self._known.values() if k not in moving}
        wanted = {k.offered.id: to + k.path[len(path) :] for k in moving}
        below = any(path.startswith(f"{to}/") for path in taken)
        inside = self.folder_at(to) not in (None, (moving[0], ""))
        if below or inside or taken & set(wanted.values()):
            raise InvalidInput("There is something of that name already.")
        changed = [
            replace(k, placed=wanted.get(k.offered.id, k.placed)) for k in self._known.values()
        ]
        self._resettle(changed)

    def _roots_at(self, path: str) -> list[Known]:
        """What is at a path or below, as far as its person may put it elsewhere."""
        below = [k for k in self.roots() if f"{k.path}/".startswith(f"{path}/")]
        if below:
            return below
        if self.folder_at(path) is not None:
            raise AccessDenied(_OWNERS)
        raise NotFound(_NOT_THERE)

    def take(self, offered: Sequence[Offered]) -> list[Known]:
        """This is all that is shared with the person now; those that are not any more."""
        before = self._known
        self._resettle([_anew(one, before.get(one.id)) for one in offered])
        return [known for document, known in before.items() if document not in self._known]

    def changed(self, document: str, actions: frozenset[Action]) -> bool:
        """The person may do this to a document from now on; whether that is news."""
        known = self._known.get(document)
        if known is None or known.offered.actions == actions:
            return False
        known.offered = replace(known.offered, actions=actions)
        self._save()
        return True

    def waits(self, document: str, waiting: bool) -> None:
        """Whether a document may hold edits that the service has not got."""
        known = self._known.get(document)
        if known is not None and known.waiting != waiting:
            known.waiting = waiting
            self._save()

    def drop(self, document: str) -> None:
        """A document is not shared with the person any more."""
        if self._known.pop(document, None) is not None:
            self._save()

    def _resettle(self, found: list[Known]) -> None:
        before, self._known = self._known, {}
        self._settle(found)
        self._save()
        for document, known in self._known.items():
            former = before.get(document)
            if former is not None and former.path != known.path:
                self._moved(known)

    def _settle(self, found: list[Known]) -> None:
        folders = {known.offered.id for known in found if known.offered.is_folder}
        alone = [known for known in found if not folders & known.offered.within.keys()]
        paths = {known.offered.id: known.placed for known in alone if known.placed}
        named = ((k.offered.id, k.offered.owner, k.offered.name) for k in alone if not k.placed)
        paths |= unique_names(named, paths.values())
        for known in found:
            one = known.offered
            path = paths.get(one.id) or next(
                f"{paths[folder]}/{inner}"
                for folder, inner in one.within.items()
                if folder in paths
            )
            self._known[one.id] = replace(known, path=path)

    def _save(self) -> None:
        self._store.save([Remembered(k.offered, k.waiting, k.placed) for k in self._known.values()])


def _anew(one: Offered, before: Known | None) -> Known:
    """A document as it is told now, with what is known of it here."""
    return Known(one, "", False) if before is None else replace(before, offered=one)
