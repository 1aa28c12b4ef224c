"""The page that starts a guest's JupyterLab."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, ClassVar, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.guest.assets import LabFiles
from jupyter_tandem.adapters.server.guest.route import GuestRoute
from jupyter_tandem.adapters.server.guest.session_routes import view_of
from jupyter_tandem.adapters.server.guest.view import (
    content_security_policy,
    guest_path,
    guest_view,
)
from jupyter_tandem.errors import NotFound
from jupyter_tandem.ports.desks import Office, Opened
from jupyter_tandem.types import Action

DISABLED: Final = (
    "@jupyterlab/console-extension",
    "@jupyterlab/debugger-extension",
    "@jupyterlab/extensionmanager-extension",
    "@jupyterlab/hub-extension",
    "@jupyterlab/launcher-extension",
    "@jupyterlab/logconsole-extension",
    "@jupyterlab/lsp-extension",
    "@jupyterlab/running-extension",
    "@jupyterlab/terminal-extension",
    "@jupyterlab/workspaces-extension:sidebar",
    "@jupyterlab/apputils-extension:announcements",
    # What needs one of the above would fail to start.
    "@jupyterlab/fileeditor-extension:language-server",
    "@jupyterlab/inspector-extension:consoles",
    "@jupyterlab/notebook-extension:language-server",
    "@jupyterlab/tooltip-extension:consoles",
    # Shares the address of the whole server.
    "@jupyter/collaboration-extension:shared-link",
    # Asks for history, which is its managers'.
    "@jupyter/docprovider-extension:statusBarTimeline",
)
"""Plugins that would ask for what guests do not have: kernels, terminals, the owner's settings."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Shared with you</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<script id="jupyter-config-data" type="application/json">{config}</script>
{scripts}
</head>
<body class="jp-ThemedContainer"></body>
</html>
"""

_OVER: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Not shared with you</title>
<link rel="stylesheet" href="{style}">
</head>
<body><main>
<p class="brand"><svg viewBox="0 0 34 22" aria-hidden="true"><circle cx="11" cy="11" r="9"/>\
<circle cx="23" cy="11" r="9"/></svg> Tandem for Jupyter</p>
<h1>This is not open to you</h1>
<p>{sentence}</p>
<p class="soft">{advice}</p>
</main></body>
</html>
"""

_ADVICE: Final = (
    "It was taken back, its time is over, it was deleted, or this browser was never let in. Whoever shared "
    "it with you can send you a new link."
)


class LabPage(GuestRoute):
    """``lab``, ``lab/tree/<path>``, ``doc`` and ``doc/tree/<path>``; ``doc`` shows one document at a time."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    def initialize(self, office: Office, lab: LabFiles | None) -> None:  # type: ignore[override]
        """Start ``lab``."""
        super().initialize(office)
        self._lab = lab

    @property
    def content_security_policy(self) -> str:
        """In place of the server's, which lets pages run inline scripts."""
        return content_security_policy(self)

    def set_default_headers(self) -> None:
        """Tell other sites nothing of where people were."""
        super().set_default_headers()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")

    @allow_unauthenticated
    async def get(self, mode: str, _tree: str | None = None, path: str | None = None) -> None:
        """Answer with the page; 404 for a path that is not shared with this person."""
        if self._lab is None:
            raise HTTPError(501, "JupyterLab is not installed on this server.")
        if path:
            try:
                found = await self.office.shelf.find(self.person, path.strip("/"))
            except NotFound as error:
                raise HTTPError(404, str(error)) from error
            if isinstance(found, Opened) and found.found.path != path and self._renames:
                self.redirect(url_path_join(guest_path(self), view_of(found.found)))
                return
        config = page_config(self, self._lab, mode, path or "")
        config["tandemHome"] = self._home()
        JupyterHandler.finish(self, self._page(self._lab, config))

    @property
    def _renames(self) -> bool:
        """Whether what is found under an earlier name is to be shown under its own."""
        return not guest_view(self).alone

    def _home(self) -> str:
        """Where people with an account ask about their shares; ``""`` for guests, to whom that is closed."""
        if self.guest is not None:
            return ""
        # Tornado sets the cookie that JupyterLab proves itself with when it is asked for the token; who
        # came by a link has seen no other page of the server.
        _ = self.xsrf_token
        return str(self.base_url)

    def _page(self, lab: LabFiles, config: dict[str, Any]) -> str:
        static = config["fullStaticUrl"]
        scripts = "\n".join(
            f'<script defer src="{escape(static + script)}"></script>' for script in lab.scripts
        )
        # Nothing in a path or name may end the element that holds it.
        raw = json.dumps(config).replace("<", "\\u003c").replace("&", "\\u0026")
        return _PAGE.format(config=raw, scripts=scripts)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page that says what happened, without anything that came from outside."""
        found = kwargs.get("exc_info", (None, None, None))[1]
        reason = found.log_message if isinstance(found, HTTPError) else None
        sentence = reason or "Something went wrong. Try again in a moment."
        style = url_path_join(self.base_url, guest_view(self).style)
        advice = _ADVICE if status_code < 500 else ""
        page = _OVER.format(sentence=escape(sentence), style=escape(style), advice=advice)
        JupyterHandler.finish(self, page)


def page_config(handler: JupyterHandler, lab: LabFiles, mode: str, path: str) -> dict[str, Any]:
    """What JupyterLab is told about where it is. Nothing of the owner's own configuration."""
    base = guest_path(handler)

    def below(part: str) -> str:
        return str(url_path_join(base, part))

    return {
        "appName": "JupyterLab",
        "appNamespace": "lab",
        "appUrl": "/lab",
        "appVersion": lab.version,
        "baseUrl": base,
        "wsUrl": "",
        "cacheFiles": True,
        "devMode": False,
        "disabledExtensions": [*DISABLED, *_replaced(lab)],
        "exposeAppInBrowser": False,
        "federated_extensions": _federated(lab),
        "fullAppUrl": below("lab"),
        "fullLabextensionsUrl": below("lab/extensions"),
        "fullSettingsUrl": below("lab/api/settings"),
        "fullStaticUrl": below("static/lab"),
        "fullThemesUrl": below("lab/api/themes"),
        "fullTranslationsApiUrl": below("lab/api/translations"),
        "fullTreeUrl": below("lab/tree"),
        "fullWorkspacesApiUrl": below("lab/api/workspaces"),
        "ignorePlugins": [],
        "labextensionsUrl": "/lab/extensions",
        "mode": "single-document" if mode == "doc" else "multiple-document",
        # Nothing to start: without this JupyterLab asks which kernel it should be.
        "notebookStartsKernel": "false",
        "notebookVersion": "[2, 0, 0]",
        "preferredPath": "/",
        "quitButton": False,
        "settingsUrl": "/lab/api/settings",
        "store_id": 0,
        "tandemGuest": "true",
        "terminalsAvailable": False,
        "themesUrl": "/lab/api/themes",
        "token": "",
        "translationsApiUrl": "/lab/api/translations",
        "treePath": path,
        "treeUrl": "/lab/tree",
        "workspace": "default",
        "workspacesApiUrl": "/lab/api/workspaces",
    }


def _federated(lab: LabFiles) -> list[dict[str, Any]]:
    built = {name: _about(folder).get("_build") for name, folder in lab.extensions.items()}
    return [{"name": name, **build} for name, build in built.items() if build]


def _replaced(lab: LabFiles) -> list[str]:
    """Plugins that the extensions take the place of."""
    return [
        plugin
        for folder in lab.extensions.values()
        for plugin in _about(folder).get("disabledExtensions", [])
    ]


def _about(folder: Path) -> dict[str, Any]:
    data = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = data.get("jupyterlab", {})
    return found
