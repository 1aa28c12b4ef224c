"""``api/contents`` for guests: what was shared, to be read. Edits go through rooms."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.guest.route import GuestRoute
from jupyter_tandem.adapters.server.sharing.places import behind_link, clean_path
from jupyter_tandem.errors import LimitExceeded, NotFound
from jupyter_tandem.ports.desks import Aisle, Opened
from jupyter_tandem.sharing import TargetKind
from jupyter_tandem.types import Action

Model = dict[str, Any]

MOST_FILE_BYTES: Final = 100_000_000
"""A file is in memory as a whole, some times over, while it is read."""

_TYPES: Final = frozenset({None, "directory", "file", "notebook"})
_FORMATS: Final = frozenset({None, "text", "base64", "json"})


class ContentsRoute(GuestRoute):
    """Lists folders and reads files. There is nothing to be created, renamed or deleted here."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    @allow_unauthenticated
    async def get(self, path: str = "") -> None:
        """Answer with the model of the Contents API."""
        kind = self.get_query_argument("type", None)
        form = self.get_query_argument("format", None)
        wants_content = self.get_query_argument("content", "1") == "1"
        if kind not in _TYPES or form not in _FORMATS:
            raise HTTPError(400, "Unknown type or format.")
        with self.refusing():
            path = clean_path(path)
            found = await self.office.shelf.find(self.person, path)
            if isinstance(found, Opened):
                model = await self._opened(found, kind, form, wants_content)
            else:
                model = await self._aisle(found)
            if not wants_content:
                model["content"] = model["format"] = None
            self.finish(json.dumps(model, default=_stamp))

    async def _opened(
        self, opened: Opened, kind: str | None, form: str | None, wants_content: bool
    ) -> Model:
        folder = opened.found.place.target.kind is not TargetKind.DOCUMENT
        if folder != (kind == "directory") and kind is not None:
            raise HTTPError(400, "It is not of that type.")
        model = await self._read(opened.found.path, content=wants_content, type=kind, format=form)
        # JupyterLab asks once and keeps to the answer. Who may write is the room's to say, and it may change.
        model["writable"] = not folder
        if folder and wants_content:
            model["content"] = [e for e in model["content"] if self._lies_here(e["path"])]
            for entry in model["content"]:
                entry["writable"] = entry["type"] != "directory"
        return model

    def _lies_here(self, path: str) -> bool:
        """Whether an entry of a shared folder really lies in it (SHARE-18)."""
        return not behind_link(self.contents_manager, path)

    async def _aisle(self, aisle: Aisle) -> Model:
        start = f"{aisle.path}/" if aisle.path else ""
        entries = []
        for name, is_file in sorted(aisle.names.items()):
            if is_file:
                entry = await self._entry(start + name)
                if entry is not None:
                    entries.append(entry)
            else:
                entries.append(folder_model(start + name, None))
        return folder_model(aisle.path, entries)

    async def _entry(self, path: str) -> Model | None:
        """What was shared by itself, without content; ``None`` for a file that is gone, or cannot be read now."""
        with contextlib.suppress(HTTPError, NotFound):
            found = await self.office.shelf.find(self.person, path)
            if isinstance(found, Opened):
                return await self._opened(found, None, None, False)
        return None

    async def _read(self, path: str, **options: Any) -> Model:
        manager: Any = self.contents_manager
        try:
            if options["content"]:
                known: Model = await ensure_async(manager.get(path, **options | {"content": False}))
                if (known.get("size") or 0) > MOST_FILE_BYTES:
                    raise LimitExceeded("The file is too large to be read here.")
            model: Model = await ensure_async(manager.get(path, **options))
        except HTTPError as error:
            if error.status_code in {400, 404}:
                raise
            raise NotFound("There is no such file or folder.") from error
        return without_trust(model)


class CheckpointsRoute(GuestRoute):
    """``api/contents/<path>/checkpoints``: none. History is the journal's, not the owner's folder's."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    @allow_unauthenticated
    async def get(self, path: str) -> None:
        """Answer with an empty list for what is shared."""
        with self.refusing():
            await self.office.shelf.find(self.person, clean_path(path))
            self.finish("[]")


def folder_model(path: str, content: list[Model] | None) -> Model:
    """A folder of which nothing is told but what leads to something shared."""
    epoch = "1970-01-01T00:00:00Z"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "type": "directory",
        "format": None if content is None else "json",
        "mimetype": None,
        "size": None,
        "writable": False,
        "created": epoch,
        "last_modified": epoch,
        "hash": None,
        "hash_algorithm": None,
        "content": content,
    }


def without_trust(model: Model) -> Model:
    """``model``, where no output is trusted because its owner's server trusts it (GUEST-8)."""
    content = model.get("content")
    if model.get("type") == "notebook" and isinstance(content, dict):
        for cell in content.get("cells", []):
            cell.get("metadata", {}).pop("trusted", None)
    return model


def _stamp(value: Any) -> str:
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)
