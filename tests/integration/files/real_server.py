"""A real Jupyter Server that listens on no port, and its files as other programs see them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.filemanager import FileContentsManager
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.utils import ensure_async
from jupyter_server_fileid.manager import LocalFileIdManager
from traitlets.config import Config

from jupyter_tandem.adapters.server.contents import ContentsFiles

_STEP_S = 0.05
"""Shorter than people need it: tests wait for many changes on disk."""


class WithoutPermission:
    """Mixin of a contents manager that cannot write some files: tests may run as root, who always can."""

    protected: frozenset[str] = frozenset()

    def is_writable(self, path: str) -> bool:
        return path not in self.protected and bool(super().is_writable(path))  # type: ignore[misc]


class AsyncManager(WithoutPermission, AsyncLargeFileManager):
    """What Jupyter Server uses unless told otherwise."""


class SyncManager(WithoutPermission, FileContentsManager):
    """The old kind."""


def make_server(root: Path, home: Path, patch: pytest.MonkeyPatch, **settings: Any) -> ServerApp:
    """A server over ``root`` that keeps its own files in ``home``."""
    for name in ("DATA", "RUNTIME", "CONFIG"):
        patch.setenv(f"JUPYTER_{name}_DIR", str(home / name.lower()))
    home.mkdir(exist_ok=True)
    patch.setattr(ServerApp, "init_signal", lambda self: None)
    app = ServerApp(
        root_dir=str(root),
        log_level=logging.WARNING,
        open_browser=False,
        allow_root=True,
        jpserver_extensions={"jupyter_server_fileid": True},
        config=Config({"BaseFileIdManager": {"db_path": str(home / "ids.db")}}),
        **settings,
    )
    app.initialize(argv=[], find_extensions=False, new_httpserver=False)
    return app


class ServerPlace:
    """The files of a server, through the Contents API and from outside of it."""

    def __init__(self, app: ServerApp, root: Path, poll_s: float = 30.0) -> None:
        self.root = root
        self.contents = app.contents_manager
        self.ids = app.web_app.settings["file_id_manager"]
        self.files = ContentsFiles(self.contents, self.ids, poll_s=poll_s, step_s=_STEP_S)

    def put(self, path: str, data: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def get(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def exists(self, path: str) -> bool:
        return (self.root / path).exists()

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    async def move(self, old: str, new: str) -> None:
        await ensure_async(self.contents.rename(old, new))

    def protect(self, path: str) -> None:
        self.contents.protected |= {path}


class OutsidePlace(ServerPlace):
    """Renames happen without the server's knowledge."""

    async def move(self, old: str, new: str) -> None:
        shutil.move(self.root / old, self.root / new)


@asynccontextmanager
async def serving(
    tmp_path: Path,
    patch: pytest.MonkeyPatch,
    *,
    manager: type = AsyncManager,
    ids: type | None = None,
    place: type[ServerPlace] = ServerPlace,
    poll_s: float = 30.0,
    **traits: Any,
) -> AsyncIterator[ServerPlace]:
    """A place on a new server."""
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    settings: dict[str, Any] = {"contents_manager_class": manager}
    app = make_server(root, tmp_path / "home", patch, **settings)
    for name, value in traits.items():
        setattr(app.contents_manager, name, value)
    if ids is not None:
        app.web_app.settings["file_id_manager"] = ids(
            log=app.log, root_dir=str(root), db_path=str(tmp_path / "ids.db")
        )
    served = place(app, root, poll_s)
    try:
        yield served
    finally:
        await served.files.close()
        served.ids.con.close()
        del served.ids.con
        await app._cleanup()
        ServerApp.clear_instance()


__all__ = [
    "AsyncManager",
    "LocalFileIdManager",
    "OutsidePlace",
    "ServerPlace",
    "SyncManager",
    "serving",
]
