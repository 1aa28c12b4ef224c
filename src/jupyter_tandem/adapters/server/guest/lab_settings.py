"""What JupyterLab asks its server about itself: settings, workspaces, translations, for guests."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.guest.assets import LabFiles
from jupyter_tandem.adapters.server.guest.route import GuestRoute
from jupyter_tandem.ports.desks import Office
from jupyter_tandem.types import Action

MOST_BYTES: Final = 64 * 1024
"""Settings of one guest, of all plugins together: some ten times what people set."""

MOST_PLUGINS: Final = 50
"""Plugins one guest changes the settings of."""

MOST_GUESTS: Final = 1_000
"""Guests whose settings are kept; the one longest away is forgotten first. They are gone with the server."""


class GuestSettings:
    """What guests set in their JupyterLab, in memory, each for themselves."""

    def __init__(self) -> None:
        """Nobody has set anything."""
        self._raw: OrderedDict[str, dict[str, str]] = OrderedDict()

    def get(self, person: str, plugin: str) -> str:
        """The JSON5 text a person saved, or ``{}``."""
        return self._raw.get(person, {}).get(plugin, "{}")

    def put(self, person: str, plugin: str, raw: str) -> bool:
        """Keep a text; whether there was room."""
        kept = self._raw.setdefault(person, {})
        self._raw.move_to_end(person)
        while len(self._raw) > MOST_GUESTS:
            self._raw.popitem(last=False)
        others = sum(len(text) for name, text in kept.items() if name != plugin)
        if others + len(raw) > MOST_BYTES or (plugin not in kept and len(kept) >= MOST_PLUGINS):
            return False
        kept[plugin] = raw
        return True


_KEPT_ANSWERS: Final = 256
"""A JupyterLab has a hundred plugins with settings."""


class SettingsRoute(GuestRoute):
    """``lab/api/settings[/<plugin>]``: the defaults, with what this guest has set meanwhile."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ, "PUT": Action.READ}

    def initialize(  # type: ignore[override]
        self, office: Office, lab: LabFiles | None, kept: GuestSettings
    ) -> None:
        """Serve ``lab``'s schemas."""
        super().initialize(office)
        self._lab = lab
        self._kept = kept

    @property
    def _who(self) -> str:
        return str(self.person.subject)

    @allow_unauthenticated
    async def get(self, plugin: str | None = None) -> None:
        """Answer with one plugin's settings, or with all."""
        ids_only = self.get_query_argument("ids_only", "") == "true"
        found = self._installed(plugin, ids_only=ids_only)
        entries = [self._with_own(entry) for entry in found]
        self.finish(entries[0] if plugin else {"settings": entries})

    def _installed(self, plugin: str | None, *, ids_only: bool) -> Sequence[Mapping[str, Any]]:
        if self._lab is None:
            raise HTTPError(404)
        return installed(self._lab, plugin or "", ids_only)

    def _with_own(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """A plugin's settings, with what this guest has set."""
        found = dict(entry)
        if "raw" in found:
            found["raw"] = self._kept.get(self._who, found["id"])
        return found

    @allow_unauthenticated
    async def put(self, plugin: str | None = None) -> None:
        """Keep a plugin's settings until the server ends."""
        raw = self.text(self.body(), "raw")
        if not plugin:
            raise HTTPError(404)
        self._installed(plugin, ids_only=False)
        if not self._kept.put(self._who, plugin, raw):
            raise HTTPError(413, "These settings are too many to be kept.")
        self.set_status(204)
        self.finish()


class WorkspacesRoute(GuestRoute):
    """``lab/api/workspaces[/<id>]``: empty ones; nothing is kept."""

    actions: ClassVar[Mapping[str, Action]] = {
        "GET": Action.READ,
        "PUT": Action.READ,
        "DELETE": Action.READ,
    }

    @allow_unauthenticated
    async def get(self, workspace: str | None = None) -> None:
        """Answer with an empty workspace, or an empty list."""
        if workspace:
            self.finish({"data": {}, "metadata": {"id": workspace}})
        else:
            self.finish({"workspaces": {"ids": [], "values": []}})

    @allow_unauthenticated
    async def put(self, workspace: str | None = None) -> None:  # noqa: ARG002  (tornado's signature)
        """Keep nothing."""
        self.set_status(204)
        self.finish()

    @allow_unauthenticated
    async def delete(self, workspace: str | None = None) -> None:  # noqa: ARG002
        """There is nothing."""
        self.set_status(204)
        self.finish()


class TranslationsRoute(GuestRoute):
    """``lab/api/translations[/<locale>]``: English."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    @allow_unauthenticated
    async def get(self, locale: str | None = None) -> None:
        """Answer with the one language, or with its empty pack."""
        languages = {"en": {"displayName": "English", "nativeName": "English"}}
        self.finish({"data": {} if locale else languages, "message": ""})


class ConstantRoute(GuestRoute):
    """Answers what JupyterLab asks at its start with the same nothing for everybody: there are no kernels,
    no sessions of kernels, no terminals.
    """

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, office: Office, answer: Any) -> None:  # type: ignore[override]
        """Always answer ``answer``."""
        super().initialize(office)
        self._answer = answer

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer."""
        self.finish(json.dumps(self._answer))


@lru_cache(maxsize=_KEPT_ANSWERS)
def _installed(
    schemas: str, extensions: tuple[str, ...], plugin: str, ids_only: bool
) -> list[dict[str, Any]]:
    # Not at the top: it is JupyterLab's.
    from jupyterlab_server.settings_utils import get_settings

    found, _ = get_settings(
        "",
        schemas,
        "",
        plugin,
        overrides={},
        labextensions_path=list(extensions),
        ids_only=ids_only,
    )
    listed: list[dict[str, Any]] = [found] if plugin else found["settings"]
    return listed


def installed(lab: LabFiles, plugin: str, ids_only: bool) -> Sequence[Mapping[str, Any]]:
    """Settings as they are installed: one plugin's, or with ``""`` all.

    Read once: 100 files take 0.1 s in which everybody waits, and all who open a link ask for them.

    Raises:
        HTTPError: there is no such plugin.
    """
    folders = dict.fromkeys(str(folder.parent.parent) for folder in lab.extensions.values())
    where = str(lab.schemas), tuple(folders)
    # JupyterLab takes the name for a part of a path, whatever is in it.
    if plugin and all(plugin != entry["id"] for entry in _installed(*where, "", ids_only=True)):
        raise HTTPError(404, "There is no such plugin.")
    return _installed(*where, plugin, ids_only)
