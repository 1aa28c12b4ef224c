"""New files of a server's person, through the Contents API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.sharing.places import clean_path
from jupyter_tandem.errors import FileError, NotFound
from jupyter_tandem.types import DocumentKind


class OwnFiles:
    """:class:`jupyter_tandem.ports.keepsake.Keepsake`."""

    def __init__(self, contents_manager: Any) -> None:
        """Write through the server's contents manager, sync or async."""
        self._contents = contents_manager

    async def keep(self, name: str, kind: DocumentKind, content: object) -> str:
        """See the port."""
        stem, dot, suffix = name.rpartition(".")
        wish = f"{stem or suffix} (my edits){dot}{suffix}" if dot else f"{name} (my edits)"
        try:
            path = await ensure_async(self._contents.increment_filename(wish, ""))
            model = {
                "type": "notebook" if kind.type == "notebook" else "file",
                "format": kind.format,
                "content": content,
            }
            await ensure_async(self._contents.save(model, path))
        except (HTTPError, OSError) as error:
            raise FileError(f"{wish} cannot be written: {error}") from error
        return str(path)

    async def copy(self, name: str, folder: str, model: Mapping[str, object]) -> dict[str, object]:
        """See the port."""
        clean = clean_path(folder)
        try:
            if not await ensure_async(self._contents.dir_exists(clean)):
                raise NotFound(f"There is no folder {folder[:200]!r}.")
            free = await ensure_async(
                self._contents.increment_filename(name, clean, insert="-Copy")
            )
            path = f"{clean}/{free}" if clean else free
            saved: dict[str, object] = await ensure_async(self._contents.save(dict(model), path))
        except (HTTPError, OSError) as error:
            raise FileError(f"{name} cannot be written: {error}") from error
        return {**saved, "content": None}
