"""In the server of somebody with whom a folder is shared: looks into it, through the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jupyter_tandem.engine.federation.courier import Courier, Delivery
from jupyter_tandem.engine.federation.known import Known, KnownDocuments
from jupyter_tandem.errors import HubUnreachable, NotFound
from jupyter_tandem.ports.federation import Offered
from jupyter_tandem.ports.folders import FolderEntry

_NOT_THERE: Final = "There is no such file or folder."
_NONSENSE: Final = "The Hub's service says what nobody understands."


@dataclass(frozen=True, slots=True)
class Found:
    """What a shared folder holds.

    Attributes:
        entries: Files and folders in it.
        whole: Whether there are no others.
        away: Why only documents that were opened before are listed, or ``""``.
    """

    entries: list[FolderEntry]
    whole: bool
    away: str


class Explorer:
    """Asks about folders by their path in the drive of what is shared."""

    def __init__(self, known: KnownDocuments, courier: Callable[[], Courier]) -> None:
        """Ask over ``courier``, which raises HubUnreachable while there is none."""
        self._known = known
        self._courier = courier

    async def list(self, path: str) -> Found:
        """What the folder at ``path`` holds.

        Raises:
            NotFound, HubUnreachable: it cannot be looked into.
        """
        question = self._question("list", path)
        answer = await self._courier().ask(question)
        away = str(answer.get("away") or "")
        for told in answer.get("known", ()):
            self._known.add(_offered(told))
        entries = [_entry(told) for told in answer.get("entries", ())]
        return Found(entries, answer.get("whole") is True, away)

    async def stat(self, path: str) -> FolderEntry:
        """What is at ``path``; raises as :meth:`list`."""
        answer = await self._courier().ask(self._question("stat", path))
        return _entry(answer.get("entry"))

    async def document(self, path: str) -> Known:
        """The document at ``path``, which the service holds from now on.

        Raises:
            NotFound: there is none. HubUnreachable: its owner's server is needed, and stopped.
        """
        try:
            return self._known.at(path)
        except NotFound:
            question = self._question("document", path)
        answer = await self._courier().ask(question)
        return self._known.add(_offered(answer.get("document")))

    async def fetch(self, path: str) -> tuple[FolderEntry, Delivery]:
        """A file, to be read; to be closed with :meth:`close`. Raises as :meth:`list`, and LimitExceeded."""
        delivery = await self._courier().fetch(self._question("file", path))
        return _entry(delivery.reply.result().get("entry")), delivery

    def close(self, delivery: Delivery) -> None:
        """Nobody reads it any more."""
        try:
            self._courier().close(delivery)
        except HubUnreachable:
            return

    def _question(self, want: str, path: str) -> dict[str, str]:
        found = self._known.folder_at(path)
        if found is None:
            raise NotFound(_NOT_THERE)
        folder, inner = found
        return {"want": want, "folder": folder.offered.id, "path": inner}


def _offered(told: object) -> Offered:
    try:
        return Offered.read(told if isinstance(told, dict) else {})
    except (KeyError, TypeError, ValueError) as error:
        raise HubUnreachable(_NONSENSE) from error


def _entry(told: Any) -> FolderEntry:
    try:
        return _read(told)
    except (KeyError, TypeError, ValueError) as error:
        raise HubUnreachable(_NONSENSE) from error


def _read(told: Mapping[str, Any]) -> FolderEntry:
    name, kind, size = told["name"], told["type"], told["size"]
    fits = isinstance(name, str) and 0 < len(name) <= 255 and "/" not in name
    if not fits or kind not in {"directory", "notebook", "file"}:
        raise ValueError(kind)
    return FolderEntry(
        name,
        str(kind),
        None if size is None else int(size),
        float(told["modified_at"]),
        str(told["mimetype"])[:100],
    )
