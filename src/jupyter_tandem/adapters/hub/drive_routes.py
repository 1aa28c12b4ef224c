"""``tandem/hub/``: what others share with this server's person, and the names of the Hub (HUB-15)."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, ClassVar, Final
from urllib.parse import quote

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.guest.contents_routes import folder_model, without_trust
from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.core.federation.naming import DRIVE
from jupyter_tandem.errors import TandemError
from jupyter_tandem.ports.hub_drive import Drive, Shown
from jupyter_tandem.types import Action

_log = logging.getLogger(__name__)

_TYPES: Final = frozenset({None, "notebook", "file", "directory"})
_EPOCH: Final = "1970-01-01T00:00:00Z"
_LAST: Final = 253_402_300_799.0
"""The end of the year 9999, after which dates have another form."""

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
            if clean and (kind != "directory" or not wants_content):
                found = await self.drive.look(clean)
                if found is not None and found.type != "directory":
                    self.finish(await self._file(found, kind, content=wants_content))
                    return
            if kind not in {None, "directory"} or self.drive.document(clean) is not None:
                raise HTTPError(400, "It is not of that type.")
            self.finish(await self._folder(clean) if wants_content else folder_model(clean, None))

    async def put(self, path: str = "") -> None:
        """Nothing is saved here; documents save themselves."""
        raise HTTPError(403, f"{_OPEN_FOR_READING} ({path})")

    async def post(self, path: str = "") -> None:
        """Nothing is made here."""
        raise HTTPError(403, f"{_OPEN_FOR_READING} ({path})")

    async def patch(self, path: str = "") -> None:
        """Call it differently, or put it elsewhere, in this person's own view (HUBDRV-1)."""
        with self.refusing():
            to = self.text(self.body(), "path").strip("/")
            self.drive.move(path.strip("/"), to)
            found = await self.drive.look(to)
            self.finish(folder_model(to, None) if found is None else document_model(found))

    async def delete(self, path: str = "") -> None:
        """Nothing is deleted here."""
        raise HTTPError(403, f"{_OPEN_FOR_READING} ({path})")

    async def _file(self, shown: Shown, kind: str | None, *, content: bool) -> dict[str, Any]:
        if kind not in {None, "file", shown.type}:
            raise HTTPError(400, "It is not of that type.")
        model = document_model(shown)
        if content and (shown.document or shown.type == "notebook"):
            model["content"] = await self.drive.content(shown.path)
            model["format"] = shown.format
            without_trust(model)
        elif content:
            wanted = self.get_query_argument("format", None)
            model |= await self._read(shown, wanted)
        return model

    async def _read(self, shown: Shown, wanted: str | None) -> dict[str, Any]:
        """Text where it is text and nobody wants anything else, as Jupyter Server does."""
        download = await self.drive.download(shown.path)
        data = bytearray()
        try:
            while piece := await download.read():
                data += piece
        finally:
            download.close()
        if wanted != "base64":
            try:
                return {"content": data.decode(), "format": "text"}
            except UnicodeDecodeError:
                if wanted == "text":
                    raise HTTPError(400, f"{shown.path} is not UTF-8 encoded.") from None
        return {"content": b64encode(data).decode(), "format": "base64"}

    async def _folder(self, path: str) -> dict[str, Any]:
        found = await self.drive.folder(path)
        entries = [
            {**folder_model(folder, None), "created": _stamp(at), "last_modified": _stamp(at)}
            for folder, at in found.folders.items()
        ]
        entries += [document_model(shown) for shown in found.documents]
        model = folder_model(path, entries)
        model["name"] = model["name"] or DRIVE
        model["tandem"] = {"whole": found.whole, "away": found.away}
        return model


class DriveFilesRoute(HubRoute):
    """``files/<path>``: a file of a shared folder, as it is, to be saved by the browser.

    It is somebody else's, so it is never shown as a page of this server (HUBDIR-5).
    """

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self, path: str) -> None:
        """Answer with its bytes, as fast as they are taken."""
        with self.refusing():
            download = await self.drive.download(path.strip("/"))
            try:
                self._announce(download.shown)
                while piece := await download.read():
                    self.write(piece)
                    await self.flush()
            except StreamClosedError:
                return
            except TandemError as error:
                if not self._headers_written:
                    raise
                # Too late for an answer: the browser must not take what came for the whole file.
                _log.warning("%s did not arrive whole: %s", path, error)
                self.detach().close()
                return
            finally:
                download.close()
            self.finish()

    def _announce(self, shown: Shown) -> None:
        name = shown.path.rpartition("/")[2]
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header("X-Content-Type-Options", "nosniff")
        if shown.size is not None:
            self.set_header("Content-Length", str(shown.size))


class DriveCopiesRoute(HubRoute):
    """``copies``: a file of somebody else becomes one of one's own."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.WRITE}

    async def post(self) -> None:
        """Copy ``from``, a path in the drive, into ``to``, one's own folder; 201 with the new file's model."""
        with self.refusing():
            body = self.body()
            path, folder = self.text(body, "from"), self.text(body, "to")
            model = await self.drive.copy(path.strip("/"), folder)
            self.set_status(201)
            self.finish(json.dumps(model, default=_text))


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


def _text(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)


def _stamp(modified_at: float) -> str:
    moment = datetime.fromtimestamp(max(0.0, min(modified_at, _LAST)), timezone.utc)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def document_model(shown: Shown) -> dict[str, Any]:
    """A document without its content, in the Contents API's model."""
    return {
        "name": shown.path.rpartition("/")[2],
        "path": shown.path,
        "type": shown.type,
        "format": None,
        "mimetype": shown.mimetype or None,
        "size": shown.size,
        "writable": shown.writable,
        "created": _stamp(shown.modified_at),
        "last_modified": _stamp(shown.modified_at),
        "hash": None,
        "hash_algorithm": None,
        "content": None,
        "tandem": {"owner": shown.owner, "role": shown.role, "document": shown.document},
    }
