"""``tandem/hub/``: what others share with this server's person, and the names of the Hub (HUB-15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tornado.web import HTTPError

from jupyter_tandem.adapters.server.guest.contents_routes import folder_model, without_trust
from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.core.federation.naming import DRIVE
from jupyter_tandem.ports.hub_drive import Drive, Shown
from jupyter_tandem.types import Action

_TYPES: Final = frozenset({None, "notebook", "file", "directory"})
_EPOCH: Final = "1970-01-01T00:00:00Z"
_OPEN_FOR_READING: Final = "What others share is changed by editing it; here it can only be read."


class HubRoute(TandemRoute):
    """A route for the person whose server this is; for everybody else nothing is there (HUB-5)."""

    actions: ClassVar[Mapping[str, Action]] = {}

    def initialize(self, drive: Drive) -> None:
        """Show ``drive``."""
        self.drive = drive

    async def prepare(self) -> None:  # type: ignore[override]  # as TandemRoute's
        """Let its person in."""
        await super().prepare()
        if not self._finished and self.visitor.user.username != self.drive.username:
            raise HTTPError(404)


class DriveContentsRoute(HubRoute):
    """``contents/<path>``: lists and reads, in the models of the Contents API."""

    actions: ClassVar[Mapping[str, Action]] = {
        "GET": Action.READ,
        "PUT": Action.READ,
        "POST": Action.READ,
        "PATCH": Action.READ,
        "DELETE": Action.READ,
    }

    async def get(self, path: str = "") -> None:
        """Answer with a folder or a document."""
        kind = self.get_query_argument("type", None)
        if kind not in _TYPES:
            raise HTTPError(400, "Unknown type.")
        wants_content = self.get_query_argument("content", "1") == "1"
        with self.refusing():
            clean = path.strip("/")
            document = self.drive.document(clean) if clean else None
            if document is not None:
                self.finish(await self._document(document, kind, content=wants_content))
            else:
                self.finish(self._folder(clean, content=wants_content))

    async def put(self, path: str = "") -> None:
        """Nothing is saved here; documents save themselves."""
        raise HTTPError(403, f"{_OPEN_FOR_READING} ({path})")

    async def post(self, path: str = "") -> None:
        """Nothing is made here."""
        raise HTTPError(403, f"{_OPEN_FOR_READING} ({path})")

    async def patch(self, path: str = "") -> None:
        """Nothing is renamed here."""
        raise HTTPError(403, f"{_OPEN_FOR_READING} ({path})")

    async def delete(self, path: str = "") -> None:
        """Nothing is deleted here."""
        raise HTTPError(403, f"{_OPEN_FOR_READING} ({path})")

    async def _document(self, shown: Shown, kind: str | None, *, content: bool) -> dict[str, Any]:
        if kind not in {None, shown.type}:
            raise HTTPError(400, "It is not of that type.")
        model = document_model(shown)
        if content:
            model["content"] = await self.drive.content(shown.path)
            model["format"] = shown.format
            without_trust(model)
        return model

    def _folder(self, path: str, *, content: bool) -> dict[str, Any]:
        folders, documents = self.drive.folder(path)
        entries = [folder_model(folder, None) for folder in folders]
        entries += [document_model(shown) for shown in documents]
        model = folder_model(path, entries if content else None)
        model["name"] = model["name"] or DRIVE
        return model


class DriveCheckpointsRoute(HubRoute):
    """``contents/<path>/checkpoints``: none; history is the journal's. JupyterLab asks for one at each save."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ, "POST": Action.READ}

    async def get(self, path: str) -> None:
        """Answer with an empty list for what is there."""
        if self.drive.document(path.strip("/")) is None:
            raise HTTPError(404)
        self.finish("[]")

    async def post(self, path: str) -> None:
        """Answer as if one had been made: the file's are at its own server."""
        if self.drive.document(path.strip("/")) is None:
            raise HTTPError(404)
        self.set_status(201)
        self.finish({"id": "journal", "last_modified": _EPOCH})


class HubNamesRoute(HubRoute):
    """``names?q=``: users and groups of the Hub to share with."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self) -> None:
        """Answer with both lists."""
        with self.refusing():
            names = await self.drive.names(self.get_query_argument("q", "")[:255])
            self.finish({"users": names.users, "groups": names.groups, "whole": names.whole})


class HubStatusRoute(HubRoute):
    """``status``: whether the service is there."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self) -> None:
        """Answer with that."""
        self.finish({"connected": self.drive.connected, "drive": DRIVE})


def document_model(shown: Shown) -> dict[str, Any]:
    """A document without its content, in the Contents API's model."""
    return {
        "name": shown.path.rpartition("/")[2],
        "path": shown.path,
        "type": shown.type,
        "format": None,
        "mimetype": None,
        "size": None,
        "writable": shown.writable,
        "created": _EPOCH,
        "last_modified": _EPOCH,
        "hash": None,
        "hash_algorithm": None,
        "content": None,
        "tandem": {"owner": shown.owner, "role": shown.role, "document": shown.document},
    }
