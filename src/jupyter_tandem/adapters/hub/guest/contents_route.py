"""``api/contents`` for guests of the Hub: the documents that are shared with them, to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError

from jupyter_tandem.adapters.hub.drive_routes import document_model
from jupyter_tandem.adapters.server.guest.contents_routes import folder_model, without_trust
from jupyter_tandem.adapters.server.guest.route import GuestRoute
from jupyter_tandem.adapters.server.sharing.places import clean_path
from jupyter_tandem.ports.desks import Office
from jupyter_tandem.ports.hub_drive import Shown
from jupyter_tandem.ports.hub_guests import Leaf, Leaves
from jupyter_tandem.types import Action

Model = dict[str, Any]

_TYPES: Final = frozenset({None, "directory", "file", "notebook"})


class LeavesRoute(GuestRoute):
    """Lists documents and reads them. There is nothing to be created, renamed or deleted here."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, office: Office, leaves: Leaves) -> None:  # type: ignore[override]
        """Show ``leaves``."""
        super().initialize(office)
        self._leaves = leaves

    @allow_unauthenticated
    async def get(self, path: str = "") -> None:
        """Answer with the model of the Contents API."""
        kind = self.get_query_argument("type", None)
        wants_content = self.get_query_argument("content", "1") == "1"
        if kind not in _TYPES:
            raise HTTPError(400, "Unknown type.")
        with self.refusing():
            clean = clean_path(path)
            if "/" in clean:
                self.finish(await self._document(clean, kind, wants_content=wants_content))
            else:
                self.finish(await self._folder(clean, wants_content=wants_content))

    async def _document(self, path: str, kind: str | None, *, wants_content: bool) -> Model:
        leaf = await self._leaves.at(self.person, path)
        model = _model(leaf)
        if kind not in {None, model["type"], "file"}:
            raise HTTPError(400, "It is not of that type.")
        if wants_content:
            model["content"] = await self._leaves.content(self.person, path)
            model["format"] = leaf.kind.format
        return without_trust(model)

    async def _folder(self, path: str, *, wants_content: bool) -> Model:
        """Everything, whatever the folder: which document has which id is nobody's way to find it."""
        found = await self._leaves.all(self.person)
        leaves = [leaf for leaf in found if not path or leaf.path.startswith(f"{path}/")]
        if path and not leaves:
            raise HTTPError(404, "There is no such file or folder.")
        entries = [_model(leaf) for leaf in leaves]
        return folder_model(path, entries if wants_content else None)


def _model(leaf: Leaf) -> Model:
    # JupyterLab asks once and keeps to the answer. Who may write is the room's to say, and it may change.
    shown = Shown(
        path=leaf.path,
        document="",
        type="notebook" if leaf.kind.type == "notebook" else "file",
        format=leaf.kind.format,
        owner="",
        role="",
        writable=True,
        modified_at=leaf.made_at,
    )
    model = document_model(shown)
    # Of whom and as what is on the page *Shared*.
    del model["tandem"]
    return model
