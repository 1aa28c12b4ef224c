"""JupyterLab's own files for guests: the same for everybody, nothing of the owner's."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from jupyter_core.paths import jupyter_path
from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import StaticFileHandler

from jupyter_tandem.types import Action

GUEST_EXTENSIONS: Final = (
    "@jupyter-tandem/lab-extension",
    "@jupyter/collaboration-extension",
    "@jupyter/docprovider-extension",
)
"""Labextensions a guest's JupyterLab loads. Others talk to server endpoints that guests do not have."""

_MAIN: Final = re.compile(r'src="\{\{page_config\.fullStaticUrl\}\}(/[\w./-]+\.js(?:\?v=\w+)?)"')


@dataclass(frozen=True, slots=True)
class LabFiles:
    """An installed JupyterLab.

    Attributes:
        version: Of JupyterLab.
        static: Its bundles.
        schemas: Its plugins' settings schemas.
        themes: Its themes.
        scripts: What its page loads, relative to the address of ``static``.
        extensions: Folder of each labextension guests get, by name.
    """

    version: str
    static: Path
    schemas: Path
    themes: Path
    scripts: tuple[str, ...]
    extensions: dict[str, Path]

    @staticmethod
    def find(names: tuple[str, ...] = GUEST_EXTENSIONS) -> LabFiles | None:
        """The installed one; ``None`` when there is none."""
        try:
            lab = importlib.import_module("jupyterlab")
            commands = importlib.import_module("jupyterlab.commands")
        except ImportError:
            return None
        app = Path(commands.get_app_dir())
        page = app / "static" / "index.html"
        if not page.is_file():
            return None
        scripts = tuple(_MAIN.findall(page.read_text(encoding="utf-8")))
        extensions = {name: _extension(name) for name in names}
        return LabFiles(
            version=str(lab.__version__),
            static=app / "static",
            schemas=app / "schemas",
            themes=app / "themes",
            scripts=scripts,
            extensions={name: path for name, path in extensions.items() if path is not None},
        )


def _extension(name: str) -> Path | None:
    for folder in jupyter_path("labextensions"):
        path = Path(folder, name)
        if (path / "package.json").is_file():
            # tornado serves nothing through a symbolic link, and a developer's extension is one.
            return path.resolve()
    return None


class Asset(StaticFileHandler):
    """Serves one folder of files that are not secret: they are installed software."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ, "HEAD": Action.READ}

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002  (tornado's signature)
        """Nothing here is ever shown inside another page."""
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "frame-ancestors 'none'")

    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        """Serve a file."""
        await super().get(path, include_body)

    @allow_unauthenticated
    async def head(self, path: str) -> None:
        """Tell about a file."""
        await super().head(path)
