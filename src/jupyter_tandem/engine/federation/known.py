"""What others share with this server's person, as far as the service has told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jupyter_tandem.core.federation.naming import hub_document, hub_file, unique_names
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.federation import KnownStore, Offered, Remembered
from jupyter_tandem.types import Action, Address

_NOT_THERE = "There is no such file or folder."


@dataclass(slots=True)
class Known:
    """A document of somebody else.

    Attributes:
        offered: As the service told it last.
        path: Where it is in the drive of what is shared.
        waiting: Whether it may hold edits here that the service has not got.
    """

    offered: Offered
    path: str
    waiting: bool

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
        remembered = store.load()
        self._settle([(r.offered, r.waiting) for r in remembered])

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
        waiting = before is not None and before.waiting
        offered = [(k.offered, k.waiting) for k in self._known.values() if k.offered.id != one.id]
        self._known = {}
        self._settle([*offered, (one, waiting)])
        self._save()
        return self._known[one.id]

    def take(self, offered: Sequence[Offered]) -> list[Known]:
        """This is all that is shared with the person now; those that are not any more."""
        before = self._known
        waiting = {known.offered.id for known in before.values() if known.waiting}
        self._known = {}
        self._settle([(one, one.id in waiting) for one in offered])
        self._save()
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

    def _settle(self, found: list[tuple[Offered, bool]]) -> None:
        folders = {one.id for one, _ in found if one.is_folder}
        alone = [one for one, _ in found if not folders & one.within.keys()]
        paths = unique_names((one.id, one.owner, one.name) for one in alone)
        for one, waiting in found:
            path = paths.get(one.id) or next(
                f"{paths[folder]}/{inner}"
                for folder, inner in one.within.items()
                if folder in paths
            )
            self._known[one.id] = Known(one, path, waiting)

    def _save(self) -> None:
        self._store.save([Remembered(k.offered, k.waiting) for k in self._known.values()])
