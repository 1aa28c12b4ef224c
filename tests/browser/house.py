"""The server of the browser tests: JupyterLab and Notebook, with Tandem's front end or without it."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from tests.fault.server.phoenix import Nursery, Phoenix

_EXTENSIONS = (
    "jupyterlab",
    "jupyter_lsp",
    "jupyter_server_terminals",
    "notebook",
    "notebook_shim",
)

FRONT_END = "X-Front-End"
"""Header by which a browser asks for the front end of jupyter-collaboration (``stock``), or for widgets."""

_FRONT_ENDS = """
c.LabApp.expose_app_in_browser = True
c.JupyterNotebookApp.expose_app_in_browser = True

OURS = "@jupyter-tandem/lab-extension"


def without_tandem(handler, page_config):
    # JupyterLite's are for pages without a server. That of ipywidgets talks to every kernel there is.
    unwanted = ["@jupyterlite/"]
    if handler.request.headers.get("X-Front-End") != "widgets":
        unwanted.append("@jupyter-widgets/")
    extensions = [
        e for e in page_config["federated_extensions"] if not e["name"].startswith(tuple(unwanted))
    ]
    if handler.request.headers.get("X-Front-End") != "stock":
        return {**page_config, "federated_extensions": extensions}
    disabled = page_config["disabledExtensions"]
    return {
        **page_config,
        "federated_extensions": [e for e in extensions if e["name"] != OURS],
        "disabledExtensions": [e for e in disabled if not e.startswith("@jupyter/")],
        "serverSideExecution": "true",
    }


c.ServerApp.tornado_settings = {"page_config_hook": without_tandem}
"""

_QUIET = {
    "@jupyterlab/apputils-extension": {
        "notification": {"fetchNews": "false", "checkForUpdates": False}
    },
}
"""Settings without which JupyterLab asks a question when it is new."""


class House(Phoenix):
    """One server for all browser tests, at one port however often it is killed."""

    def __init__(self, home: Path, nursery: Nursery, **config: Any) -> None:
        super().__init__(
            home,
            nursery,
            config or {"TandemApp": {}},
            extensions=dict.fromkeys(_EXTENSIONS, True),
        )

    async def rise(self, *, file_bytes: int = 0) -> None:
        for package, plugins in _QUIET.items():
            folder = self.home / "config" / "lab" / "user-settings" / package
            folder.mkdir(parents=True, exist_ok=True)
            for plugin, settings in plugins.items():
                (folder / f"{plugin}.jupyterlab-settings").write_text(json.dumps(settings))
        await super().rise(file_bytes=file_bytes)

    def _config(self) -> str:
        return super()._config() + textwrap.dedent(_FRONT_ENDS)

    def write(self, path: str, *sources: str) -> None:
        """Write a file: a notebook with a code cell for each source, or a text."""
        self.root.mkdir(parents=True, exist_ok=True)
        if path.endswith(".ipynb"):
            (self.root / path).write_text(json.dumps(notebook(*sources)))
        else:
            (self.root / path).write_text("\n".join(sources))


def notebook(*sources: str) -> dict[str, Any]:
    """A notebook with code cells ``c0``, ``c1``, …"""
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": source,
            "execution_count": None,
            "outputs": [],
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
